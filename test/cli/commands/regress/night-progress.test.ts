/** What is said of a night before it begins and while it runs. */
import { expect, test } from 'vitest'
import { createNightProgress, describePlan } from '../../../../src/cli/commands/regress/night-progress.ts'
import type { Progress } from '../../../../src/pipeline/files/progress.ts'
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

test('entries, reds and what is in progress', () => {
  const said: string[] = []
  const ends: unknown[] = []
  const progress: Progress = {
    start: () => ({
      update: (fraction, text) => void said.push(`${fraction} ${text}`),
      done: (text, isRed) => void ends.push([text, isRed]),
    }),
    warn: (text) => void said.push(text),
  }
  const night = createNightProgress(progress, plan, [0, 1], [3, 1])
  night.onProgress(2)
  night.onEnd(0, exact, true)
  night.onEnd(1, { ...NOT_BEGUN, ended: 'error', error: 'no tool\nand more' }, false)
  night.done()
  expect(said).toEqual([
    '0 0 of 6, 0 red, 2 in progress',
    '0.75 3 of 6, 0 red, 2 in progress',
    'run 1: error: no tool',
    expect.stringMatching(/^1 6 of 6, 3 red, [\d.]+\/s, 1 in progress$/),
  ])
  expect(ends).toEqual([['6 entries, 3 red', true]])
})

test('how long it takes, as far as that is known', () => {
  const seconds = [30, 40]
  expect(describePlan(plan, { seconds, known: 0 }, 2)).toMatch(
    /^6 entries in 2 runs; how long they take is not known/,
  )
  expect(describePlan(plan, { seconds, known: 2 }, 2)).toBe(
    '6 entries in 2 runs, about 40.0 s if all have to run, 2 side by side',
  )
  const one = { entries: plan.entries.slice(0, 1), runs: plan.runs.slice(0, 1) }
  expect(describePlan(one, { seconds: [130], known: 1 }, 1)).toBe(
    '1 entry in 1 run, about 2 min 10 s if all have to run, 1 side by side',
  )
  expect(describePlan(plan, { seconds, known: 1 }, 1)).toMatch(
    /about 1 min 10 s if all have to run \(1 of them are known\)/,
  )
})
