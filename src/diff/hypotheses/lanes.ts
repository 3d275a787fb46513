/** The weights of a convolution as hardware holds them: word by word, each with a lane for each product. */
import type { IntegerConv } from '../../golden/types.ts'
import type { ConvLanes } from '../../rom/weights.ts'
import { ownRow, type Row, type RowOf } from './convolve-changed.ts'
import type { Surroundings } from './hypothesis.ts'

export interface Words {
  /** With a kernel that has every pixel of the words. */
  readonly node: IntegerConv
  /** Words of a group of output channels: taps times blocks. */
  readonly steps: number
  readonly blocks: number
  readonly inputLanes: number
  /** Weight of each (step, lane) in a row of `node`; -1 without. */
  readonly taps: Int32Array
  /** Output channel of each output lane, group by group; -1 idle. */
  readonly outputs: Int32Array
}

export function layInWords(node: IntegerConv, { lanes, inputLanes }: Surroundings): Words {
  if (lanes === undefined) return layPlainly(node, inputLanes)
  const plain = {
    inputLanes,
    outputs: lanes.outputs,
    steps: lanes.taps.length / inputLanes,
    blocks: lanes.inputBlocks,
  }
  if (lanes.kernel === node.kernel) return { ...plain, node, taps: lanes.taps }
  return { ...plain, ...widen(node, lanes, inputLanes) }
}

function layPlainly(node: IntegerConv, inputLanes: number): Words {
  const { inChannels, kernel, shape } = node
  const blocks = Math.ceil(inChannels / inputLanes)
  const steps = kernel * kernel * blocks
  const taps = Int32Array.from({ length: steps * inputLanes }, (_, at) => {
    const step = Math.floor(at / inputLanes)
    const channel = (step % blocks) * inputLanes + (at % inputLanes)
    return channel < inChannels ? channel * kernel * kernel + Math.floor(step / blocks) : -1
  })
  const outputs = Int32Array.from({ length: shape[0] }, (_, channel) => channel)
  return { node, steps, blocks, inputLanes, taps, outputs }
}

/** A stride-2 convolution on words of 2x2 pixels: with weights of 0 where its kernel has none (src/rom/weights.ts). */
function widen(
  node: IntegerConv,
  { kernel: side }: ConvLanes,
  inputLanes: number,
): Pick<Words, 'node' | 'taps'> {
  const { kernel, inChannels, padding, shape } = node
  const [wide, first] = [2 * side, 2 * Math.floor(-padding / 2)]
  const before = -first - padding
  const rowOf = ownRow(node)
  const size = inChannels * wide * wide
  const weight = new Int16Array(shape[0] * size)
  for (let channel = 0; channel < shape[0]; channel++)
    embed(rowOf(channel), kernel, weight.subarray(channel * size, (channel + 1) * size), wide, before, before)
  const taps = new Int32Array(side * side * inputLanes).fill(-1)
  for (let at = 0; at < taps.length; at++) {
    const [word, lane] = [Math.floor(at / inputLanes), at % inputLanes]
    const [pixel, channel] = [Math.floor(lane / inChannels), lane % inChannels]
    if (pixel > 3) continue
    const y = 2 * Math.floor(word / side) + (pixel >> 1)
    const x = 2 * (word % side) + (pixel & 1)
    taps[at] = (channel * wide + y) * wide + x
  }
  return { node: { ...node, kernel: wide, padding: -first, weight }, taps }
}

/** Puts a kernel into a larger one, which is all zeros, `down` rows and `right` columns from its corner. */
export function embed(row: Row, kernel: number, into: Row, wide: number, down: number, right: number): Row {
  for (let at = 0; at < row.length; at++) {
    const [x, y] = [at % kernel, Math.floor(at / kernel) % kernel]
    const channel = Math.floor(at / (kernel * kernel))
    into[(channel * wide + y + down) * wide + x + right] = row[at]!
  }
  return into
}

/** Rows in which each (step, lane) has the weight of another, times a factor. -1: no weight. */
export function movedRow(
  { node, taps, inputLanes }: Words,
  from: (step: number, lane: number) => readonly [step: number, lane: number] | null,
  rowOf: RowOf = ownRow(node),
): RowOf {
  const source = new Int32Array(node.weight.length / node.shape[0]).fill(-1)
  for (let at = 0; at < taps.length; at++) {
    if (taps[at]! < 0) continue
    const found = from(Math.floor(at / inputLanes), at % inputLanes)
    source[taps[at]!] = found === null ? -1 : taps[found[0] * inputLanes + found[1]]!
  }
  return (channel) => {
    const row = rowOf(channel)
    return row.map((_, at) => (source[at]! < 0 ? 0 : row[source[at]!]!))
  }
}
