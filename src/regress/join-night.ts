/** What runs came to, joined into one record: verdict, entries and designs follow from the records of the runs alone. */

import * as v from 'valibot'
import { type Checked, openObject, sha256Text } from '../input/schema.ts'
import type { Origin } from '../result/record.ts'
import { type ExpandedPlan, entriesOfRuns } from './entry.ts'
import { outcomeSchema, type RunOutcome } from './from-result.ts'
import { isRedEntry, type Night, type NightEntry, type NightRun, reportFields } from './night.ts'

/** What is known of a run; the outcome is null if it came to no result. */
export const reportSchema = openObject({
  ...reportFields,
  /** SHA-256 of the checkpoint when the run began. */
  checkpoint: v.optional(sha256Text),
  outcome: v.nullable(outcomeSchema),
})
export type RunReport = Checked<typeof reportSchema>

export const NOT_BEGUN: RunReport = {
  ended: 'notRun',
  error: 'no machine has run it',
  exitCode: null,
  host: null,
  startedAt: null,
  seconds: 0,
  outcome: null,
}

function judge(
  entry: ExpandedPlan['entries'][number],
  outcome: RunOutcome | null,
  ended: NightRun['ended'],
  error: string | null,
): NightEntry {
  const own = outcome?.entries.find(({ seed }) => seed === entry.seed)
  if (own !== undefined) return { ...entry, status: own.status, fault: own.fault }
  const status = ended === 'late' || ended === 'notRun' ? ended : 'error'
  const message = error ?? 'its run came to no result'
  return { ...entry, status, fault: { layer: null, kind: null, message, mismatches: 0, elements: 0, red: 0 } }
}

/** broken: no layer differs, and some runs came to no result. */
export function concludeNight(
  entries: readonly NightEntry[],
  reports: readonly RunReport[],
): Night['verdict'] {
  const red = entries.filter(isRedEntry)
  if (red.length === 0) return 'exact'
  // A run that ends with 3 has a result in which the machine alone is red: `endOf` (result/conclusion.ts).
  const isFault = ({ outcome, exitCode }: RunReport): boolean => outcome !== null && exitCode !== 3
  return red.some(({ run }) => isFault(reports[run]!)) ? 'mismatch' : 'broken'
}

/** What a night has besides its plan and its runs. */
export type NightHead = Pick<Night, 'assay' | 'node' | 'origin' | 'startedAt' | 'rerun'> & {
  /** Working folder in which relative paths begin. */
  readonly folder: string
  /** Wall time of this process, for nights in which nothing ran. */
  readonly elapsedSeconds: number
}

/** @param given by index of the run. */
export function joinNight(plan: ExpandedPlan, given: readonly RunReport[], head: NightHead): Night {
  const reports = refuseStrangers(plan, given)
  const entries = plan.entries.map((entry) => {
    const { outcome, ended, error } = reports[entry.run]!
    return judge(entry, outcome, ended, error)
  })
  const { folder, elapsedSeconds, ...rest } = head
  const outcomes = reports.flatMap(({ outcome }) => outcome ?? [])
  return {
    format: 'assay night',
    version: 1,
    name: plan.name,
    plan: { file: plan.file, identity: plan.identity },
    ...rest,
    origin: joinOrigins(rest.origin, reports),
    verilator: outcomes.length === 0 ? null : [...new Set(outcomes.map((own) => own.verilator))].join(', '),
    seconds: Math.max(elapsedSeconds, coveredSeconds(reports)),
    verdict: concludeNight(entries, reports),
    entries,
    runs: plan.runs.map(({ id, words, design }, at): NightRun => {
      const { outcome, checkpoint: _checkpoint, ...report } = reports[at]!
      return {
        ...{ id, words, folder, design },
        ...report,
        imageHash: outcome?.imageHash ?? null,
        modelHash: outcome?.modelHash ?? null,
        rtlHash: outcome?.rtlHash ?? null,
        commit: outcome?.commit ?? null,
        dirty: outcome?.dirty ?? null,
        buildSeconds: outcome?.buildSeconds ?? 0,
        simSeconds: outcome?.simSeconds ?? 0,
        waveform: outcome?.waveform ?? null,
      }
    }),
    designs: plan.designs.map((name, design) => {
      const own = reports.flatMap(({ outcome }, at) =>
        outcome !== null && plan.runs[at]!.design === design ? [outcome] : [],
      )
      return { name, ...joinCounts(own) }
    }),
  }
}

