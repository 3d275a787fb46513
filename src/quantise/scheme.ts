/** One name for a quantisation, in reports, packages and progress. */
import type { BitChoice } from './activation-bits.ts'

/** `W4A4, ends 8 bits`: the ends are the image and the logits. With a budget `W4A4, ends 8 bits, 5 bits in the mean`. */
export const describeScheme = ({
  weightBits,
  activationBits,
  endBits,
  activationBudget,
}: Omit<BitChoice, 'tableBits' | 'overrides'>): string =>
  [
    `W${weightBits}A${activationBits}`,
    ...(endBits === undefined ? [] : [`ends ${endBits} bits`]),
    ...(activationBudget === undefined ? [] : [`${activationBudget} bits in the mean`]),
  ].join(', ')
