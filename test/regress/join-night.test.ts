/** What runs came to, as a night joins it: statuses of entries, the verdict, and what is the same in a design. */

import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { ExpandedPlan } from '../../src/regress/entry.ts'
import { estimateRuns, wallSeconds } from '../../src/regress/estimate.ts'
import type { RunOutcome } from '../../src/regress/from-result.ts'
import { recordNight } from '../../src/regress/history.ts'
import { coveredSeconds, joinNight, NOT_BEGUN, type RunReport } from '../../src/regress/join-night.ts'
import { type Night, nightSchema } from '../../src/regress/night.ts'

const fault = { layer: 'model.0', kind: 'zeros', message: 'x', mismatches: 1, elements: 2, red: 1 }
const runOf = (id: string, design = 0) => ({ id: id.repeat(12), words: ['--bits', id], design })
const plan: ExpandedPlan = {
  ...{ name: 'night', file: 'night.yaml', identity: 'a'.repeat(64), designs: ['one', 'two'] },
  entries: [
    { name: 'one seed=1', axes: {}, run: 0, seed: 1 },
    { name: 'one seed=2', axes: {}, run: 0, seed: 2 },
    { name: 'one b', axes: {}, run: 1, seed: null },
    { name: 'two', axes: {}, run: 2, seed: null },
  ],
  runs: [runOf('1'), runOf('2'), runOf('3', 1)],
  limits: { runSeconds: null, totalSeconds: null },
}
const outcome = (own: Partial<RunOutcome> = {}): RunOutcome => ({
  entries: [{ seed: null, status: 'exact', fault: null }],
  ...{ cycles: { 'model.0': 10 }, exercised: null, waveform: null, buildSeconds: 3, simSeconds: 1 },
  ...{ commit: 'abc', dirty: false },
  ...{ imageHash: 'b'.repeat(64), modelHash: 'c'.repeat(64), rtlHash: 'd'.repeat(64), verilator: '5.006' },
  ...own,
})
const ran = (own: Partial<RunOutcome> = {}): RunReport => ({
  ...{
    ended: 'ran',
    error: null,
    exitCode: 0,
    host: 'here',
    startedAt: '2026-01-01T00:00:00.000Z',
    seconds: 5,
  },
  outcome: outcome(own),
})
const seeded = ran({
  entries: [
    { seed: 1, status: 'exact', fault: null },
    { seed: 2, status: 'before', fault: null },
  ],
})
const head = {
  ...{
    assay: '0.1.0',
    node: 'v20',
    startedAt: '2026-01-01T00:00:00.000Z',
    folder: '/work',
    elapsedSeconds: 2,
  },
  origin: { commit: null, dirty: null, command: ['regress'], host: 'here' },
}
const join = (...reports: readonly RunReport[]): Night => joinNight(plan, reports, head)
const statusesOf = ({ entries }: Night): readonly string[] => entries.map(({ status }) => status)

test('a night that is exact, as its schema has it', () => {
  const night = join(seeded, ran(), ran())
  expect([night.verdict, night.seconds, night.verilator]).toEqual(['exact', 5, '5.006'])
  expect(statusesOf(night)).toEqual(['exact', 'before', 'exact', 'exact'])
  expect(night.runs[0]).toEqual({
    ...{ id: '1'.repeat(12), words: ['--bits', '1'], folder: '/work', design: 0, ended: 'ran', error: null },
    ...{ exitCode: 0, imageHash: 'b'.repeat(64), modelHash: 'c'.repeat(64), rtlHash: 'd'.repeat(64) },
    ...{ host: 'here', startedAt: '2026-01-01T00:00:00.000Z', seconds: 5, buildSeconds: 3, simSeconds: 1 },
    ...{ waveform: null, commit: 'abc', dirty: false },
  })
  expect(v.safeParse(nightSchema, night).issues).toBeUndefined()
})