/** The commit on which the runs ran, wherever they are joined. That of the first, with changes, where they ran on several. */
function joinOrigins(here: Origin, reports: readonly RunReport[]): Origin {
  const sources = reports
    .flatMap(({ outcome, startedAt }) => (outcome === null ? [] : [{ ...outcome, startedAt }]))
    .sort((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1))
  const [first] = sources
  if (first === undefined) return here
  const { commit } = first
  const isMixed = sources.some((own) => own.commit !== commit)
  const isDirty = sources.some(({ dirty }) => dirty === true)
  return { ...here, commit, dirty: isMixed || isDirty ? true : first.dirty }
}

/**
 * Runs that name one RTL, one checkpoint or one picture are of one, and those of one design of one quantised model, on whatever machine and
 * however late they ran. An exact one that is not proves nothing of what the others are of; a red one stays red.
 */
function refuseStrangers(plan: ExpandedPlan, reports: readonly RunReport[]): readonly RunReport[] {
  const entries = entriesOfRuns(plan)
  const first = new Map<string, { readonly id: string; readonly hash: string }>()
  return reports.map((report, at) => {
    const { id, design } = plan.runs[at]!
    const { rtl: folder, module, model, image } = entries[at]![0]?.axes ?? {}
    const { outcome, checkpoint } = report
    if (outcome === null) return report
    const named: readonly (readonly [what: string, name: unknown, hash: string | undefined])[] = [
      ['RTL', [folder, module], outcome.rtlHash],
      ['checkpoint', model, checkpoint],
      ['picture', image, outcome.imageHash],
      ['quantised model', design, outcome.modelHash],
    ]
    const strange = named.flatMap(([what, name, hash]) => {
      if (hash === undefined) return []
      const key = JSON.stringify([what, name])
      const known = first.get(key)
      if (known === undefined) first.set(key, { id, hash })
      return known === undefined || known.hash === hash ? [] : [`${what} is not that of run ${known.id}`]
    })
    if (strange.length === 0 || report.exitCode !== 0) return report
    const error = `its ${strange[0]}: something changed during the night, so run it again`
    return { ...report, ended: 'error', error, outcome: null }
  })
}

function joinCounts(outcomes: readonly RunOutcome[]): Omit<Night['designs'][number], 'name'> {
  const cycles: Record<string, number> = {}
  let exercised: Record<string, number | null> | null = null
  for (const outcome of outcomes) {
    for (const [layer, count] of Object.entries(outcome.cycles))
      cycles[layer] = Math.max(cycles[layer] ?? 0, count)
    if (outcome.exercised === null) continue
    exercised ??= {}
    for (const [rule, hit] of Object.entries(outcome.exercised)) {
      const before: number | null = exercised[rule] ?? null
      exercised[rule] = hit === null ? before : Math.max(before ?? 0, hit)
    }
  }
  return { cycles, exercised }
}

/** The time in which any run ran: a night that was resumed does not count the pause. */
export function coveredSeconds(reports: readonly Pick<RunReport, 'startedAt' | 'seconds'>[]): number {
  const spans = reports
    .flatMap(({ startedAt, seconds }) =>
      startedAt === null ? [] : [[Date.parse(startedAt) / 1000, seconds] as const],
    )
    .sort(([a], [b]) => a - b)
  let sum = 0
  let end = -Infinity
  for (const [begin, seconds] of spans) {
    const until = begin + seconds
    if (until <= end) continue
    sum += until - Math.max(begin, end)
    end = until
  }
  return sum
}
