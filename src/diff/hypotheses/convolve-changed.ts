/** The codes of a convolution with one thing changed: of an element by the specification, of all by the engine. */
import type { Profile } from '../../arithmetic/profile.ts'
import { accumulate, adderOf } from '../../golden/accumulate.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import { Engine } from '../../golden/engine.ts'
import { layerGraph } from '../../golden/layer-graph.ts'
import { requantiserOf } from '../../golden/requantise.ts'
import type { Codes, IntegerConv, IntegerNode } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import type { Convolved, Prediction } from './hypothesis.ts'

/** Weights of an output channel, [inChannels, kernel, kernel]. */
export type Row = Int8Array | Int16Array
export type RowOf = (channel: number) => Row

/** Its own weights. */
export const ownRow = ({ weight, shape }: IntegerConv): RowOf => {
  const size = weight.length / shape[0]
  return (channel) => weight.subarray(channel * size, (channel + 1) * size)
}

/** Products that are added one by one within a second. */
const FEW_PRODUCTS = 30_000_000

/** Whether a layer is computed within a second. */
export function isQuickUnder(profile: Profile, { weight, shape }: IntegerConv): boolean {
  return adderOf(profile).isPlain || weight.length * shape[1] * shape[2] <= FEW_PRODUCTS
}

/** @param rowOf the changed weights; those of the node unless given. They are made of the channels that are looked at. */
export function convolveChanged({ node, input, profile }: Convolved, rowOf?: RowOf): Prediction {
  const [, height, width] = node.shape
  const channels = new Map<
    number,
    { readonly alone: IntegerConv; readonly finish: (acc: number) => number }
  >()
  const channelOf = (channel: number) => {
    const known = channels.get(channel)
    if (known !== undefined) return known
    const row = (rowOf ?? ownRow(node))(channel)
    const alone = { ...node, weight: row, bias: node.bias.subarray(channel, channel + 1) }
    const made = { alone, finish: requantiserOf(profile, node, channel) }
    channels.set(channel, made)
    return made
  }
  return {
    at: (index) => {
      const [channel, rest] = [Math.floor(index / (height * width)), index % (height * width)]
      const { alone, finish } = channelOf(channel)
      const place = { channel: 0, y: Math.floor(rest / width), x: rest % width }
      const code = finish(accumulate(alone, input, place, profile))
      return node.table === null ? code : node.table[code]!
    },
    all: () => {
      const whole = rowOf === undefined ? node : { ...node, weight: joinRows(node, rowOf) }
      return readerOf(computeLayer(whole, input, profile))
    },
  }
}

export const readerOf = (codes: Codes | null): ((index: number) => number) | null =>
  codes === null ? null : (index) => codes[index]!

function joinRows({ shape: [channels] }: IntegerConv, rowOf: RowOf): Row {
  const first = rowOf(0)
  const joined =
    first.BYTES_PER_ELEMENT === 1
      ? new Int8Array(channels * first.length)
      : new Int16Array(channels * first.length)
  for (let channel = 0; channel < channels; channel++) joined.set(rowOf(channel), channel * first.length)
  return joined
}

/** Null where the engine does not compute values as wide as these. */
export const computeLayer = (node: IntegerConv, input: CodeTensor, profile: Profile): Codes | null =>
  runOnEngine(node, [input], profile)

/** A layer alone. Its inputs have names of their own. */
export function runOnEngine(
  node: Exclude<IntegerNode, { op: 'input' }>,
  tensors: readonly CodeTensor[],
  profile: Profile,
): Codes | null {
  try {
    const inputs = tensors.map(({ shape, quant }, i) => ({ name: node.inputs[i]!, shape, quant }))
    const engine = Engine.create(layerGraph(node, inputs, profile))
    return engine.runLayer(
      node.name,
      tensors.map(({ codes }) => codes),
    )
  } catch (error) {
    if (error instanceof RangeError || error instanceof InputError) return null
    throw error
  }
}
