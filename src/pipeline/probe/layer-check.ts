/** Whether an arithmetic that fits the accumulators that were looked at gives every code of a layer. */
import { isDeepStrictEqual } from 'node:util'
import { AS_GIVEN, type Candidate } from '../../arithmetic/fit-profiles.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import type { Stage } from '../../arithmetic/stages.ts'
import { computeLayer } from '../../diff/hypotheses/convolve-changed.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { Codes, IntegerConv } from '../../golden/types.ts'

/** Codes of the layer under the stages of a candidate; null where its parameters mean something else, or the engine has too few bits. */
export function codesUnder(
  { stages, reading }: Candidate,
  profile: Profile,
  node: IntegerConv,
  tensor: CodeTensor,
): Codes | null {
  const last = stages.at(-1)
  const isAlike = last?.stage === 'narrow' && last.signed === profile.codes.signed
  if (!isDeepStrictEqual(reading, AS_GIVEN) || !isAlike) return null
  // A stage that is tried rectifies, also where the layer has no ReLU: see `settingsOf`.
  const rectifies = (list: readonly Stage[]): boolean => list.some(({ stage }) => stage === 'rectify')
  const isTried = rectifies(stages) && !rectifies(profile.requantise)
  const own = isTried ? { ...node, rectified: true as const } : node
  return computeLayer(own, tensor, { ...profile, requantise: stages })
}

/** The first code that differs; -1 if none does. */
export const firstWrong = (expected: Codes, codes: ArrayLike<number>): number =>
  expected.findIndex((code, index) => code !== codes[index])
