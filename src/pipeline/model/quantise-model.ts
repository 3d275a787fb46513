/** This file quantises a model: it calibrates on images, chooses ranges and refines weights, and reports how it did so. */
import * as v from 'valibot'
import type { IntegerGraph } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { toNchwCodes, toNchwFloat } from '../../image/planes.ts'
import { type Checked, openObject, whole } from '../../input/schema.ts'
import { groupBitsOf } from '../../quantise/activation-bits.ts'
import { type AutoChoice, chooseObservers } from '../../quantise/auto-observer.ts'
import { type Calibration, type CalibrationImage, calibrate } from '../../quantise/calibrate.ts'
import { describeOddities } from '../../quantise/calibration-findings.ts'
import { imageQuant } from '../../quantise/code-ranges.ts'
import { equaliseGraph, findEqualisablePairs } from '../../quantise/equalise.ts'
import { buildIntegerGraph, type QuantiseOptions, type Ranges } from '../../quantise/integer-graph.ts'
import { describeShortage } from '../../quantise/memory-need.ts'
import { rangeEntry, reportRanges } from '../../quantise/range-report.ts'
import { selectRanges } from '../../quantise/ranges.ts'
import type { LayerStore } from '../../quantise/refine.ts'
import { type ResolvedOverrides, resolveOverrides } from '../../quantise/resolve-overrides.ts'
import { openSampled } from '../../quantise/sampled-threads.ts'
import { EFFORTS, TECHNIQUES, type Technique } from '../../quantise/techniques.ts'
import type { Progress } from '../files/progress.ts'
import type { CalibrationImages } from './calibration-images.ts'
import { runFloatOutputs } from './float-outputs.ts'
import type { ModelOptions } from './options.ts'
import { type Refinable, RefineImages } from './refine-images.ts'
import { bitSearchReport, runBitSearch } from './run-bit-search.ts'
import { type DistillationReport, distillationReport, runDistillation } from './run-distillation.ts'
import { overflowReport, runOverflowCount } from './run-overflow-count.ts'
import {
  type RefinementInput,
  type RefinementReport,
  refinementReport,
  runRefinement,
} from './run-refinement.ts'

/** How an integer graph was made. This is plain data and is kept beside the graph as JSON. */
export const quantisationReport = openObject({
  ranges: v.array(rangeEntry),
  effort: v.picklist(EFFORTS),
  techniques: v.array(v.picklist(TECHNIQUES)),
  /** Number of pairs of layers that cross-layer equalisation found. */
  equalisedPairs: whole(0),
  /** Null if no bits were searched. */
  bitSearch: v.nullable(bitSearchReport),
  /** Null if nothing was refined. */
  refinement: v.nullable(refinementReport),
  /** Null if nothing was distilled. */
  distillation: v.nullable(distillationReport),
  /** Layers of which some input makes a sum that the accumulator does not hold; none where they are refused. */
  overflows: overflowReport,
  /** Sentences on constant activations, dead channels and the like; shown as warnings. */
  oddities: v.array(v.string()),
})
export type QuantisationReport = Checked<typeof quantisationReport>

export interface QuantisedModel {
  readonly integer: IntegerGraph
  readonly report: QuantisationReport
}

/** Number of images for `--observer auto`. Each takes a run of the network for every candidate. */
const AUTO_PROBES = 2
/** Weights of this many bits or fewer need more than rounding to nearest, and activations more than these bits everywhere (docs/accuracy.md). */
const LOW_BITS = 4

export async function quantiseModel(
  original: FloatGraph,
  images: CalibrationImages,
  options: ModelOptions,
  progress: Progress,
  store: LayerStore | null = null,
): Promise<QuantisedModel> {
  const { activationBudget } = options
  const overrides = resolveOverrides(original, options.overrides, '--overrides', options)
  const techniques = new Set(allowedTechniques(original, options.techniques, progress))
  const graph = techniques.has('equalisation') ? equaliseGraph(original) : original
  const isRefined = [...techniques].some((one) => one !== 'equalisation')
  const { calibration, refinable } = await runCalibration(graph, images, isRefined ? options : null, progress)
  const oddities = [...describeUnreadable(images), ...describeOddities(graph, calibration)]
  for (const sentence of oddities) progress.warn(sentence)
  if (options.weightBits <= LOW_BITS && !techniques.has('second-order'))
    progress.warn(
      `${options.weightBits}-bit weights lose much of the accuracy without second-order rounding: --effort best takes minutes and keeps most of it.`,
    )
  if (options.activationBits <= LOW_BITS && activationBudget === undefined && overrides.groupBits.size === 0)
    progress.warn(
      `${options.activationBits}-bit activations lose much of the accuracy: --end-bits 8 keeps the image and the logits at 8 bits, and --activation-budget gives more bits where they matter most.`,
    )

  const bits =
    activationBudget === undefined
      ? null
      : await runBitSearch(
          graph,
          { calibration, images, resolved: overrides },
          { ...options, activationBudget },
          progress,
        )
  const { layerWeightBits } = overrides
  const groupBits = bits?.groupBits ?? overrides.groupBits
  const quantise: QuantiseOptions = { ...options, layerWeightBits, groupBits }
  const auto =
    options.observer === 'auto'
      ? await runAuto(graph, { calibration, images, overrides }, quantise, progress)
      : null
  const select = {
    ...options,
    groupBits,
    observer: options.observer === 'auto' ? ('mse' as const) : options.observer,
    overrides: auto?.observers ?? overrides.observers,
  }
  const ranges = await selectRanges(graph, calibration, select)
  const quantised =
    refinable === null
      ? { integer: buildIntegerGraph(graph, ranges, quantise), ranges, refinement: null, distillation: null }
      : await fitToImages(
          graph,
          { ...refinable, ranges, store },
          { ...options, ...quantise, techniques: [...techniques] },
          progress,
        )
  const { refinement, distillation } = quantised
  const report: QuantisationReport = {
    ranges: await reportRanges(graph, calibration, quantised.ranges, select, auto),
    effort: options.effort,
    techniques: [...techniques],
    equalisedPairs: techniques.has('equalisation') ? findEqualisablePairs(original).length : 0,
    bitSearch: bits?.report ?? null,
    refinement,
    distillation,
    overflows: await runOverflowCount(quantised.integer, images, progress),
    oddities,
  }
  return { integer: quantised.integer, report }
}

