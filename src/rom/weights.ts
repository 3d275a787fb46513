/** Weights and parameters in the engine's lane order (docs/detector.md, "ROMs"). */
import type { IntegerConv } from '../golden/types.ts'
import { orBits } from './formats/bits.ts'
import { wordBytes } from './formats/types.ts'
import type { EngineParameters } from './parameters.ts'
import type { Placement } from './placement.ts'

/** How a convolution's taps and channels map to the engine's steps. */
export interface ConvLanes {
  /** Kernel side as the engine runs it (2 for a space-to-depth 3x3). */
  readonly kernel: number
  readonly inputBlocks: number
  /** Output channel of each output lane, group by group; -1 idle. Length: groups * PO. */
  readonly outputs: Int32Array
  /**
   * Index within one output channel's weights [ci, ky, kx] of each (tap, block, input lane); -1 for a lane with no product.
   * Length: kernel * kernel * inputBlocks * PI.
   */
  readonly taps: Int32Array
}

/** The plain case: lane channels of the input tensor, kernel as it is. */
export function planLanes(
  conv: IntegerConv,
  inputChannels: Int32Array,
  outputChannels: Int32Array,
  engine: EngineParameters,
): ConvLanes {
  const { kernel } = conv
  const blocks = inputChannels.length / engine.inputLanes
  const taps = new Int32Array(kernel * kernel * inputChannels.length)
  let at = 0
  for (let tap = 0; tap < kernel * kernel; tap++)
    for (const channel of inputChannels) taps[at++] = channel < 0 ? -1 : channel * kernel * kernel + tap
  return { kernel, inputBlocks: blocks, outputs: padGroups(outputChannels, engine), taps }
}

/** A stride-2 3x3 convolution on an image stored 2x2 pixels to a word, as a stride-1 2x2 convolution. */
export function planSpaceToDepthLanes(
  conv: IntegerConv,
  outputChannels: Int32Array,
  engine: EngineParameters,
): ConvLanes {
  const { kernel: side, padding, inChannels } = conv
  const firstBlock = Math.floor(-padding / 2)
  const kernel = Math.floor((side - 1 - padding) / 2) - firstBlock + 1
  const taps = new Int32Array(kernel * kernel * engine.inputLanes).fill(-1)
  for (let by = 0; by < kernel; by++)
    for (let bx = 0; bx < kernel; bx++)
      for (let dy = 0; dy < 2; dy++)
        for (let dx = 0; dx < 2; dx++)
          for (let channel = 0; channel < inChannels; channel++) {
            const ky = 2 * (by + firstBlock) + dy + padding
            const kx = 2 * (bx + firstBlock) + dx + padding
            if (ky < 0 || ky >= side || kx < 0 || kx >= side) continue
            const lane = (dy * 2 + dx) * inChannels + channel
            taps[(by * kernel + bx) * engine.inputLanes + lane] = (channel * side + ky) * side + kx
          }
  return { kernel, inputBlocks: 1, outputs: padGroups(outputChannels, engine), taps }
}

/** How a convolution runs between these two places. */
export const planConvLanes = (
  conv: IntegerConv,
  input: Placement,
  output: Placement,
  engine: EngineParameters,
): ConvLanes =>
  input.spaceToDepth
    ? planSpaceToDepthLanes(conv, output.channels, engine)
    : planLanes(conv, input.channels, output.channels, engine)

function padGroups(channels: Int32Array, engine: EngineParameters): Int32Array {
  const groups = Math.ceil(channels.length / engine.outputLanes)
  const padded = new Int32Array(groups * engine.outputLanes).fill(-1)
  padded.set(channels)
  return padded
}

export const groupsOf = (lanes: ConvLanes, engine: EngineParameters): number =>
  lanes.outputs.length / engine.outputLanes

/** Bits of a word of the weight ROM: a weight for each multiplier of a pixel. */
export const weightWordBits = ({ inputLanes, outputLanes, weightBits }: EngineParameters): number =>
  inputLanes * outputLanes * weightBits

/** Words of the weight ROM that a convolution takes. */
export const weightWords = (lanes: ConvLanes, engine: EngineParameters): number =>
  groupsOf(lanes, engine) * lanes.kernel * lanes.kernel * lanes.inputBlocks

/**
 * Writes a convolution's weights to `bytes` from word `base` on: lane (o, i) in bits (o * PI + i) * W of the word, least
 * significant byte first.
 */
export function layWeights(
  bytes: Uint8Array,
  base: number,
  conv: IntegerConv,
  lanes: ConvLanes,
  engine: EngineParameters,
): void {
  const { inputLanes, outputLanes, weightBits } = engine
  const size = conv.weight.length / conv.shape[0]
  const steps = lanes.taps.length / inputLanes
  const groups = groupsOf(lanes, engine)
  const stride = wordBytes(weightWordBits(engine))
  const mask = 2 ** weightBits - 1
  for (let group = 0; group < groups; group++)
    for (let step = 0; step < steps; step++) {
      const word = (base + group * steps + step) * stride
      for (let o = 0; o < outputLanes; o++) {
        const channel = lanes.outputs[group * outputLanes + o]!
        if (channel < 0) continue
        for (let i = 0; i < inputLanes; i++) {
          const tap = lanes.taps[step * inputLanes + i]!
          if (tap < 0) continue
          const code = conv.weight[channel * size + tap]! & mask
          orBits(bytes, word * 8 + (o * inputLanes + i) * weightBits, code)
        }
      }
    }
}
