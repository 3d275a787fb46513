/** This file renders, rule by rule, what the image and the generated stimulus of a run exercised together. */

import type { StimulusResult } from '../../result/result.ts'
import { tellFaults } from '../diagnosis.ts'
import { html, type Markup } from '../markup.ts'
import { describeNotExercised, describeRedSet, describeStimulus, diagnoseSets } from '../stimulus.ts'
import { formatCount } from '../table.ts'
import { renderTable } from './sections.ts'

export function renderStimulus(stimulus: StimulusResult): Markup {
  const red = [
    ...tellFaults(stimulus.red).flatMap(({ lines }) => lines),
    ...diagnoseSets(stimulus),
    ...stimulus.redBoxes.map(describeRedSet),
  ]
  const missing = describeNotExercised(stimulus)
  const rows = stimulus.rows.map(({ rule, unit, hit, of, count, missing: layers }) => [
    rule,
    of === 0
      ? { text: 'cannot happen', className: '' }
      : { text: hit === of ? '✓ exercised' : '✗ not everywhere', className: hit === of ? 'good' : 'bad' },
    { text: unit === 'q_NMS' ? '' : `${formatCount(hit)} of ${formatCount(of)} ${unit}`, number: true },
    { text: formatCount(count), number: true },
    layers.join(', '),
  ])
  return html`<p class="${stimulus.isRed ? 'bad' : ''}">${describeStimulus(stimulus)}</p>${red.map(
    (text) => html`<p class="bad">${text}</p>`,
  )}<p>${missing ?? 'The inputs exercised everything that can matter.'}</p>${renderTable(
    'Rules of the arithmetic, over all inputs of this run',
    ['rule', 'verdict', 'where', 'times', 'not in'],
    rows,
  )}`
}
