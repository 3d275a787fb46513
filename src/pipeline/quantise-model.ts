/** Calibration, choice of ranges, refinement: from a float graph and images to the integer graph and the record of how it came about. */
import type { IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import { decodeImage } from '../image/decode.ts'
import { type Letterboxed, letterbox } from '../image/letterbox.ts'
import { PictureError } from '../image/picture-error.ts'
import { toNchwCodes, toNchwFloat } from '../image/planes.ts'
import { type AutoChoice, chooseObservers, type Probe } from '../quantise/auto-observer.ts'
import { type Calibration, calibrate, listObserved } from '../quantise/calibrate.ts'
import { describeOddities } from '../quantise/calibration-findings.ts'
import { equaliseGraph, findEqualisablePairs } from '../quantise/equalise.ts'
import { FloatNetwork } from '../quantise/float-network.ts'
import { buildIntegerGraph, type QuantiseOptions, type Ranges } from '../quantise/integer-graph.ts'
import { listOutputTensors } from '../quantise/output-error.ts'
import { type ResolvedOverrides, resolveOverrides } from '../quantise/overrides.ts'
import { type RangeEntry, reportRanges } from '../quantise/range-report.ts'
import { selectRanges } from '../quantise/ranges.ts'
import { type LayerStore, listTargets, refineGraph } from '../quantise/refine.ts'
import { type Effort, refineEffort, type Technique } from '../quantise/techniques.ts'
import { spread } from './files.ts'
import type { ModelOptions } from './options.ts'
import type { Progress } from './progress.ts'

/** How an integer graph came about. Plain data: it is kept beside the graph as JSON. */
export interface QuantisationReport {
  readonly ranges: readonly RangeEntry[]
  readonly effort: Effort
  readonly techniques: readonly Technique[]
  /** Pairs of layers that cross-layer equalisation found. */
  readonly equalisedPairs: number
  /** Sentences on constant activations, dead channels and the like; shown as warnings. */
  readonly oddities: readonly string[]
}

export interface QuantisedModel {
  readonly integer: IntegerGraph
  readonly report: QuantisationReport
}

/** Images that `--observer auto` runs candidates on: each costs a run of the network for each candidate. */
const AUTO_PROBES = 2
/** Weights of so many bits need more than rounding to nearest: docs/accuracy.md. */
const LOW_BITS = 4
/** Of every run: the same inputs give the same model. */
const SEED = 1

export async function quantiseModel(
  original: FloatGraph,
  paths: readonly string[],
  files: readonly Uint8Array[],
  options: ModelOptions,
  progress: Progress,
  store: LayerStore | null = null,
): Promise<QuantisedModel> {
  const overrides = resolveOverrides(original, options.overrides, '--overrides')
  const techniques = new Set(options.techniques)
  const graph = techniques.has('equalisation') ? equaliseGraph(original) : original
  const images = new CalibrationImages(paths, files, options)
  const calibration = await runCalibration(graph, images, progress)
  const oddities = [...describeUnreadable(images), ...describeOddities(graph, calibration)]
  for (const sentence of oddities) progress.warn(sentence)
  if (options.weightBits <= LOW_BITS && !techniques.has('second-order'))
    progress.warn(
      `${options.weightBits}-bit weights lose much of the accuracy without second-order rounding: --effort best takes minutes and keeps most of it.`,
    )

  const quantise: QuantiseOptions = { ...options, layerWeightBits: overrides.layerWeightBits }
  const auto =
    options.observer === 'auto'
      ? await runAuto(graph, calibration, images, quantise, overrides, progress)
      : null
  const select = {
    ...options,
    observer: options.observer === 'auto' ? ('mse' as const) : options.observer,
    overrides: auto?.observers ?? overrides.observers,
  }
  const ranges = await selectRanges(graph, calibration, select)
  const isRefined = (['mse-scales', 'bias-correction', 'refit', 'second-order'] as const).some((one) =>
    techniques.has(one),
  )
  const integer = isRefined
    ? await runRefinement(graph, ranges, images, { ...options, ...quantise }, progress, store)
    : buildIntegerGraph(graph, ranges, quantise)
  const report: QuantisationReport = {
    ranges: await reportRanges(graph, calibration, ranges, select, auto),
    effort: options.effort,
    techniques: options.techniques,
    equalisedPairs: techniques.has('equalisation') ? findEqualisablePairs(original).length : 0,
    oddities,
  }
  return { integer, report }
}

/** Ranges are of the others: said once, and kept with the report. */
function describeUnreadable({ unreadable, listed }: CalibrationImages): readonly string[] {
  const [first] = unreadable.values()
  if (first === undefined) return []
  return [
    `${unreadable.size} of ${listed} calibration images cannot be decoded and were left out, the first: ${first}`,
  ]
}

/** Calibration images, decoded when they are asked for: memory does not grow with their number. */
class CalibrationImages {
  /** Sentences on the pictures that `load` could not decode, by index. */
  readonly unreadable = new Map<number, string>()
  readonly #paths: readonly string[]
  readonly #files: readonly Uint8Array[]
  readonly #options: ModelOptions

  constructor(paths: readonly string[], files: readonly Uint8Array[], options: ModelOptions) {
    this.#paths = paths
    this.#files = files
    this.#options = options
  }

  /** Files, readable or not. */
  get listed(): number {
    return this.#files.length
  }

  /** @throws PictureError where the picture cannot be decoded. */
  async load(index: number): Promise<Letterboxed> {
    const { width, height } = this.#options
    const name = this.#paths[index]!
    return letterbox(await decodeImage(this.#files[index]!, { name }), { width, height })
  }

  /** The same, or null and a note. @throws PictureError where all are unreadable. */
  async tryLoad(index: number): Promise<Letterboxed | null> {
    try {
      return await this.load(index)
    } catch (error) {
      if (!(error instanceof PictureError)) throw error
      this.unreadable.set(index, error.message)
      if (this.unreadable.size === this.listed) throw error
      return null
    }
  }

  /** Indices of at most `count` readable images, spread over all; to be asked after `tryLoad` has seen each. */
  choose(count: number): readonly number[] {
    const readable = this.#files.flatMap((_, index) => (this.unreadable.has(index) ? [] : [index]))
    return spread(readable, count)
  }
}

async function runCalibration(
  graph: FloatGraph,
  images: CalibrationImages,
  progress: Progress,
): Promise<Calibration> {
  const count = images.listed
  const task = progress.start(`calibrate on ${count} image${count === 1 ? '' : 's'}`)
  async function* inputs(): AsyncGenerator<Float32Array> {
    let next = images.tryLoad(0)
    for (let i = 0; i < count; i++) {
      const image = await next
      if (i + 1 < count) {
        next = images.tryLoad(i + 1)
        // It is awaited in the next round; an error must not count as unhandled until then.
        next.catch(() => {})
      }
      if (image !== null) yield toNchwFloat(image)
    }
  }
  const activations = [...listObserved(graph).keys()]
  await using network = await FloatNetwork.create(graph, { activations, threads: 2 })
  const calibration = await calibrate(graph, network, inputs(), ({ done }) =>
    task.update(done / count, `${done} of ${count} images`),
  )
  task.done()
  return calibration
}

async function runAuto(
  graph: FloatGraph,
  calibration: Calibration,
  images: CalibrationImages,
  options: QuantiseOptions,
  overrides: ResolvedOverrides,
  progress: Progress,
): Promise<AutoChoice> {
  const task = progress.start('choose an observer for each layer')
  const activations = listOutputTensors(graph, options.scope === 'all' ? 'integer' : 'float')
  await using network = await FloatNetwork.create(graph, { activations, threads: 2 })
  const probes: Probe[] = []
  for (const index of images.choose(AUTO_PROBES)) {
    const image = await images.load(index)
    probes.push({
      codes: toNchwCodes(image, options.activationBits),
      real: await network.run(toNchwFloat(image)),
    })
  }
  const choice = await chooseObservers(
    { graph, calibration, probes, fixed: overrides.observers },
    options,
    (done, of) => task.update(done / of, `${done} of ${of} layers`),
  )
  const counts = new Map<string, number>()
  for (const observer of choice.observers.values()) counts.set(observer, (counts.get(observer) ?? 0) + 1)
  task.done([...counts].map(([observer, count]) => `${count} ${observer}`).join(', '))
  return choice
}

async function runRefinement(
  graph: FloatGraph,
  ranges: Ranges,
  images: CalibrationImages,
  options: ModelOptions & QuantiseOptions,
  progress: Progress,
  store: LayerStore | null,
): Promise<IntegerGraph> {
  const effort = refineEffort(options.effort)
  const chosen = images.choose(effort.images)
  const task = progress.start(
    `refine weights and biases on ${chosen.length} image${chosen.length === 1 ? '' : 's'}`,
  )
  const letterboxed: Letterboxed[] = []
  for (const index of chosen) letterboxed.push(await images.load(index))
  await using network = await FloatNetwork.create(graph, { activations: listTargets(graph), threads: 2 })
  const inputs = letterboxed.map((image) => ({
    real: () => toNchwFloat(image),
    codes: toNchwCodes(image, options.activationBits),
  }))
  const integer = await refineGraph(
    { graph, ranges, source: network, images: inputs },
    { ...options, techniques: new Set(options.techniques), samples: effort.samples, seed: SEED },
    ({ done, of, text }) => task.update(done / of, text),
    store,
  )
  const reused = store === null || store.found === 0 ? '' : `; went on after ${store.found} layers`
  task.done(`W${options.weightBits}A${options.activationBits}, ${options.techniques.join(', ')}${reused}`)
  return integer
}
