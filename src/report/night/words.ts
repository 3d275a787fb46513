/** The sentences that every report of a night says. */
import { FAULT_TITLES, type FaultKind } from '../../diff/fault-kinds.ts'
import { isOfRtl } from '../../regress/cause.ts'
import type { Change, Comparison } from '../../regress/compare.ts'
import { describeBlock, describeNumbers } from '../../regress/extent.ts'
import { isRedEntry, type NightEntry, wasBegun } from '../../regress/night.ts'
import type { Group } from '../../regress/triage.ts'
import { describeCommit } from '../reproduce.ts'
import { formatCount, formatSeconds } from '../table.ts'
import { type NightView, smallestOf } from './view.ts'

export const countOf = (count: number, one: string, several = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : several}`
const entries = (count: number): string => countOf(count, 'entry', 'entries')
const causes = (count: number): string => countOf(count, 'cause')

export const ENTRY_WORDS: Readonly<Record<NightEntry['status'], string>> = {
  ...{ exact: 'exact', before: 'unchanged', differs: 'differs', failed: 'failed', unsteady: 'unsteady' },
  ...{ notRun: 'not run', error: 'no result', late: 'out of time' },
}

const FATES: Readonly<Record<NightEntry['status'], readonly [one: string, several: string]>> = {
  exact: ['is exact', 'are exact'],
  before: ['is exact', 'are exact'],
  differs: ['differs', 'differ'],
  failed: ['did not run to its end', 'did not run to their end'],
  unsteady: ['is unsteady', 'are unsteady'],
  error: ['came to no result', 'came to no result'],
  late: ['ran out of time', 'ran out of time'],
  notRun: ['did not run', 'did not run'],
}

const ORDER = ['differs', 'failed', 'unsteady', 'error', 'late', 'notRun'] as const

export function countStatuses({
  night,
}: Pick<NightView, 'night'>): Readonly<Record<NightEntry['status'], number>> {
  const counts = { exact: 0, before: 0, differs: 0, failed: 0, unsteady: 0, notRun: 0, error: 0, late: 0 }
  for (const { status } of night.entries) counts[status]++
  return counts
}

/** Says what a night proved, or what it did not. */
export function concludeNight(view: NightView): string {
  const { night, groups, comparison } = view
  const counts = countStatuses(view)
  const total = night.entries.length
  if (night.verdict === 'exact') {
    const before =
      counts.before === 0 ? '' : `, ${formatCount(counts.before)} of them unchanged since they were`
    const { commit, dirty } = night.origin
    const changed =
      commit !== null && dirty === true ? ` It ran on commit ${describeCommit(night.origin)}.` : ''
    return `Proved: ${total === 1 ? 'the entry' : `all ${entries(total)}`} of ${night.name} ${total === 1 ? 'is' : 'are'} bit-exact${before}.${changed}${describeRedComparison(comparison)}${describeRerun(night)}`
  }
  const fates = ORDER.flatMap((status) =>
    counts[status] === 0 ? [] : [{ count: counts[status], fate: FATES[status] }],
  )
  const what = fates.map(({ count, fate: [one, several] }, index) =>
    index === 0
      ? `${formatCount(count)} of ${entries(total)} ${count === 1 ? one : several}`
      : `${formatCount(count)} ${count === 1 ? one : several}`,
  )
  const no = night.verdict === 'broken' ? 'no entry differs, but ' : ''
  const layer = groups[0]?.cause.layer ?? null
  const first = layer === null ? '' : `, the first at ${layer}`
  return `Not proved: ${no}${what.join(', ')}; ${causes(groups.length)}${first}.${describeRedComparison(comparison)}${describeRerun(night)}`
}

/** What a rerun of reds did not run. */
function describeRerun({ rerun, runs, entries: all }: NightView['night']): string {
  if (rerun === undefined) return ''
  const open = all.filter(({ run }) => runs[run]!.unproven === true).length
  const left =
    open === 0
      ? ''
      : ` ${entries(open)} that ${open === 1 ? 'was' : 'were'} exact then ${open === 1 ? 'is' : 'are'} unproven: run the plan without --rerun-failed.`
  return ` Only what was not exact in the night of ${whenOf(rerun.of)} ran again.${left}`
}

/** Why the comparison alone makes the night red. */
function describeRedComparison(comparison: Comparison | null): string {
  if (comparison?.isRed !== true) return ''
  const { unsteady, slower, maxCyclesGrowth } = comparison
  const why = [
    ...(unsteady.length === 0
      ? []
      : [`${entries(unsteady.length)} changed from red to exact or back while nothing else did`]),
    ...(maxCyclesGrowth === null || slower.length === 0
      ? []
      : [`${countOf(slower.length, 'layer')} took over ${percent(maxCyclesGrowth)} more cycles`]),
  ]
  return ` Red by comparison: ${why.join('; ')}.`
}

export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`

