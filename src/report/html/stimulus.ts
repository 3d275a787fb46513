/** This file renders, rule by rule, what the image and the generated stimulus of a run exercised together. */

import type { StimulusResult } from '../../result/result.ts'
import { describeNotExercised, describeRedSet, describeStimulus } from '../stimulus.ts'
import { formatCount } from '../table.ts'
import { describeRedLayer } from '../terminal.ts'
import { escapeHtml } from './escape.ts'
import { renderTable } from './sections.ts'

export function renderStimulus(stimulus: StimulusResult): string {
  const red = [...stimulus.red.flatMap(describeRedLayer), ...stimulus.redBoxes.map(describeRedSet)]
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
  return [
    `<p${stimulus.isRed ? ' class="bad"' : ''}>${escapeHtml(describeStimulus(stimulus))}</p>`,
    ...red.map((text) => `<p class="bad">${escapeHtml(text)}</p>`),
    missing === null
      ? '<p>The inputs exercised everything that can matter.</p>'
      : `<p>${escapeHtml(missing)}</p>`,
    renderTable(
      'Rules of the arithmetic, over all inputs of this run',
      ['rule', 'verdict', 'where', 'times', 'not in'],
      rows,
    ),
  ].join('')
}
