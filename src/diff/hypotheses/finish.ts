/** How a value behind the shift of a convolution becomes a code: what hypotheses of its clamp and its table are made of. */
import { clamp } from '../../golden/fixed-point.ts'
import type { Codes } from '../../golden/types.ts'
import type { Change } from './hypothesis.ts'

export const modulo = (value: number, bits: number): number => {
  const whole = 2 ** bits
  return ((value % whole) + whole) % whole
}

/** How a value becomes a code of the layer: the functions below are put together from these. */
export interface Ends {
  readonly low: number
  readonly high: number
  /** Bits of the index, and of the output. */
  readonly indexBits: number
  readonly outputBits: number
  /** What is carried above the hardware's own index and output. */
  readonly outputOffset: number
  readonly table: Codes | null
}

/** The output, as it is carried, of a value before the clamp, at an element of the layer. */
export type Finish = (value: number, element: number) => number

export interface Rule {
  readonly id: string
  readonly change: Change
  readonly says: string
  readonly finish: Finish
}

export const lookUp = ({ table }: Ends, index: number): number => (table === null ? index : table[index]!)
export const clamped = ({ low, high }: Ends, value: number): number => clamp(value, low, high) - low
export const wrapped = ({ low, indexBits }: Ends, value: number): number => modulo(value - low, indexBits)
/** As the hardware should. */
export const finishOf = (ends: Ends, value: number): number => lookUp(ends, clamped(ends, value))
