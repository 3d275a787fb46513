/**
 * What kind of fault a difference looks like, in words. The verdict never rests on this: a layer is red because an element
 * differs (compare.ts). This file compares the shape of the difference with what broken hardware does. It gives a name only
 * if chance would not look the same (fault-evidence.ts); otherwise the kind is `unknown`.
 */
import { ASSAY } from '../arithmetic/built-in.ts'
import { codeOffset, ownCode } from '../golden/code-range.ts'
import type { Codes } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { stepTally } from './error-map.ts'
import { findCause } from './fault-cause.ts'
import { findBit, findSaturation, findZeros } from './fault-ends.ts'
import { count, type Difference, type FaultContext, wrongChannels, wrongElements } from './fault-evidence.ts'
import type { FaultKind } from './fault-kinds.ts'
import { findPixelOrder, findShift, findStale, findUnwritten } from './fault-moves.ts'
import { findPermutation } from './fault-permutation.ts'
import { describeExtent, findPlace } from './fault-places.ts'
import { findOffset, findRounding } from './fault-values.ts'
import { thinOut } from './hypotheses/chance.ts'

export type { FaultContext } from './fault-evidence.ts'
export type { OtherTensor } from './hypotheses/hypothesis.ts'

type Finder = (difference: Difference, context: FaultContext) => FaultKind | null

const MOVES: readonly Finder[] = [findUnwritten, findStale, findPermutation, findShift, findPixelOrder]
const VALUES: readonly Finder[] = [findZeros, findRounding, findOffset, findSaturation, findBit]

const SAMPLE = 8192

/**
 * Names the fault behind a difference.
 *
 * @param actual codes in C order [c, h, w], carried as the expected ones are; -1 where nothing was written.
 * @param activationBits A of the tensor: its largest code is 2^A - 1.
 * @returns null if nothing differs.
 */
export function classifyFault(
  expected: Codes,
  actual: Codes | Int32Array,
  shape: Shape,
  activationBits: number,
  context: FaultContext = {},
): FaultKind | null {
  const wrong = wrongElements(expected, actual)
  if (wrong.length === 0) return null
  const offset = codeOffset(context.profile ?? ASSAY, activationBits)
  const difference: Difference = { expected, actual, shape, wrong, maxCode: 2 ** activationBits - 1, offset }
  // What predicts every element outweighs all that is said of the wrong ones.
  const cause = findCause(difference, context)
  if (cause?.isComplete) return cause.kind
  const kind = nameShape(difference, context)
  return cause === null ? kind : { ...kind, ...cause.known, evidence: `${kind.evidence}. ${cause.says}` }
}

/** The kind of fault by the shape of the difference alone. */
function nameShape(difference: Difference, context: FaultContext): FaultKind {
  // Most patterns can be ruled out on a sample; what is left is checked, and counted, on every wrong element.
  const sample: Difference = { ...difference, wrong: thinOut(difference.wrong, SAMPLE) }
  const first = (finders: readonly Finder[]): FaultKind | null => {
    for (const find of finders) {
      const found = find(sample, context) && find(difference, context)
      if (found !== null) return found
    }
    return null
  }
  // Patterns that predict each value outweigh those that only say where.
  const exact = first(MOVES)
  if (exact !== null) return exact
  const place = first([findPlace])
  const values = first(VALUES)
  // Which values saturate depends on the values, and those on the channel: the place is a consequence.
  const consequence = values?.name === 'saturated' && place?.name === 'lanes'
  if (place !== null && !consequence)
    return values === null ? place : { ...place, evidence: `${place.evidence}. Of these, ${values.evidence}` }
  return values ?? { name: 'unknown', evidence: describeUnknown(difference) }
}

function describeUnknown(difference: Difference): string {
  const { expected, actual, wrong, shape, offset } = difference
  const tally = stepTally()
  let higher = 0
  for (const index of wrong) {
    const step = ownCode(actual[index]!, offset) - ownCode(expected[index]!, offset)
    if (step > 0) higher++
    tally.add(step)
  }
  const channels = wrongChannels(difference).length
  const steps = tally
    .frequent(3)
    .map(([step, n]) => `${step > 0 ? '+' : ''}${step} (${n === 1 ? 'once' : `${count(n)} times`})`)
    .join(', ')
  const few = wrong.length < 8 ? 'too few elements differ to tell; ' : ''
  return `${few}${count(wrong.length)} wrong element${wrong.length === 1 ? '' : 's'} in ${channels} of ${shape[0]} channels (${describeExtent(difference)}), ${count(higher)} too high and ${count(wrong.length - higher)} too low, most often ${steps}`
}
