/** One name for a quantisation, in reports, packages and progress. */
import type { Profile } from '../arithmetic/profile.ts'
import type { BitChoice } from './activation-bits.ts'

type Bits = Omit<BitChoice, 'tableBits' | 'overrides'> & {
  /** `assay` goes without saying. */
  readonly profile?: Pick<Profile, 'name'> | undefined
}

/** `W4A4, ends 8 bits`: the ends are the image and the logits. With a budget `W4A4, ends 8 bits, 5 bits in the mean`. */
export const describeScheme = ({
  weightBits,
  activationBits,
  endBits,
  activationBudget,
  profile,
}: Bits): string =>
  [
    `W${weightBits}A${activationBits}`,
    ...(endBits === undefined ? [] : [`ends ${endBits} bits`]),
    ...(activationBudget === undefined ? [] : [`${activationBudget} bits in the mean`]),
    ...(profile === undefined ? [] : [profile.name]),
  ].join(', ')

/** What else tells two quantisations apart. */
export interface Quantisation extends Bits {
  readonly effort: string
  readonly scope: string
  readonly overrides: object
}

/** `W4A4, ends 8 bits, best`: the scheme, and what is not as usual of the rest. */
export const describeQuantisation = (choice: Quantisation): string =>
  [
    describeScheme(choice),
    ...[choice.effort].filter((effort) => effort !== 'fast'),
    ...[choice.scope].filter((scope) => scope !== 'all'),
    ...(Object.keys(choice.overrides).length === 0 ? [] : ['overrides']),
  ].join(', ')
