/** What a run was quantised to, as every report says it. */
import { describeScheme } from '../quantise/scheme.ts'
import type { RunHead } from '../result/record.ts'

/** `W8A8`; `W8A8, tflite` with a profile of arithmetic. */
export const describeRunScheme = ({
  weightBits,
  activationBits,
  profile,
}: Pick<RunHead, 'weightBits' | 'activationBits' | 'profile'>): string =>
  describeScheme({
    weightBits,
    activationBits,
    profile: profile === undefined ? undefined : { name: profile },
  })
