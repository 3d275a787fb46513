/** What a history keeps of a night: a few kilobytes, whatever its size. */
import * as v from 'valibot'
import {
  type Checked,
  count,
  described,
  listOf,
  openObject,
  real,
  recordOf,
  sha256Text,
  tupleOf,
} from '../input/schema.ts'
import { Q_NMS } from '../result/reproduce.ts'
import { isRedStatus } from '../result/result.ts'
import { type Night, type NightRun, nightSchema } from './night.ts'
import { triage } from './triage.ts'

const seconds = real(0)

/** Designs that have a line of their own, those that take longest; causes, the largest. */
const MOST_DESIGNS = 100
const MOST_CAUSES = 20

const designRecord = described(
  tupleOf(count, seconds, count, v.string()),
  'Runs that simulated, their seconds, the sum of its cycles without q_NMS, and a digest of them layer by layer.',
)

export const nightRecordSchema = openObject({
  format: v.literal('assay night record'),
  version: v.literal(1),
  name: v.string(),
  identity: described(sha256Text, 'That of the plan.'),
  startedAt: nightSchema.entries.startedAt,
  verdict: nightSchema.entries.verdict,
  host: v.string(),
  commit: v.nullable(v.string()),
  dirty: v.nullable(v.boolean()),
  seconds,
  busySeconds: described(seconds, 'Of all runs together.'),
  counts: described(recordOf(count), 'Entries by status; those that no entry has are left out.'),
  designs: described(recordOf(designRecord), 'By name, those that took longest.'),
  causes: described(
    listOf(tupleOf(count, v.string(), v.nullable(v.string()), v.nullable(v.string()))),
    'Red entries by cause: how many, status, layer, kind.',
  ),
})
export type NightRecord = Checked<typeof nightRecordSchema>

/** @param digest SHA-256 of a text: this room computes none. */
export function recordNight(night: Night, digest: (text: string) => string): NightRecord {
  const { name, plan, startedAt, verdict, origin, entries, runs } = night
  const counts: Record<string, number> = {}
  for (const { status } of entries) counts[status] = (counts[status] ?? 0) + 1
  const ranOf = new Map<number, NightRun[]>()
  for (const run of runs)
    if (run.ended === 'ran') ranOf.set(run.design, [...(ranOf.get(run.design) ?? []), run])
  const designs = night.designs.map(({ name, cycles }, index) => {
    const ran = ranOf.get(index) ?? []
    const fixed = Object.entries(cycles).filter(([layer]) => layer !== Q_NMS)
    const total = fixed.reduce((sum, [, own]) => sum + own, 0)
    const took = Math.round(10 * ran.reduce((sum, run) => sum + run.seconds, 0)) / 10
    return [name, [ran.length, took, total, digest(JSON.stringify(fixed)).slice(0, 8)]] as const
  })
  return {
    ...{ format: 'assay night record', version: 1, name, identity: plan.identity, startedAt, verdict },
    ...{ host: origin.host, commit: origin.commit, dirty: origin.dirty, seconds: night.seconds, counts },
    busySeconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    designs: Object.fromEntries(designs.sort(([, a], [, b]) => b[1] - a[1]).slice(0, MOST_DESIGNS)),
    causes: triage(night)
      .slice(0, MOST_CAUSES)
      .map(({ cause: { status, layer, kind }, members }) => [members.length, status, layer, kind] as const),
  }
}

export const redOf = ({ counts }: NightRecord): number =>
  Object.entries(counts).reduce((sum, [status, own]) => (isRedStatus(status) ? sum + own : sum), 0)
