/** What is said of a night before it begins and while it runs. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { describeBegin, stoppedLine } from '../../../../src/cli/commands/regress/night.ts'
import {
  createNightProgress,
  describePlan,
  describeProgress,
} from '../../../../src/cli/commands/regress/night-progress.ts'
import type { Progress } from '../../../../src/pipeline/files/progress.ts'
import type { SharedPlan } from '../../../../src/pipeline/regress/shared-plan.ts'
import type { ExpandedPlan } from '../../../../src/regress/entry.ts'
import { NOT_BEGUN, type RunReport } from '../../../../src/regress/join-night.ts'

const plan: ExpandedPlan = {
  ...{ name: 'night', file: '', identity: '', designs: ['one'] },
  entries: [1, 2, 3].flatMap((seed) =>
    [0, 1].map((run) => ({ name: `run ${run} seed=${seed}`, axes: {}, run, seed })),
  ),
  runs: ['a', 'b'].map((id) => ({ id, words: [], design: 0 })),
  limits: { runSeconds: null, totalSeconds: null },
}
const exact: RunReport = {
  ...{ ...NOT_BEGUN, ended: 'ran', error: null, exitCode: 0 },
  outcome: {
    entries: [1, 2, 3].map((seed) => ({ seed, status: 'exact', fault: null })),
    ...{ cycles: {}, exercised: null, imageHash: '', modelHash: '', rtlHash: '', verilator: '' },
    ...{ buildSeconds: 0, simSeconds: 0, waveform: null, commit: null, dirty: null },
  },
}

/** What is said to a progress, and how its task ends. */
function hear(): { readonly said: string[]; readonly ends: unknown[]; readonly progress: Progress } {
  const said: string[] = []
  const ends: unknown[] = []
  const progress: Progress = {
    start: () => ({
      update: (_, text) => void said.push(text),
      done: (text, isRed) => void ends.push([text, isRed]),
    }),
    warn: (text) => void said.push(text),
  }
  return { said, ends, progress }
}
const noStep = async (): Promise<null> => null

test('entries, reds and what is in progress', () => {
  const { said, ends, progress } = hear()
  const night = createNightProgress(progress, plan, [0, 1], [3, 1], noStep)
  night.onProgress([0, 1])
  night.onEnd(0, exact, true)
  night.onProgress([1])
  night.onEnd(1, { ...NOT_BEGUN, ended: 'error', error: 'no tool\nand more' }, false)
  night.done()
  expect(said).toEqual([
    '0 of 6, 0 red, 2 in progress, 0 s',
    '3 of 6, 0 red, 2 in progress, 0 s, 0 s left',
    '3 of 6, 0 red, 1 in progress, 0 s, 0 s left',
    'run 1: error: no tool',
    expect.stringMatching(/^6 of 6, 3 red, [\d.]+\/s, 1 in progress, 0 s$/),
  ])
  expect(ends).toEqual([['6 entries, 3 red', true]])
})

test('an error ends it in red, and says how far it was', () => {
  const { ends, progress } = hear()
  const night = createNightProgress(progress, plan, [0, 1], [3, 1], noStep)
  night.onEnd(0, exact, false)
  night.fail()
  expect(ends).toEqual([['failed after 3 of 6 entries', true]])
})

test('a line a second, with what the oldest run does', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { said, progress } = hear()
  const steps = ['build the RTL', 'simulate, seed 12 of 40']
  const night = createNightProgress(progress, plan, [0, 1], [3, 1], async (at) => steps[at]!)
  night.onProgress([0, 1])
  await vi.advanceTimersByTimeAsync(2000)
  night.onProgress([1])
  await vi.advanceTimersByTimeAsync(1000)
  night.done()
  await vi.advanceTimersByTimeAsync(5000)
  expect(said.map((text) => text.replace(/\d+ s/, '# s'))).toEqual([
    '0 of 6, 0 red, 2 in progress, # s',
    '0 of 6, 0 red, 2 in progress, # s: build the RTL',
    '0 of 6, 0 red, 2 in progress, # s: build the RTL',
    '0 of 6, 0 red, 1 in progress, # s',
    '0 of 6, 0 red, 1 in progress, # s: simulate, seed 12 of 40',
  ])
})

test('a night that is being ended says nothing more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { said, progress } = hear()
  const night = createNightProgress(progress, plan, [0, 1], [3, 1], noStep)
  night.stop()
  night.onProgress([0])
  await vi.advanceTimersByTimeAsync(5000)
  expect(said).toEqual([])
  expect([true, false].map(stoppedLine)).toEqual([
    '\nStopped: the same command goes on from here.',
    'Stopped: the same command goes on from here.\n',
  ])
})

