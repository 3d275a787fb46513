/**
 * How much a pattern proves. A pattern counts if chance would explain the same elements in fewer than one of 2^24 cases, and
 * if it leaves at most a hundredth of the wrong elements unexplained.
 */
import type { Profile } from '../arithmetic/profile.ts'
import type { Codes, IntegerConv } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import type { ConvLanes } from '../rom/weights.ts'
import type { Memory, OtherTensor, ReadLayer } from './hypotheses/hypothesis.ts'

export const ENOUGH_SHARE = 0.99

/** What a fault is looked for in. */
export interface Difference {
  readonly expected: Codes
  /** Codes in the same order; -1 where nothing was written. */
  readonly actual: Codes | Int32Array
  readonly shape: Shape
  /** Indices of the elements that differ, ascending. */
  readonly wrong: Int32Array
  /** Largest code as it is carried, 2^A - 1. */
  readonly maxCode: number
  /** What codes are carried above the hardware's own. */
  readonly offset: number
}

/** What is known of the layer and the engine. Every field sharpens the answer, none is needed. */
export interface FaultContext {
  /** Channels of a memory word, PI (docs/detector.md). */
  readonly inputLanes?: number
  /** Output channels per cycle, PO. */
  readonly outputLanes?: number
  /** Pixels per cycle, PX. */
  readonly pixels?: number
  /** The activation table. */
  readonly table?: Codes | null
  /** The layer's operands and the layer run before it. */
  readonly others?: readonly OtherTensor[]
  /** The arithmetic that the hardware should have; `assay` without. */
  readonly profile?: Profile
  /** With what it read, and a convolution's weights. */
  readonly layer?: ReadLayer
  /** How the weights of a convolution lie in the words. */
  readonly lanes?: ConvLanes
  /** The convolutions in the order in which they run. */
  readonly convolutions?: readonly IntegerConv[]
  /** Tensors that it may have read in the place of its own. */
  readonly staleInputs?: readonly OtherTensor[]
  /** Where its tensors lie, in a memory that holds nothing else and codes as they are carried. */
  readonly memory?: Memory
}

/** A pattern found, before it is weighed against where the wrong elements lie. */
export interface Pattern<Name extends string> {
  readonly name: Name
  readonly evidence: string
}

export const count = (value: number): string => value.toLocaleString('en-US')

/** `all 12` or `11 of 12`. */
export const share = (part: number, whole: number): string =>
  part === whole ? `all ${count(whole)}` : `${count(part)} of ${count(whole)}`

const histograms = new WeakMap<Codes, Uint32Array>()

/** How often each code of 16 bits occurs: counted once for all that ask, as the golden codes do not change. */
export function histogramOf(codes: Codes): Uint32Array {
  const known = histograms.get(codes)
  if (known !== undefined) return known
  const counts = new Uint32Array(2 ** 16)
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++
  histograms.set(codes, counts)
  return counts
}

/** Bits of surprise in meeting each code by chance, taken from how often it occurs; at most 8. Another tensor's codes may be wider. */
export function surprise(codes: Codes, maxCode: number): Float64Array {
  const counts = histogramOf(codes)
  const largest = Math.max(
    maxCode,
    counts.findLastIndex((n) => n > 0),
  )
  return Float64Array.from(counts.subarray(0, largest + 1), (n) =>
    Math.min(8, -Math.log2((n + 1) / (codes.length + 1))),
  )
}

/** Of so many codes; others may have the same. */
export function hashRange(codes: ArrayLike<number>, begin: number, length: number): number {
  let hash = 0
  for (let i = begin; i < begin + length; i++) hash = (Math.imul(hash, 31) + codes[i]!) | 0
  return hash
}

/** The indices at which two tensors differ. */
export function wrongElements(expected: Codes, actual: Codes | Int32Array): Int32Array {
  let length = 0
  for (let i = 0; i < expected.length; i++) if (expected[i] !== actual[i]) length++
  const wrong = new Int32Array(length)
  for (let i = 0, at = 0; i < expected.length; i++) if (expected[i] !== actual[i]) wrong[at++] = i
  return wrong
}

/** The channels that have a wrong element, ascending. */
export function wrongChannels({ wrong, shape }: Difference): readonly number[] {
  const plane = shape[1] * shape[2]
  const channels: number[] = []
  for (const index of wrong) {
    const channel = Math.floor(index / plane)
    if (channel !== channels.at(-1)) channels.push(channel)
  }
  return channels
}
