/** What GitHub shows of a night: a summary of the job step, and an annotation a cause. */
import { makeVisible } from '../../input/printable.ts'
import type { Group } from '../../regress/triage.ts'
import {
  cut,
  escapeData,
  escapeMarkdown,
  escapeProperty,
  MOST_ANNOTATIONS,
  MOST_SUMMARY_BYTES,
  reproductionLines,
  table,
} from '../github.ts'
import { html } from '../markup.ts'
import { describeOrigin } from '../reproduce.ts'
import { formatCount, formatSeconds } from '../table.ts'
import { isRedNight, lineOf, type NightView, smallestOf } from './view.ts'
import { concludeNight, describeComparison, describeMembers, titleOf } from './words.ts'

/** Renders Markdown of at most `most` bytes: the verdict, each cause in a paragraph, the comparison, the designs. */
export function renderNightSummary(view: NightView, most: number = MOST_SUMMARY_BYTES): string {
  const { night, groups, comparison } = view
  const lines = [
    `## ${isRedNight(view) ? '❌' : '✅'} assay: ${escapeMarkdown(night.name)}`,
    '',
    escapeMarkdown(concludeNight(view)),
    '',
    escapeMarkdown(
      `${formatCount(night.runs.length)} runs in ${formatSeconds(night.seconds)}; assay ${night.assay}, ${night.verilator ?? 'no Verilator'}, ${describeOrigin(night.origin)}`,
    ),
    '',
    ...groups.flatMap((group) => renderGroup(view, group)),
    ...(comparison === null
      ? []
      : [
          '### Against the night before',
          '',
          ...describeComparison(comparison).map((text) => `- ${escapeMarkdown(text)}`),
          '',
        ]),
    String(html`<details><summary>Every design</summary>`),
    '',
    ...designTable(view),
    '',
    String(html`</details>`),
    '',
  ]
  return cut(lines, most)
}

function renderGroup(view: NightView, group: Group): readonly string[] {
  const smallest = smallestOf(view, group)
  return [
    `### ${escapeMarkdown(titleOf(group))}`,
    '',
    `**${escapeMarkdown(smallest.name)}**: ${escapeMarkdown(smallest.fault?.message ?? '')}`,
    '',
    ...reproductionLines(lineOf(view, smallest)),
    ...(group.members.length === 1
      ? []
      : [...describeMembers(view, group).map((text) => `- ${escapeMarkdown(text)}`), '']),
  ]
}

function designTable({ night }: NightView): readonly string[] {
  const rows = night.designs.map(() => ({ entries: 0, red: 0 }))
  for (const { run, status } of night.entries) {
    const row = rows[night.runs[run]!.design]!
    row.entries++
    if (status !== 'exact' && status !== 'before') row.red++
  }
  return table(
    ['design', 'entries', 'red'],
    night.designs.map(({ name }, index) => [
      `${rows[index]!.red > 0 ? '❌' : '✅'} ${escapeMarkdown(name)}`,
      formatCount(rows[index]!.entries),
      formatCount(rows[index]!.red),
    ]),
  )
}

/** Workflow commands, one a cause. They name no file: which line is wrong, a mismatch does not say. */
export function renderNightAnnotations(view: NightView): readonly string[] {
  const { groups } = view
  const lines = groups.map((group) => {
    const { name, fault } = smallestOf(view, group)
    return annotate(titleOf(group), `${name}: ${fault?.message ?? ''}`)
  })
  if (view.comparison?.isRed === true) lines.push(annotate('red by comparison', concludeNight(view)))
  if (lines.length <= MOST_ANNOTATIONS) return lines
  const rest = lines.length - MOST_ANNOTATIONS + 1
  return [...lines.slice(0, MOST_ANNOTATIONS - 1), annotate(`${rest} more`, concludeNight(view))]
}

const annotate = (title: string, message: string): string =>
  `::error title=${escapeProperty(makeVisible(title))}::${escapeData(message)}`
