/** This file describes what generated stimulus found and what the inputs of a run exercised, for every report. */
import { describeBoxes } from '../diff/boxes.ts'
import { sharedCauses } from '../result/joint-causes.ts'
import type { StimulusResult } from '../result/result.ts'
import { ranBehind } from '../stimulus/names.ts'
import type { CoverageSummary } from '../stimulus/summary.ts'
import { formatCount } from './table.ts'

const plural = (count: number, what: string): string =>
  `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`

/** Says which stimulus ran and with which result: `Stimulus: …`. */
export function describeStimulus(result: StimulusResult): string {
  const { choice, tensors, sets, elements, redTensors, redSets, evidence } = result
  if (choice === 'image') return 'Stimulus: none but the image.'
  const what = `${plural(tensors, 'tensor')} (${plural(elements, 'element')})${sets === 0 ? '' : ` and ${plural(sets, 'set')} of logits`}`
  const how = result.unsteady
    ? 'exact now and red before, on the same RTL and inputs: unsteady'
    : result.isRed
      ? `${[redTensors === 0 ? '' : plural(redTensors, 'tensor'), redSets === 0 ? '' : plural(redSets, 'set')].filter((text) => text !== '').join(' and ')} differ`
      : evidence?.before === true
        ? 'exact before, nothing changed'
        : 'all exact'
  return `Stimulus, generated from the weights: ${what}: ${how}.`
}

/** What all red sets of logits have in common: a cause, or that something ran before. */
export function diagnoseSets({ redBoxes, redSets }: StimulusResult): readonly string[] {
  const ran = redBoxes.filter(({ boxes }) => boxes.error === null)
  if (ran.length === 0) return []
  const isLeft = ran.every(({ name }) => ranBehind(name))
  const [cause, ...others] = sharedCauses(ran.map(({ boxes }) => boxes.kind))
  const sets =
    ran.length === 1
      ? 'this set'
      : `all ${ran.length} sets${redSets > ran.length ? ' that were looked at' : ''}`
  if (cause !== undefined) {
    const also = others.slice(0, MOST_OTHERS).map(({ says }) => `, or by: ${says}`)
    const more = Math.max(0, others.length - MOST_OTHERS)
    const told = `Boxes of ${sets} are explained completely by: ${cause.says}${also.join('')}${more === 0 ? '' : `, or by ${more} more`}.`
    return isLeft ? [LEFT_BEHIND, told] : [told]
  }
  if (isLeft) return [LEFT_BEHIND]
  if (ran.length === 1) return []
  const none = `No one rule that was computed explains the boxes of ${sets}`
  const best = mostFrequent(ran.flatMap(({ boxes }) => sharedCauses([boxes.kind])))
  return best === null || 2 * best.times <= ran.length
    ? [`${none}.`]
    : [`${none}; those of ${best.times} of them are explained completely by: ${best.says}.`]
}

function mostFrequent(causes: ReturnType<typeof sharedCauses>): { says: string; times: number } | null {
  const counts = new Map<string, { says: string; times: number }>()
  for (const { id, says } of causes) counts.set(id, { says, times: (counts.get(id)?.times ?? 0) + 1 })
  return [...counts.values()].sort((a, b) => b.times - a.times)[0] ?? null
}

/** Causes that explain the same, beside the first. */
const MOST_OTHERS = 2

/** Of stimuli that are exact from power-up. */
export const LEFT_BEHIND =
  'Only where another run, or a part of one, came before: something of that run is left, which no reset or start clears.'

/** Says why a set of logits is red. */
export const describeRedSet = ({ name, boxes }: StimulusResult['redBoxes'][number]): string =>
  `${name}: ${boxes.error ?? describeBoxes(boxes)}`

/** Says in one line how many rules were exercised wherever they can matter. */
export function describeCoverage({ rows }: CoverageSummary): string {
  const possible = rows.filter(({ of }) => of > 0)
  const whole = possible.filter(({ hit, of }) => hit === of)
  const entries = rows.find(({ unit }) => unit === 'entries')
  const tables =
    entries === undefined
      ? ''
      : `, ${formatCount(entries.hit)} of ${formatCount(entries.of)} table entries read`
  return `Exercised: ${whole.length} of ${possible.length} rules of the arithmetic wherever they matter${tables}.`
}

/** Says what was not exercised; null if everything that can matter was. */
export function describeNotExercised({ notExercised }: CoverageSummary): string | null {
  return notExercised.length === 0 ? null : `Not exercised: ${notExercised.join('; ')}.`
}