/** Distillation's slopes are those of SiLU. */
function allowedTechniques(
  graph: FloatGraph,
  asked: readonly Technique[],
  progress: Progress,
): readonly Technique[] {
  const other = graph.nodes.find(
    (node) => node.op === 'conv' && node.activation !== 'silu' && node.activation !== 'none',
  )
  if (other === undefined || !asked.includes('distillation')) return asked
  progress.warn(
    `distillation is left out: it learns through SiLU alone, and ${other.name} has another activation.`,
  )
  return asked.filter((technique) => technique !== 'distillation')
}

/** Refines weights and biases, and lets what they begin with learn from the float network. */
async function fitToImages(
  graph: FloatGraph,
  input: RefinementInput,
  options: ModelOptions & QuantiseOptions,
  progress: Progress,
): Promise<{
  readonly integer: IntegerGraph
  readonly ranges: Ranges
  readonly refinement: RefinementReport
  readonly distillation: DistillationReport | null
}> {
  const refined = await runRefinement(graph, input, options, progress)
  const before = {
    integer: refined.integer,
    ranges: input.ranges,
    refinement: refined.report,
    distillation: null,
  }
  if (!options.techniques.includes('distillation')) return before
  const distilled = await runDistillation(graph, { ...refined, ranges: input.ranges }, options, progress)
  return { ...before, ...distilled }
}

/** Makes one sentence on images that cannot be decoded. Ranges come from the others. */
function describeUnreadable({ unreadable, listed }: CalibrationImages): readonly string[] {
  const [first] = unreadable.values()
  if (first === undefined) return []
  return [
    `${unreadable.size} of ${listed} calibration images cannot be decoded and were left out, the first: ${first}`,
  ]
}

/** @param refine how; null if nothing is refined. */
async function runCalibration(
  graph: FloatGraph,
  images: CalibrationImages,
  refine: ModelOptions | null,
  progress: Progress,
): Promise<{ readonly calibration: Calibration; readonly refinable: Refinable | null }> {
  const count = images.listed
  const task = progress.start(`calibrate on ${count} image${count === 1 ? '' : 's'}`)
  const shortage = describeShortage(graph, process.availableMemory())
  if (shortage !== null) progress.warn(shortage)
  await using source = await openSampled(graph, count)
  // Refinement looks at a few of the images. Until one turns out to be unreadable, these are known before.
  const planned = refine === null ? null : new RefineImages(graph, images, refine)
  async function* inputs(): AsyncGenerator<CalibrationImage> {
    let next = images.tryLoad(0)
    for (let i = 0; i < count; i++) {
      const image = await next
      if (i + 1 < count) {
        next = images.tryLoad(i + 1)
        // The next round awaits it; until then an error must not count as unhandled.
        next.catch(() => {})
      }
      if (image !== null) yield { real: toNchwFloat(image), ...planned?.want(i, image) }
    }
  }
  const calibration = await calibrate(graph, source, inputs(), ({ done }) =>
    task.update(done / count, `${done} of ${count} images`),
  )
  const refinable = (await planned?.finish(source)) ?? null
  task.done()
  return { calibration, refinable }
}

interface Calibrated {
  readonly calibration: Calibration
  readonly images: CalibrationImages
  readonly overrides: ResolvedOverrides
}

async function runAuto(
  graph: FloatGraph,
  { calibration, images, overrides }: Calibrated,
  options: QuantiseOptions,
  progress: Progress,
): Promise<AutoChoice> {
  const task = progress.start('choose an observer for each layer')
  const some = await images.loadSome(AUTO_PROBES)
  const outputs = await runFloatOutputs(graph, some, options.scope)
  const quant = imageQuant(groupBitsOf(graph.nodes[0]!.name, options), options.profile)
  const probes = some.map((image, i) => ({ codes: toNchwCodes(image, quant), real: outputs[i]! }))
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
