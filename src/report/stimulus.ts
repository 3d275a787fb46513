/** This file describes what generated stimulus found and what the inputs of a run exercised, for every report. */
import { describeBoxes } from '../diff/boxes.ts'
import type { StimulusResult } from '../result/result.ts'
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
