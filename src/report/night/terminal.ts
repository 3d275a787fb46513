/** A night on a terminal of 80 columns: each cause is one paragraph, and the last sentence says what was proved. */
import type { Group } from '../../regress/triage.ts'
import { describeReproduction } from '../reproduce.ts'
import { wrap } from '../table.ts'
import { describeComparison } from './comparison.ts'
import { lineOf, type NightView, smallestOf } from './view.ts'
import {
  concludeNight,
  countOf,
  describeCase,
  describeMembers,
  describePlaces,
  endSentence,
  hasCase,
  titleOf,
} from './words.ts'

/** Causes that are explained; the page has all. */
const MOST_GROUPS = 8

export function renderNight(view: NightView): string {
  const { groups, comparison } = view
  const left = groups.slice(MOST_GROUPS)
  const more = left.reduce((sum, { members }) => sum + members.length, 0)
  return [
    ...groups.slice(0, MOST_GROUPS).flatMap((group) => [...renderGroup(view, group), '']),
    ...(left.length === 0
      ? []
      : [
          `… and ${countOf(left.length, 'more cause')} of ${countOf(more, 'entry', 'entries')}; report.html has all.`,
          '',
        ]),
    ...(comparison === null ? [] : [...describeComparison(view, comparison).flatMap(indented), '']),
    ...wrap(concludeNight(view)),
  ].join('\n')
}

function renderGroup(view: NightView, group: Group): readonly string[] {
  const smallest = smallestOf(view, group)
  const line = lineOf(view, smallest)
  const [first = '', ...others] = describeMembers(view, group)
  const isOne = group.members.length === 1
  return [
    ...wrap(endSentence(titleOf(view, group))),
    ...(hasCase(view, group) ? indented(`${isOne ? 'Entry' : 'Smallest'}: ${smallest.name}`) : []),
    ...[...describeCase(view, group), ...describePlaces(view, smallest)].flatMap((line) =>
      wrap(line, 78).map((part) => `  ${part}`),
    ),
    ...(line === null ? [] : describeReproduction(line)).map((part, index) =>
      index === 0 ? `  ${part}` : part,
    ),
    ...(isOne ? [] : [`  ${first}`, ...others.map((line) => `  ${line}`)].flatMap(indented)),
  ]
}

/** Wraps a paragraph; its further lines are set in. */
const indented = (text: string): readonly string[] => {
  const depth = /^ */.exec(text)![0].length
  return wrap(text.trimStart(), 78 - depth).map(
    (line, index) => `${' '.repeat(index === 0 ? depth : depth + 2)}${line}`,
  )
}