describe('the verdict', () => {
  test('is mismatch where a run that came to a result is red', () => {
    const night = join(seeded, ran({ entries: [{ seed: null, status: 'differs', fault }] }), NOT_BEGUN)
    expect([night.verdict, statusesOf(night)]).toEqual(['mismatch', ['exact', 'before', 'differs', 'notRun']])
    expect(night.entries[2]!.fault).toEqual(fault)
  })

  test('is broken where no layer differs and some runs came to no result', () => {
    const lost = { ...NOT_BEGUN, error: 'Verilator is missing', exitCode: 3, seconds: 1 }
    const night = join({ ...lost, ended: 'error' }, { ...lost, ended: 'late', error: 'too long' }, ran())
    expect([night.verdict, statusesOf(night)]).toEqual(['broken', ['error', 'error', 'late', 'exact']])
    expect(night.entries.map((entry) => entry.fault?.message)).toEqual([
      ...['Verilator is missing', 'Verilator is missing', 'too long', undefined],
    ])
    expect(night.runs[0]).toMatchObject({ imageHash: null, buildSeconds: 0, error: 'Verilator is missing' })
    expect(join(NOT_BEGUN, NOT_BEGUN, NOT_BEGUN)).toMatchObject({ verdict: 'broken', verilator: null })
  })

  test('an entry that its run does not report is red', () => {
    const night = join(ran(), ran(), ran())
    expect([night.verdict, statusesOf(night)]).toEqual(['mismatch', ['error', 'error', 'exact', 'exact']])
  })
})

test('a run on other RTL than the first that names it, or with another model than its design, proves nothing', () => {
  const night = join(seeded, ran({ rtlHash: 'e'.repeat(64) }), ran({ rtlHash: 'e'.repeat(64) }))
  expect(statusesOf(night)).toEqual(['exact', 'before', 'error', 'error'])
  expect(night.runs[1]).toMatchObject({ ended: 'error', rtlHash: null })
  expect(night.runs[1]!.error).toMatch(/^its RTL is not that of run 111111111111/)
  expect(join(seeded, ran({ modelHash: 'e'.repeat(64) }), ran()).runs[1]!.error).toMatch(
    /^its quantised model is not/,
  )
  // Another design has another model, and other RTL where it names another folder.
  const other = join(seeded, ran(), ran({ modelHash: 'e'.repeat(64) }))
  expect(statusesOf(other)).toEqual(['exact', 'before', 'exact', 'exact'])
  for (const name of ['rtl', 'module']) {
    const entries = plan.entries.map((entry) =>
      entry.run === 2 ? { ...entry, axes: { [name]: 'new' } } : entry,
    )
    const reports = [seeded, ran(), ran({ rtlHash: 'e'.repeat(64) })]
    expect(joinNight({ ...plan, entries }, reports, head).verdict).toBe('exact')
  }
})

test('one name of a checkpoint or a picture is one file in all runs; what differs on another stays red', () => {
  const other = 'e'.repeat(64)
  const checkpoint = (hash: string): RunReport => ({ ...ran(), checkpoint: hash })
  const models = join(seeded, checkpoint('a'.repeat(64)), checkpoint(other))
  expect(models.verdict).toBe('broken')
  expect(models.runs[2]!.error).toMatch(/^its checkpoint is not that of run 222222222222: something changed/)
  expect(join(seeded, ran(), ran({ imageHash: other })).runs[2]!.error).toMatch(/^its picture is not that/)
  const named = plan.entries.map((entry) => ({
    ...entry,
    axes: { image: `${entry.run}`, model: `${entry.run}` },
  }))
  const reports = [seeded, checkpoint(other), { ...ran({ imageHash: other }), checkpoint: 'a'.repeat(64) }]
  expect(joinNight({ ...plan, entries: named }, reports, head).verdict).toBe('exact')
  const differs = ran({ imageHash: other, entries: [{ seed: null, status: 'differs', fault }] })
  const red = join(seeded, ran(), { ...differs, exitCode: 1 })
  expect([red.verdict, statusesOf(red)]).toEqual(['mismatch', ['exact', 'before', 'exact', 'differs']])
})

test('every Verilator that ran is named', () => {
  expect(join(seeded, ran({ verilator: '5.048' }), ran()).verilator).toBe('5.006, 5.048')
})

