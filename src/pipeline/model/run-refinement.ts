/** This file refines a quantised model's weights and biases, and reports what was chosen for each layer. */
import * as v from 'valibot'
import type { Codes, IntegerGraph } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { toNchwFloat } from '../../image/planes.ts'
import { type Checked, openObject, real, whole } from '../../input/schema.ts'
import type { NetworkProbe } from '../../quantise/compare-networks.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import type { QuantiseOptions, Ranges } from '../../quantise/integer-graph.ts'
import { listOutputTensors } from '../../quantise/output-error.ts'
import { heldBackOf, type LayerStore, type Refinement, refineGraph } from '../../quantise/refine.ts'
import type { Progress } from '../files/progress.ts'
import type { CalibrationImages } from './calibration-images.ts'
import type { ModelOptions } from './options.ts'
import type { Refinable } from './refine-images.ts'

const share = v.nullable(real(0))

/** What refinement chose, and on how many images. This is plain data. */
export const refinementReport = openObject({
  /** Calibration images that refinement looked at. */
  images: whole(1),
  /** Those of them that nothing was fitted to. With none, the techniques were applied to each layer as they are. */
  heldBack: whole(0),
  /** The network of chosen layers, or that of `fast` where it was better on the held-back images. */
  kept: v.picklist(['chosen', 'fast']),
  /** Errors of both networks' outputs on the held-back images, as shares of the signal; null where they were not compared. */
  outputError: v.nullable(openObject({ chosen: real(0), fast: real(0) })),
  /** The choice for each convolution: see `LayerChoice`. */
  layers: v.array(
    openObject({ layer: v.string(), ridge: share, damping: share, nearest: real(0), chosen: real(0) }),
  ),
})
export type RefinementReport = Checked<typeof refinementReport>

export interface RefinementInput extends Omit<Refinable, 'images'> {
  /** Codes of each image. */
  readonly images: readonly Codes[]
  readonly calibration: CalibrationImages
  readonly ranges: Ranges
  /** Layers that an interrupted run has finished. */
  readonly store: LayerStore | null
}

export interface Refined {
  readonly integer: IntegerGraph
  readonly report: RefinementReport
  /** Indices of the calibration images that it was fitted to. */
  readonly fitted: readonly number[]
  /** The images that were held back. */
  readonly probes: readonly NetworkProbe[]
}

export async function runRefinement(
  graph: FloatGraph,
  { ranges, targets, images, chosen, calibration, store }: RefinementInput,
  options: ModelOptions & QuantiseOptions,
  progress: Progress,
): Promise<Refined> {
  const task = progress.start(
    `refine weights and biases on ${images.length} image${images.length === 1 ? '' : 's'}`,
  )
  const layerOptions = { ...options, techniques: new Set(options.techniques) }
  const heldBack = heldBackOf(images.length, layerOptions).map((i) => chosen[i]!)
  const heldOutputs = await runFloat(graph, calibration, heldBack, options)
  const refinement = await refineGraph(
    { graph, ranges, targets, images, heldOutputs },
    layerOptions,
    ({ done, of, text }) => task.update(done / of, text),
    store,
  )
  const report = reportRefinement(refinement, images.length)
  const reused = store === null || store.found === 0 ? '' : `; continued after ${store.found} layers`
  task.done(
    `W${options.weightBits}A${options.activationBits}, ${options.techniques.join(', ')}${summarise(report)}${reused}`,
  )
  return {
    integer: refinement.integer,
    report,
    fitted: chosen.filter((index) => !heldBack.includes(index)),
    probes: refinement.heldBack.map((i, at) => ({ codes: images[i]!, real: heldOutputs[at]! })),
  }
}

/** What the float network gives at its output for some of the images. */
async function runFloat(
  graph: FloatGraph,
  calibration: CalibrationImages,
  indices: readonly number[],
  { scope }: QuantiseOptions,
): Promise<ReadonlyMap<string, Float32Array>[]> {
  if (indices.length === 0) return []
  const activations = listOutputTensors(graph, scope === 'all' ? 'integer' : 'float')
  await using network = await FloatNetwork.create(graph, { activations, threads: 2 })
  const outputs: ReadonlyMap<string, Float32Array>[] = []
  for (const index of indices) outputs.push(await network.run(toNchwFloat(await calibration.load(index))))
  return outputs
}

function reportRefinement(
  { heldBack, choices, kept, compared }: Refinement,
  images: number,
): RefinementReport {
  return {
    images,
    heldBack: heldBack.length,
    kept,
    outputError: compared,
    layers: [...choices].map(([layer, choice]) => ({ layer, ...choice })),
  }
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

function summarise({ heldBack, kept, outputError, layers }: RefinementReport): string {
  if (outputError === null) return ''
  const nearest = layers.filter(({ damping }) => damping === null).length
  const chosen = `second-order rounding in ${layers.length - nearest} layers of ${layers.length}`
  const errors = `output error ${percent(outputError.chosen)}, ${percent(outputError.fast)} with fast`
  const result = kept === 'fast' ? `; the weights of fast are kept: ${errors}` : `; ${chosen}: ${errors}`
  return `${result} (${heldBack} images held back)`
}
