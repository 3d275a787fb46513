/** What GitHub shows of a night: a summary of the job step, and an annotation a cause. */
import { isOfRtl } from '../../regress/cause.ts'
import type { Group } from '../../regress/triage.ts'
import { type Problem, placesIn } from '../../result/problem.ts'
import {
  annotate,
  cut,
  escapeMarkdown,
  limit,
  MOST_SUMMARY_BYTES,
  reproductionLines,
  table,
} from '../github.ts'
import { html } from '../markup.ts'
import { describeOrigin } from '../reproduce.ts'
import { formatCount, formatSeconds } from '../table.ts'
import { countByDesign, isRedNight, lineOf, type NightView, smallestOf } from './view.ts'
import {
  concludeNight,
  describeCase,
  describeComparison,
  describeMembers,
  describePlaces,
  titleOf,
} from './words.ts'

/** Renders Markdown of at most `most` bytes: the verdict, each cause in a paragraph, the comparison, the designs. */
export function renderNightSummary(view: NightView, most: number = MOST_SUMMARY_BYTES): string {
  const { night, groups, comparison } = view
  const lines = [
    `## ${isRedNight(view) ? '❌' : '✅'} assay: ${escapeMarkdown(night.name)}`,
    '',
    escapeMarkdown(concludeNight(view)),
    '',
    escapeMarkdown(
      `${formatCount(night.runs.length)} runs in ${formatSeconds(night.seconds)}; assay ${night.assay}${night.verilator === null ? '' : `, ${night.verilator}`}, ${describeOrigin(night.origin)}`,
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
  const line = lineOf(view, smallest)
  return [
    `### ${escapeMarkdown(titleOf(view, group))}`,
    '',
    `**${escapeMarkdown(smallest.name)}**: ${escapeMarkdown(describeCase(view, group).join('\n'))}`,
    '',
    ...describePlaces({ ...view, folder: '.' }, smallest).flatMap((text) => [escapeMarkdown(text), '']),
    ...(line === null ? [] : reproductionLines(line)),
    ...(group.members.length === 1
      ? []
      : [...describeMembers(view, group).map((text) => `- ${escapeMarkdown(text)}`), '']),
  ]
}

function designTable({ night }: NightView): readonly string[] {
  const rows = countByDesign(night)
  return table(
    ['design', 'entries', 'red'],
    night.designs.map(({ name }, index) => [
      `${rows[index]!.red > 0 ? '❌' : '✅'} ${escapeMarkdown(name)}`,
      formatCount(rows[index]!.entries),
      formatCount(rows[index]!.red),
    ]),
  )
}

/**
 * Workflow commands, one a cause. Which line is wrong, a mismatch does not say; a tool that stopped names the lines that it stopped at.
 *
 * @param locate names the files of places as the repository does.
 */
export function renderNightAnnotations(
  view: NightView,
  locate: (problems: readonly Problem[]) => readonly Problem[] = (problems) => problems,
): readonly string[] {
  const { groups } = view
  const lines = groups.flatMap((group) => {
    const { name, fault } = smallestOf(view, group)
    const title = titleOf(view, group)
    const message = fault?.message ?? ''
    const places = isOfRtl(group.cause.status) ? [] : locate(placesIn(message))
    return places.length === 0
      ? [annotate('error', title, `${name}: ${message}`)]
      : places.map((place) => annotate('error', title, place.message, place))
  })
  if (view.comparison?.isRed === true) lines.push(annotate('error', 'red by comparison', concludeNight(view)))
  return limit(lines, (rest) => annotate('error', `${rest} more`, concludeNight(view)))
}
