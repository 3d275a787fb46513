/** A night that was stopped: what of it a changed plan keeps, and what is said of it. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { beginNight, describeChange } from '../../../src/pipeline/regress/begin-night.ts'
import { readRecord, writeRecord } from '../../../src/pipeline/regress/run-record.ts'
import { nightOf, type SharedPlan, writeSharedPlan } from '../../../src/pipeline/regress/shared-plan.ts'
import type { ExpandedPlan } from '../../../src/regress/entry.ts'
import { identityOf } from '../../../src/regress/expand-plan.ts'
import { NOT_BEGUN } from '../../../src/regress/join-night.ts'
import { makeNight } from '../../regress/nights.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-begin-'))
})

function planOf(...numbers: readonly number[]): ExpandedPlan {
  const runs = numbers.map((number) => ({
    id: `${number}`.padStart(12, '0'),
    words: [`${number}`],
    design: 0,
  }))
  const entries = runs.map((run, at) => ({ name: `entry ${run.words[0]}`, axes: {}, run: at, seed: null }))
  const limits = { runSeconds: null, totalSeconds: null }
  return {
    ...{ name: 'night', file: 'night.yaml', identity: identityOf({ entries, runs }) },
    ...{ entries, runs, designs: ['one'], limits },
  }
}
const COMMON = ['--out', 'build']
const begin = (plan: ExpandedPlan, common: readonly string[] = COMMON, restart = false) =>
  beginNight(folder, { plan, shards: 1, common, restart, history: join(folder, 'history') })
const record = (shared: SharedPlan) => ({
  ...{ ...NOT_BEGUN, night: nightOf(shared), ended: 'ran' as const, exitCode: 0 },
  outcome: {
    entries: [{ seed: null, status: 'exact' as const, fault: null }],
    ...{ cycles: {}, exercised: null, imageHash: H, modelHash: H, rtlHash: H, verilator: '5' },
    ...{ buildSeconds: 0, simSeconds: 0, waveform: null, commit: null, dirty: null },
  },
})
const H = '0'.repeat(64)
const idOf = (number: number): string => `${number}`.padStart(12, '0')

/** A night of three runs, of which the first two have a result. */
async function stop(): Promise<SharedPlan> {
  const { shared, there, changed } = await begin(planOf(1, 2, 3))
  expect([there, changed]).toEqual([null, null])
  for (const number of [1, 2]) await writeRecord(folder, idOf(number), record(shared))
  return shared
}

test('the same plan goes on', async () => {
  const stopped = await stop()
  const { shared, there, changed } = await begin(planOf(1, 2, 3))
  expect([there, changed, nightOf(shared)]).toEqual([2, null, nightOf(stopped)])
})

test('a changed plan keeps the runs that it still has', async () => {
  await stop()
  const { shared, there, changed } = await begin(planOf(2, 3, 4))
  expect([there, changed]).toEqual([1, 'the plan has changed'])
  const night = nightOf(shared)
  expect(await readRecord(folder, idOf(2), night)).toMatchObject({ ended: 'ran', exitCode: 0 })
  expect(await readRecord(folder, idOf(3), night)).toBe(null)
})

test('--no-cache that is dropped keeps them, one that is new keeps none, as --restart', async () => {
  const fresh = [...COMMON, '--no-cache']
  await stop()
  expect(await begin(planOf(1, 2, 3), fresh)).toMatchObject({
    there: 0,
    changed: 'it was begun without --no-cache',
  })
  const { shared } = await begin(planOf(1, 2, 3), fresh, true)
  await writeRecord(folder, idOf(1), record(shared))
  expect(await begin(planOf(1, 2, 3))).toMatchObject({ there: 1, changed: 'it was begun with --no-cache' })
  expect(await begin(planOf(1, 2, 3), COMMON, true)).toMatchObject({ there: null, changed: null })
})

test('a night that has ended is none that was stopped', async () => {
  const stopped = await stop()
  await writeSharedPlan(folder, { ...stopped, finishedAt: '2026-01-02T00:00:00.000Z' })
  expect(await begin(planOf(1, 2, 3))).toMatchObject({ there: null, changed: null })
  await writeSharedPlan(folder, { ...stopped, finishedAt: '2026-01-02T00:00:00.000Z' })
  const other = await begin({ ...planOf(1, 2), name: 'other' })
  expect(other).toMatchObject({ there: null, changed: 'it was of the plan night' })
})

