/** Sizes of a convolution's stimuli: small, odd, and wider than one row of banks if the layer is cheap. */
import type { IntegerConv } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import type { EngineParameters } from '../rom/parameters.ts'

export interface ConvShapes {
  readonly input: Shape
  readonly output: Shape
}

/** Height and width of the output, by the beats of one tile: a wide layer of many channels gets few tiles. */
const SIZES = {
  corners: [
    { beats: 24, height: 21, width: 27 },
    { beats: 200, height: 13, width: 19 },
    { beats: Number.POSITIVE_INFINITY, height: 9, width: 11 },
  ],
  random: [
    { beats: 200, height: 5, width: 14 },
    { beats: Number.POSITIVE_INFINITY, height: 4, width: 6 },
  ],
} as const

/** Beats that a tile of all output channels takes. */
export const tileBeats = (node: IntegerConv, { inputLanes, outputLanes }: EngineParameters): number =>
  Math.ceil(node.shape[0] / outputLanes) * node.kernel ** 2 * Math.ceil(node.inChannels / inputLanes)

/** @param even the image is stored 2x2 pixels to a word */
export function convShapes(
  node: IntegerConv,
  engine: EngineParameters,
  kind: keyof typeof SIZES,
  even: boolean,
): ConvShapes {
  const beats = tileBeats(node, engine)
  const { height, width } = SIZES[kind].find((size) => beats <= size.beats)!
  const { kernel, stride, padding } = node
  const side = (outputs: number): number => {
    const least = Math.max(1, (outputs - 1) * stride + kernel - 2 * padding)
    return even && least % 2 === 1 ? least + 1 : least
  }
  return {
    input: [node.inChannels, side(height), side(width)],
    output: [node.shape[0], height, width],
  }
}