test('the commit is that on which the runs ran, wherever they are joined', () => {
  const late = '2026-01-01T00:00:09.000Z'
  const originOf = (...reports: readonly RunReport[]) => {
    const { commit, dirty } = join(...reports).origin
    return [commit, dirty]
  }
  expect(originOf(seeded, ran(), ran())).toEqual(['abc', false])
  expect(originOf(seeded, ran(), ran({ dirty: true }))).toEqual(['abc', true])
  expect(originOf({ ...ran({ commit: 'def' }), startedAt: late }, ran(), ran())).toEqual(['abc', true])
  expect(originOf(NOT_BEGUN, NOT_BEGUN, NOT_BEGUN)).toEqual([null, null])
  expect(join(seeded, ran({ commit: 'def', dirty: null }), ran()).runs[1]).toMatchObject({
    commit: 'def',
    dirty: null,
  })
})

test('a design has the most cycles of each layer, and what any entry exercised', () => {
  const { designs } = join(
    { ...seeded, outcome: { ...seeded.outcome!, exercised: { ties: 3, padding: null } } },
    ran({ cycles: { 'model.0': 12, q_NMS: 5 }, exercised: { ties: 2, padding: 0 } }),
    ran(),
  )
  expect(designs).toEqual([
    { name: 'one', cycles: { 'model.0': 12, q_NMS: 5 }, exercised: { ties: 3, padding: 0 } },
    { name: 'two', cycles: { 'model.0': 10 }, exercised: null },
  ])
})

test('the time of a night is that in which something ran', () => {
  const at = (second: number, seconds: number) => ({
    startedAt: new Date(second * 1000).toISOString(),
    seconds,
  })
  expect(coveredSeconds([at(10, 5), at(0, 4), at(12, 1), at(13, 4), { startedAt: null, seconds: 9 }])).toBe(
    11,
  )
  expect(coveredSeconds([])).toBe(0)
})

describe('how long a night takes', () => {
  const last = join({ ...seeded, seconds: 8 }, { ...ran(), seconds: 3 }, NOT_BEGUN)

  test('is what its runs took, else what their design took an entry', () => {
    expect(estimateRuns(plan, last)).toEqual({ seconds: [8, 3, 4], known: 2 })
    const other = { ...plan, runs: [runOf('4'), runOf('5'), runOf('6', 1)] }
    expect(estimateRuns(other, last)).toEqual({ seconds: [8, 4, 4], known: 2 })
    expect(estimateRuns(plan, null)).toEqual({ seconds: [2, 1, 1], known: 0 })
  })

  test('is what their design took a run in the last night that says it, of the same plan', () => {
    const night = (designs: Readonly<Record<string, readonly [number, number]>>, name = plan.name) => ({
      ...recordNight({ ...last, name }, (text) => text),
      designs: Object.fromEntries(
        Object.entries(designs).map(([design, [runs, took]]) => [design, [runs, took, 0, ''] as const]),
      ),
    })
    const [one, two] = plan.designs as [string, string]
    const history = [
      night({ [one]: [4, 20], [two]: [1, 9] }),
      night({ [one]: [2, 14] }),
      night({ [one]: [0, 0], [two]: [0, 0] }),
      night({ [one]: [1, 99] }, 'other'),
    ]
    const unchanged = join(...plan.runs.map(() => ({ ...ran(), ended: 'before' as const, seconds: 0.1 })))
    for (const none of [null, unchanged, { ...last, name: 'other', runs: [] }])
      expect(estimateRuns(plan, none, history)).toEqual({
        seconds: plan.runs.map(({ design }) => [7, 9][design]),
        known: plan.runs.length,
      })
    // A design of which nothing is known takes what others take.
    expect(estimateRuns({ ...plan, designs: [one, 'new'] }, null, history)).toEqual({
      seconds: plan.runs.map(({ design }) => [7, 9][design]),
      known: plan.runs.filter(({ design }) => design === 0).length,
    })
    // What a run itself took counts in whatever plan it was; what others of its design took does not.
    const { seconds } = estimateRuns(plan, { ...last, name: 'other' }, history)
    expect(seconds).toEqual([8, 3, [7, 9][plan.runs[2]!.design]])
  })

  test('side by side', () => {
    expect([wallSeconds([4, 4, 4], 2), wallSeconds([1, 1, 10], 2), wallSeconds([], 2)]).toEqual([6, 10, 0])
  })
})
