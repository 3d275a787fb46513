/** What a night says of another one: a sentence each, and entries as products of what they were asked for. */
import type { Change, Comparison, Uncompared } from '../../regress/compare.ts'
import { axesOf, blocksOf, describeExtent } from '../../regress/extent.ts'
import type { NightEntry } from '../../regress/night.ts'
import { unitOfRule } from '../../stimulus/summary.ts'
import { describeCommit } from '../reproduce.ts'
import { formatCount, formatSeconds } from '../table.ts'
import type { NightView } from './view.ts'
import { countOf, entries, MOST_BLOCKS, percent, whenOf } from './words.ts'

/** Names or changes that are said before the rest is counted. */
const MOST_NAMED = 5

const nameSome = (names: readonly string[], most = MOST_NAMED): string => {
  const more = names.length - most
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
}

/** Which entries these are: by name if it is one, else as products of what they were asked for. */
function describeExtents(
  names: readonly string[],
  entries: readonly NightEntry[],
  plan: NightView['axes'],
): string {
  if (names.length === 1) return names[0]!
  const own = new Set(names)
  const members = entries.filter(({ name }) => own.has(name)).map(({ axes }) => axes)
  const blocks = blocksOf(members, [...plan.keys()])
  const more = blocks.slice(MOST_BLOCKS).reduce((sum, block) => sum + block.entries, 0)
  const said = blocks.slice(0, MOST_BLOCKS).map((block) => describeExtent(block, plan))
  return [...said, ...(more === 0 ? [] : [`and ${formatCount(more)} more`])].join('; ')
}

const growth = ({ before, now }: Change): string => {
  const share = before === 0 ? '' : `, ${now > before ? '+' : '-'}${percent(Math.abs(now - before) / before)}`
  return `${formatCount(before)} to ${formatCount(now)}${share}`
}

const UNCOMPARED_WORDS: Readonly<Record<Uncompared['why'], string>> = {
  ...{ new: 'new', pictures: 'other pictures', unknown: 'unknown before' },
}

/** Only layers are not named by the rule itself. */
const placesOf = (rule: string, count: number): string =>
  unitOfRule(rule) === 'layers' ? `in ${countOf(count, 'layer')}` : formatCount(count)

/** The comparison, a sentence each; what there is none of is not said. */
export function describeComparison({ night, axes }: NightView, comparison: Comparison): readonly string[] {
  const { against, isSamePlan, newRed, fixed, stillRed, unsteady, notRun, added, removed } = comparison
  const { slower, faster, uncompared, meaningLost, seconds, shared } = comparison
  const commit = against.commit === null ? '' : `, commit ${describeCommit(against)}`
  const named = (
    list: readonly string[],
    what: string,
    among = night.entries,
    plan = axes,
  ): readonly string[] =>
    list.length === 0 ? [] : [`${formatCount(list.length)} ${what}: ${describeExtents(list, among, plan)}`]
  const change = (list: readonly Change[], what: string): readonly string[] =>
    list.length === 0
      ? []
      : [
          `${countOf(list.length, 'layer')} ${what}: ${nameSome(
            list.map((own) => `${own.name} of ${own.design} (${growth(own)})`),
            3,
          )}`,
        ]
  const [was, is] = [seconds.before, seconds.now]
  const time = (name: string, a: number, b: number): string =>
    `${name} ${formatSeconds(b)} (was ${formatSeconds(a)})`
  return [
    `Against the night of ${whenOf(against.startedAt)}${commit}: ${formatCount(newRed.length)} new red, ${formatCount(fixed.length)} fixed, ${formatCount(stillRed.length)} still red, ${formatCount(unsteady.length)} unsteady, ${formatCount(notRun.length)} not run.`,
    ...(isSamePlan ? [] : [`That night had another plan: ${entries(shared)} are in both.`]),
    ...named(newRed, 'new red'),
    ...named(unsteady, 'unsteady (nothing changed, and the verdict did)'),
    ...named(notRun, 'without a result'),
    ...named(fixed, 'fixed'),
    ...named(added, 'new in the plan'),
    ...named(removed, 'no longer in the plan', comparison.earlier, axesOf(comparison.earlier)),
    ...change(slower, 'slower'),
    ...change(faster, 'faster'),
    ...(uncompared.length === 0
      ? []
      : [
          `Cycles of ${countOf(uncompared.length, 'layer')} were not compared: ${nameSome(
            uncompared.map(({ name, design, why }) => `${name} of ${design} (${UNCOMPARED_WORDS[why]})`),
            3,
          )}`,
        ]),
    ...(meaningLost.length === 0
      ? []
      : [
          `Exercised less: ${nameSome(meaningLost.map(({ name, design, before, now }) => `${name} of ${design} (${placesOf(name, before)}, now ${formatCount(now)})`))}`,
        ]),
    `Times: ${time('night', was.total, is.total)}, ${time('builds', was.build, is.build)}, ${time('simulation', was.simulation, is.simulation)}.`,
  ]
}