test('what becomes of a night that was stopped', () => {
  const shared = { startedAt: '2026-01-01T20:14:33.000Z', plan } as unknown as SharedPlan
  const said = (there: number | null, changed: string | null, red = 0) =>
    describeBegin({ shared, there, red, changed })?.replaceAll('\n', ' ')
  expect(said(null, null)).toBe(undefined)
  expect(said(1, null)).toBe('Going on with the night of 2026-01-01 20:14 UTC: 1 of 2 runs are exact.')
  expect(said(0, null, 1)).toBe(
    'Going on with the night of 2026-01-01 20:14 UTC: 0 of 2 runs are exact, 1 ended red or without a result and runs again.',
  )
  expect(said(1, 'the plan has changed')).toBe(
    'A night was stopped here, and the plan has changed: beginning anew, 1 of 2 runs are kept where nothing that decides them has changed.',
  )
  expect(said(0, 'it had 2 shards')).toBe(
    'A night was stopped here, and it had 2 shards: beginning anew, with all runs.',
  )
  expect(said(null, 'it was of the plan x')).toBe(
    'The night that was here is replaced: it was of the plan x. Its reports are removed.',
  )
})

test('time, speed and what is left', () => {
  const parts = { done: 12, total: 1800, red: 2, made: 10, running: 2, step: null }
  expect(describeProgress({ ...parts, elapsed: 73, fraction: 0.25 })).toBe(
    '12 of 1,800, 2 red, 0.1/s, 2 in progress, 1 min 13 s, 3 min 39 s left',
  )
  expect(describeProgress({ ...parts, elapsed: 1, fraction: 0.05 })).toBe(
    '12 of 1,800, 2 red, 10/s, 2 in progress, 1 s',
  )
  expect(describeProgress({ ...parts, elapsed: 12.4, fraction: 1, made: 0 })).toBe(
    '12 of 1,800, 2 red, 2 in progress, 12 s',
  )
})

test('reds are named once with their layer, and those beyond the fifth are said to be more', () => {
  const runs = [0, 1, 2, 3, 4, 5, 6].map((at) => ({ id: `${at}`, words: [], design: 0 }))
  const entries = runs.map((_, run) => ({ name: `run ${run}`, axes: {}, run, seed: null }))
  const { said, progress } = hear()
  const many = { ...plan, runs, entries }
  const night = createNightProgress(
    progress,
    many,
    [0, 1, 2, 3, 4, 5, 6],
    runs.map(() => 1),
    noStep,
  )
  for (const [at] of runs.entries()) {
    const message = at === 0 ? 'model.0 c0 y0 x17: expected 1, got 2\nmore' : 'c0 y0 x17: expected 1, got 2'
    const fault = { layer: 'model.0', kind: null, message, mismatches: 1, elements: 9, red: 1 }
    const red = [{ seed: null, status: 'differs' as const, fault }]
    night.onEnd(at, { ...exact, outcome: { ...exact.outcome!, entries: red } }, false)
  }
  night.done()
  expect(said.filter((text) => !/^\d/.test(text))).toEqual([
    ...[0, 1, 2, 3, 4].map((at) => `run ${at}: model.0${at === 0 ? '' : ':'} c0 y0 x17: expected 1, got 2`),
    'Further red runs are not named here: the reports name all.',
  ])
})

test('how long it takes, as far as that is known', () => {
  const seconds = [30, 40]
  expect(describePlan(plan, { seconds, known: 0 }, 2)).toBe(
    '6 entries in 2 runs; how long they take is not known before the first have run.',
  )
  expect(describePlan(plan, { seconds, known: 2 }, 2)).toBe(
    '6 entries in 2 runs, about 40.0 s if all have to run, 2 side by side.',
  )
  const one = { entries: plan.entries.slice(0, 1), runs: plan.runs.slice(0, 1) }
  expect(describePlan(one, { seconds: [130], known: 1 }, 1)).toBe(
    '1 entry in 1 run, about 2 min 10 s if all have to run, 1 side by side.',
  )
  const partly = describePlan(plan, { seconds, known: 1 }, 1)
  expect(partly.replaceAll('\n', ' ')).toBe(
    '6 entries in 2 runs, about 1 min 10 s if all have to run (times of 1 of the runs are known), 1 side by side.',
  )
  expect(partly.split('\n').every((line) => line.length <= 80)).toBe(true)
})
