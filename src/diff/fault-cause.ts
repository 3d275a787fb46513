/** The cause of a difference: of all that hardware may compute instead, what gives every element that it wrote. */
import { ASSAY } from '../arithmetic/built-in.ts'
import { count, type Difference, type FaultContext } from './fault-evidence.ts'
import type { Cause, FaultKind } from './fault-kinds.ts'
import { explainDifference } from './hypotheses/explain.ts'
import type { Surroundings } from './hypotheses/hypothesis.ts'
import { listHypotheses } from './hypotheses/list.ts'
import { withRegions } from './hypotheses/regions.ts'

/** Of hypotheses that predict the same as the simplest. */
const MOST_OTHERS = 2

/** A complete cause is the kind of fault. One that explains a part stands beside it. */
export type FoundCause =
  | { readonly isComplete: true; readonly kind: FaultKind }
  | {
      readonly isComplete: false
      readonly known: Pick<FaultKind, 'cause' | 'possible'>
      readonly says: string
    }

export function findCause(difference: Difference, context: FaultContext): FoundCause | null {
  const { actual } = difference
  const around = { ...surroundingsOf(context), written: actual }
  const hypotheses = listHypotheses(context.layer ?? null, difference, around)
  const found = explainDifference(difference, withRegions(hypotheses, difference, around))
  if (found === null) return null
  if ('bits' in found) {
    const causes = found.hypotheses.map(({ id, change, says }) => ({ id, name: change, says }))
    const named = causes.slice(0, 1 + MOST_OTHERS).map((cause) => cause.says)
    const says = `By itself too little to tell, but each of these gives exactly it: ${named.join('; ')}`
    return { isComplete: false, known: { possible: { bits: found.bits, causes } }, says }
  }
  const { hypothesis, explained, elements } = found
  const { id, says, change } = hypothesis
  // The same, where all that it changes lies, is no other cause.
  const others = found.others.filter((other) => !other.id.startsWith(`${id}@`))
  const alike = others.map((other) => ({ id: other.id, says: other.says }))
  const cause: Cause = { id, says, explained, elements, ...(alike.length === 0 ? {} : { others: alike }) }
  if (explained < elements) {
    const nearest = `Nearest of all that was computed: ${says}, which explains ${count(explained)} of ${count(elements)} elements`
    return { isComplete: false, known: { cause }, says: nearest }
  }
  const missing = actual.length - elements
  const written = missing === 0 ? '' : ' that were written'
  const same = others.slice(0, MOST_OTHERS).map((other) => `, or by: ${other.says}`)
  const never = missing === 0 ? '' : `. ${count(missing)} were never written`
  const evidence = `all ${count(elements)} elements${written} are explained completely by: ${says}${same.join('')}${never}`
  return { isComplete: true, kind: { name: change, evidence, cause } }
}

const surroundingsOf = ({
  inputLanes = 16,
  outputLanes = 16,
  pixels = 4,
  profile = ASSAY,
  lanes,
  convolutions = [],
  others = [],
  staleInputs = [],
  memory,
}: FaultContext): Surroundings => ({
  ...{ profile, inputLanes, outputLanes, pixels, lanes, convolutions, memory },
  others: [...others, ...staleInputs],
})
