/** What the hardware may compute instead of a layer: one change, and the codes that it would give. */
import type { Profile } from '../../arithmetic/profile.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { Codes, IntegerConv, IntegerNode } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import type { Placement } from '../../rom/placement.ts'
import type { ConvLanes } from '../../rom/weights.ts'

/** What sort of thing is another one; each is a kind of fault. */
export type Change =
  | 'arithmetic'
  | 'parameters'
  | 'table'
  | 'weights'
  | 'input'
  | 'border'
  | 'sign'
  | 'permuted'
  | 'lanes'
  | 'transposed'
  | 'order'

/** The codes, as they are carried, that the hardware would write. */
export interface Prediction {
  /** Of one element, in C order [c, h, w], by the specification. */
  readonly at: (index: number) => number
  /** The same of a layer that the engine has computed; without it, `at` is as fast. Null where the engine cannot. */
  readonly all?: () => ((index: number) => number) | null
}

export interface Hypothesis {
  /** The same for every layer with this fault. */
  readonly id: string
  readonly change: Change
  /** What the hardware computes with, as it stands behind "explained completely by". */
  readonly says: string
  /** Null where the layer cannot show it. */
  readonly predict: () => Prediction | null
}

/** A layer, what it read in the order of its inputs, and what it should have written. */
export interface ReadLayer {
  readonly node: Exclude<IntegerNode, { op: 'input' }>
  readonly inputs: readonly CodeTensor[]
}

/** A tensor that a memory may hold in the place of another. */
export interface OtherTensor {
  readonly name: string
  readonly shape: Shape
  readonly codes: Codes
}

/** Where a layer's tensors lie in a memory that holds nothing else. */
export interface Memory {
  /** Words of a row. */
  readonly banks: number
  /** Codes of a word, PI. */
  readonly lanes: number
  readonly input: Placement
  readonly output: Placement
}

/** What is around a layer, which hardware may take for the layer's own. */
export interface Surroundings {
  readonly profile: Profile
  /** PI, PO and PX (docs/detector.md). */
  readonly inputLanes: number
  readonly outputLanes: number
  readonly pixels: number
  /** How the weights of a convolution lie in the words; without, channel by channel. */
  readonly lanes?: ConvLanes | undefined
  /** All convolutions in the order in which they run, this one among them. Their weights may be missing. */
  readonly convolutions: readonly IntegerConv[]
  /** What memories may still hold: operands, and those of the layer before. */
  readonly others: readonly OtherTensor[]
  /** Where its tensors lie alone in a memory, if they do. */
  readonly memory?: Memory | undefined
  /** What it wrote, -1 where nothing. */
  readonly written?: Codes | Int32Array | undefined
}

/** A convolution, what it reads, and what it should have written. */
export interface Convolved {
  readonly node: IntegerConv
  readonly input: CodeTensor
  readonly profile: Profile
}

/** The code at a place of a tensor; -1 where nothing says. */
export type At = (channel: number, y: number, x: number) => number

/** Codes that are known by their place. */
export const predictAt = ([, height, width]: Shape, at: At): Prediction => {
  const plane = height * width
  return {
    at: (index) => {
      const rest = index % plane
      return at((index - rest) / plane, Math.floor(rest / width), rest % width)
    },
  }
}

/** A prediction made of another one, of single elements and of all alike. */
export function changePrediction(
  { at, all }: Prediction,
  change: (codeAt: (index: number) => number) => (index: number) => number,
): Prediction {
  if (all === undefined) return { at: change(at) }
  return {
    at: change(at),
    all: () => {
      const codeAt = all()
      return codeAt === null ? null : change(codeAt)
    },
  }
}

/** What a memory may hold in the place of an operand: other tensors of its shape. */
export const listStale = (
  input: CodeTensor,
  { others }: Pick<Surroundings, 'others'>,
): readonly OtherTensor[] =>
  others.filter(
    ({ codes, shape }) => codes !== input.codes && shape.every((side, axis) => side === input.shape[axis]),
  )

/** `+1` or `-1`, as an id ends. */
export const signed = (step: number): string => (step > 0 ? `+${step}` : `${step}`)

/** Such as `1 too high`. */
export const tooFar = (step: number): string => `${Math.abs(step)} too ${step > 0 ? 'high' : 'low'}`
