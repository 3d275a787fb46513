/** This file refines a quantised model's weights and biases, and reports what was chosen for each layer. */
import * as v from 'valibot'
import type { IntegerGraph } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { toNchwCodes } from '../../image/planes.ts'
import type { RgbImage } from '../../image/rgb-image.ts'
import { type Checked, openObject, real, whole } from '../../input/schema.ts'
import { groupBitsOf } from '../../quantise/activation-bits.ts'
import { imageQuant } from '../../quantise/code-ranges.ts'
import type { NetworkProbe } from '../../quantise/compare-networks.ts'
import type { QuantiseOptions, Ranges } from '../../quantise/integer-graph.ts'
import { heldBackOf, type LayerStore, type Refinement, refineGraph } from '../../quantise/refine.ts'
import { describeScheme } from '../../quantise/scheme.ts'
import type { Progress } from '../files/progress.ts'
import { runFloatOutputs } from './float-outputs.ts'
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

export interface RefinementInput extends Refinable {
  readonly ranges: Ranges
  /** Layers that an interrupted run has finished. */
  readonly store: LayerStore | null
}

export interface Refined {
  readonly integer: IntegerGraph
  readonly report: RefinementReport
  /** The images that were not held back. */
  readonly fitted: readonly RgbImage[]
  /** The images that were held back. */
  readonly probes: readonly NetworkProbe[]
}

export async function runRefinement(
  graph: FloatGraph,
  { ranges, targets, images, store }: RefinementInput,
  options: ModelOptions & QuantiseOptions,
  progress: Progress,
): Promise<Refined> {
  const task = progress.start(
    `refine weights and biases on ${images.length} image${images.length === 1 ? '' : 's'}`,
    store === null ? undefined : 'Stopped: refined layers are kept, and the same command goes on from there.',
  )
  const layerOptions = { ...options, techniques: new Set(options.techniques) }
  const heldBack = heldBackOf(images.length, layerOptions)
  const heldOutputs = await runFloatOutputs(
    graph,
    heldBack.map((i) => images[i]!),
    options.scope,
  )
  const quant = imageQuant(groupBitsOf(graph.nodes[0]!.name, options), options.profile)
  const codes = images.map((image) => toNchwCodes(image, quant))
  const refinement = await refineGraph(
    { graph, ranges, targets, images: codes, heldOutputs },
    layerOptions,
    ({ done, of, text }) => task.update(done / of, text),
    store,
  )
  const report = reportRefinement(refinement, images.length)
  const reused = store === null || store.found === 0 ? '' : `; continued after ${store.found} layers`
  task.done(`${describeScheme(options)}, ${options.techniques.join(', ')}${summarise(report)}${reused}`)
  return {
    integer: refinement.integer,
    report,
    fitted: images.filter((_, i) => !heldBack.includes(i)),
    probes: heldBack.map((i, at) => ({ codes: codes[i]!, real: heldOutputs[at]! })),
  }
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
  return `${result} (${heldBack} image${heldBack === 1 ? '' : 's'} held back)`
}