test('reports of the night before pass for none of this one; its record and its history stay', async () => {
  const reports = ['report.json', 'junit.xml', 'report.html', 'codequality.json', 'assay.sarif']
  for (const name of ['regress.json', ...reports]) writeFileSync(join(folder, name), '{}')
  mkdirSync(join(folder, 'history'))
  await begin(planOf(1))
  expect(readdirSync(folder).sort()).toEqual(['history', 'last.json', 'plan.json'])
})

test('what has changed is named', () => {
  const stopped = { plan: planOf(1), count: 4, common: COMMON }
  const change = (now: Partial<Parameters<typeof describeChange>[1]>) =>
    describeChange(stopped, { plan: planOf(1), shards: 4, common: COMMON, ...now })
  expect(change({})).toBe(null)
  expect(change({ plan: { ...planOf(1), name: 'other' } })).toBe('it was of the plan night')
  expect(change({ plan: planOf(2) })).toBe('the plan has changed')
  expect(change({ shards: 1 })).toBe('it had 4 shards')
  expect(describeChange({ ...stopped, count: 1 }, { plan: planOf(1), shards: 2, common: COMMON })).toBe(
    'it had 1 shard',
  )
  expect(change({ common: ['--out', 'other'] })).toBe('it was begun with another --out')
})

describe('a rerun', () => {
  const rerun = (plan = planOf(1, 2)) =>
    beginNight(folder, { plan, shards: 1, common: COMMON, restart: false, history: folder, isRerun: true })
  /** A night of two runs that has ended, the first of them red. */
  async function end(): Promise<SharedPlan> {
    const { shared } = await begin(planOf(1, 2))
    const night = makeNight({
      fate: ({ run }) => (run === 0 ? { status: 'error' } : {}),
      own: { name: 'night', startedAt: shared.startedAt },
    })
    const runs = night.runs.map((run, at) => ({ ...run, id: idOf(at + 1) }))
    writeFileSync(join(folder, 'regress.json'), JSON.stringify({ ...night, runs }))
    await writeSharedPlan(folder, { ...shared, finishedAt: shared.startedAt })
    return shared
  }

  test('is a new night of the reds of the one before', async () => {
    const { startedAt } = await end()
    const { shared, there } = await rerun()
    expect([shared.rerun, there]).toEqual([{ of: startedAt, runs: [idOf(1)] }, null])
    expect(nightOf(shared)).not.toBe(`${shared.plan.identity} ${startedAt}`)
  })

  test('goes on where it was stopped, with a changed plan as well, and not without its option', async () => {
    const { startedAt } = await end()
    const { shared } = await rerun()
    await writeRecord(folder, idOf(1), record(shared))
    expect(await rerun()).toMatchObject({ shared: { startedAt: shared.startedAt }, there: 1, changed: null })
    const changed = await rerun(planOf(1, 3))
    expect(changed).toMatchObject({ there: 1, changed: 'the plan has changed' })
    expect(changed.shared.rerun).toEqual({ of: startedAt, runs: [idOf(1), idOf(3)] })
    const whole = await begin(planOf(1, 3))
    expect(whole.changed).toBe('it ran only what was red (--rerun-failed)')
    expect(whole.shared.rerun).toBe(undefined)
  })

  test('is refused where no night of this plan has ended', async () => {
    await expect(rerun()).rejects.toThrow(
      'no night has ended here. Run the plan without --rerun-failed first',
    )
    await begin(planOf(1, 2))
    await expect(rerun()).rejects.toThrow('a night was stopped here. Go on with it: the same command without')
    const shared = await end()
    await expect(rerun({ ...planOf(1, 2), name: 'other' })).rejects.toThrow('was of the plan night')
    // Its record is that of an older night.
    await writeSharedPlan(folder, { ...shared, startedAt: '2027', finishedAt: '2027' })
    await expect(rerun()).rejects.toThrow('no night has ended here')
  })
})