/** What a cause is called: `model.9.m@1 differs: off by one: rounding`. */
export function titleOf(view: Pick<NightView, 'night'>, group: Group): string {
  const { cause, members } = group
  const { status, layer, kind } = cause
  const several = members.length > 1
  const reason = kind === null ? reasonOf(view, group) : (FAULT_TITLES[kind as FaultKind['name']] ?? kind)
  const what = reason === null ? '' : `: ${reason}`
  const at = layer === null ? '' : ` at ${layer}`
  return `${entries(members.length)} ${FATES[status][several ? 1 : 0]}${at}${what}`
}

/** A title is one line. */
const MOST_REASON = 120

/** Why entries came to no result, where a title has room for it. */
function reasonOf({ night }: Pick<NightView, 'night'>, { cause, members }: Group): string | null {
  if (isOfRtl(cause.status)) return null
  const [first = ''] = (night.entries[members[0]!]!.fault?.message ?? '').split('\n')
  return first === '' || first.length > MOST_REASON ? null : first
}

/** What is said of the smallest case of a cause below its title and its name. */
export function describeCase(view: NightView, group: Group): readonly string[] {
  const { fault } = smallestOf(view, group)
  if (fault === null) return []
  const { message, evidence, red, parts = 0 } = fault
  const lines = message.split('\n')
  return [
    ...describePowerUps(view, group),
    ...(group.cause.kind === null && reasonOf(view, group) !== null ? lines.slice(1) : lines),
    ...(evidence === undefined ? [] : [`${evidence.charAt(0).toUpperCase()}${evidence.slice(1)}.`]),
    ...(red > 1 && parts > 1 ? [`${formatCount(red)} of ${countOf(parts, 'layer')} are red in it.`] : []),
  ]
}

/** What the other seeds of the smallest case's run say: RTL that is right from some power-ups reads what it has not set. */
function describePowerUps(view: NightView, group: Group): readonly string[] {
  const { run, seed } = smallestOf(view, group)
  if (seed === null || !isOfRtl(group.cause.status)) return []
  const seeds = view.night.entries.flatMap((entry) =>
    entry.run === run && entry.seed !== null && !isRedEntry(entry) ? [entry.seed] : [],
  )
  if (seeds.length === 0) return []
  return [
    `The same run is exact from seed${seeds.length === 1 ? '' : 's'} ${describeNumbers(seeds)}: it reads what nothing has written or reset.`,
  ]
}

/** Where the reports of an entry's run lie, and its waveform if there is one. */
export function describePlaces({ night, folder }: NightView, entry: NightEntry): readonly string[] {
  const { id, waveform } = night.runs[entry.run]!
  if (!wasBegun(night, entry)) return []
  const within = (path: string): string => (folder === '.' ? path : `${folder}/${path}`)
  return [
    `Its run: ${within(`runs/${id}`)}`,
    ...(waveform === null ? [] : [`Its waveform: ${within(waveform)}`]),
  ]
}

/** Blocks that are said before the rest is counted. */
const MOST_BLOCKS = 4

/** Who the members of a group are, a line each block. */
export function describeMembers({ axes }: Pick<NightView, 'axes'>, { blocks }: Group): readonly string[] {
  const rest = blocks.slice(MOST_BLOCKS)
  const more = rest.reduce((sum, block) => sum + block.entries, 0)
  return [
    ...blocks.slice(0, MOST_BLOCKS).map((block) => describeBlock(block, axes)),
    ...(more === 0 ? [] : [`and ${entries(more)} more`]),
  ]
}

/** Names or changes that are said before the rest is counted. */
const MOST_NAMED = 5

export const nameSome = (names: readonly string[], most = MOST_NAMED): string => {
  const more = names.length - most
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
}

const growth = ({ before, now }: Change): string => {
  const share = before === 0 ? '' : `, ${now > before ? '+' : '-'}${percent(Math.abs(now - before) / before)}`
  return `${formatCount(before)} to ${formatCount(now)}${share}`
}

/** The comparison, a sentence each; what there is none of is not said. */
export function describeComparison(comparison: Comparison): readonly string[] {
  const { against, isSamePlan, newRed, fixed, stillRed, unsteady, notRun, added, removed } = comparison
  const { slower, faster, meaningLost, seconds, shared } = comparison
  const commit = against.commit === null ? '' : `, commit ${describeCommit(against)}`
  const named = (list: readonly string[], what: string): readonly string[] =>
    list.length === 0 ? [] : [`${formatCount(list.length)} ${what}: ${nameSome(list)}`]
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
    ...named(removed, 'no longer in the plan'),
    ...change(slower, 'slower'),
    ...change(faster, 'faster'),
    ...(meaningLost.length === 0
      ? []
      : [
          `Exercised less: ${nameSome(meaningLost.map(({ name, design, before, now }) => `${name} of ${design} (in ${countOf(before, 'layer')}, now ${now})`))}`,
        ]),
    `Times: ${time('night', was.total, is.total)}, ${time('builds', was.build, is.build)}, ${time('simulation', was.simulation, is.simulation)}.`,
  ]
}

export const whenOf = (startedAt: string): string =>
  startedAt.replace('T', ' ').replace(/(:\d\d)?(\.\d+)?Z$/, ' UTC')
