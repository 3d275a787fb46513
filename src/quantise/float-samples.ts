/** What calibration and refinement take of the float network's tensors, and which tensors these are. */
import type { ConvNode, FloatGraph, FloatNode, Shape } from '../graph/types.ts'
import { preActivationKey } from './integer-graph.ts'

/** Every so many values of a tensor, and what is known of all of them. */
export interface TensorSamples {
  /** Every `sampleStep`-th value, in C order. */
  readonly values: Float32Array
  /** Of each channel; null behind an activation, where the extremes follow from those before it. */
  readonly channels: ChannelExtremes | null
}

/** One number a channel. NaN values are not seen by the first two. */
export interface ChannelExtremes {
  readonly min: Float32Array
  readonly max: Float32Array
  /** NaN where a value is, or where finite ones are so large that their sums in both directions are infinite. */
  readonly sum: Float32Array
}

/** Of one image. */
export interface FloatSamples {
  /** The tensors of `listObserved`. */
  readonly observed: ReadonlyMap<string, TensorSamples>
  /** The wanted pixels of the tensors of `listTargets`, [channels, pixels]; empty where none were wanted. */
  readonly targets: ReadonlyMap<string, Float32Array>
}

/** Wanted pixels by target, as indices y * width + x. */
export type WantedPixels = ReadonlyMap<string, Uint32Array>

/** A float network that gives samples of its tensors, pre-activations under `preActivationKey`. */
export interface SampleSource {
  /** Images that it works on at the same time. */
  readonly atOnce: number
  sample(image: Float32Array, wanted?: WantedPixels): Promise<FloatSamples>
}

/** Values of a tensor and image that are looked at, at the least: enough for a quantile of 0.9999. */
const LOOKED_AT = 28_000

/** The step between sampled values: prime to the widths of feature maps, so that no column is favoured. */
export const sampleStep = (length: number): number =>
  [37, 31, 23, 17, 13, 11, 7, 3].find((step) => length >= step * LOOKED_AT) ?? 1

/** Nodes that make new values; the others pass codes on unchanged and would count the same values twice. */
const makesValues = (node: FloatNode): boolean => node.op === 'conv' || node.op === 'add'

/** The tensors that calibration needs of the float network, and their shapes. */
export function listObserved(graph: FloatGraph): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>()
  for (const node of graph.nodes) {
    if (!makesValues(node)) continue
    if (node.op === 'conv' && node.activation !== 'none') shapes.set(preActivationKey(node.name), node.shape)
    shapes.set(node.name, node.shape)
  }
  return shapes
}

/** The name under which the float network gives a convolution's output before its activation. */
export const targetKey = (node: ConvNode): string =>
  node.activation !== 'none' ? preActivationKey(node.name) : node.name

/** The convolutions of a graph by their names. */
export const convolutionsOf = ({ nodes }: FloatGraph): ReadonlyMap<string, ConvNode> =>
  new Map(nodes.flatMap((node) => (node.op === 'conv' ? [[node.name, node] as const] : [])))

/** The tensors that refinement needs of the float network. */
export function listTargets(graph: FloatGraph): readonly string[] {
  return graph.nodes.flatMap((node) => (node.op === 'conv' ? [targetKey(node)] : []))
}

/** Gives the results of `work` in order, and begins `atOnce` of them ahead. */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = []
  let index = 0
  for await (const item of items) {
    const result = work(item, index++)
    // It is awaited in its turn; until then an error must not count as unhandled.
    result.catch(() => {})
    begun.push(result)
    if (begun.length > atOnce) yield await begun.shift()!
  }
  for (const result of begun) yield await result
}
