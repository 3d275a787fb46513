/** Which runs of a plan run again, and what is said of those that do not. */
import { expect, test } from 'vitest'
import type { ExpandedPlan } from '../../src/regress/entry.ts'
import { isPartial, type Night } from '../../src/regress/night.ts'
import { chooseRerun, restrictPlan } from '../../src/regress/rerun.ts'
import { viewNight } from '../../src/report/night/view.ts'
import { concludeNight } from '../../src/report/night/words.ts'
import { fault, makeNight } from './nights.ts'

const planOf = ({ name, plan, entries, runs, designs }: Night): ExpandedPlan => ({
  ...{ name, ...plan, entries, runs, designs: designs.map((design) => design.name) },
  limits: { runSeconds: null, totalSeconds: null },
})
const of =
  (...images: readonly number[]) =>
  ({ axes: { image } }: { readonly axes: Night['entries'][0]['axes'] }) =>
    images.some((index) => image === `images/00000${index}.png`)

test.each(['differs', 'failed', 'unsteady', 'error', 'late', 'notRun'] as const)(
  'what was %s runs again',
  (status) => {
    const isRed = of(1)
    const night = makeNight({
      images: 3,
      seeds: 2,
      fate: (entry) => (isRed(entry) ? { status, fault: fault() } : {}),
    })
    expect(chooseRerun(planOf(night), night)).toEqual({ of: night.startedAt, runs: [night.runs[1]!.id] })
  },
)

test('so does what is new in the plan, and an own module', () => {
  const night = makeNight({ images: 3 })
  const plan = planOf(night)
  const [first, second, third] = plan.runs as [
    ExpandedPlan['runs'][0],
    ExpandedPlan['runs'][0],
    ExpandedPlan['runs'][0],
  ]
  const runs = [first, { ...second, id: 'f'.repeat(12) }, { ...third, words: ['--module=a.ts'] }]
  expect(chooseRerun({ ...plan, runs }, night).runs).toEqual(['f'.repeat(12), third.id])
})

test('what a rerun left out was not red', () => {
  const night = makeNight({ images: 2, fate: (entry) => (of(1)(entry) ? { status: 'notRun' } : {}) })
  const runs = night.runs.map((run, at) => ({ ...run, unproven: at === 1 }))
  expect(chooseRerun(planOf(night), { ...night, runs }).runs).toEqual([])
})

test('the part of a plan that runs again', () => {
  const whole = planOf(makeNight({ images: 3, seeds: 2 }))
  const { plan, seconds } = restrictPlan(whole, [1, 2, 3], { of: '', runs: [whole.runs[2]!.id] })
  expect([plan.runs, seconds]).toEqual([[whole.runs[2]], [3]])
  expect(plan.entries).toEqual(whole.entries.slice(4).map((entry) => ({ ...entry, run: 0 })))
})

test('the verdict of a rerun says what is unproven, and only a whole one counts as a night', () => {
  const rerun = { of: '2026-07-01T12:00:00.000Z' }
  const said = (night: Night): string => concludeNight(viewNight(night, null, []))
  const whole = makeNight({ own: { rerun } })
  expect(said(whole)).toMatch(
    /^Proved: all 2 entries .* Only what was not exact in the night of 2026-07-01 12:00 UTC ran again\.$/,
  )
  const night = makeNight({
    images: 3,
    fate: (entry) => (of(1)(entry) ? { status: 'notRun' } : {}),
    own: { rerun },
  })
  const part = { ...night, runs: night.runs.map((run, at) => (at === 1 ? { ...run, unproven: true } : run)) }
  expect(said(part)).toMatch(
    /^Not proved: no entry differs, but 1 of 3 entries did not run;.* 1 entry that was exact then is unproven: run the plan without/,
  )
  expect([whole, part, night, { ...part, rerun: undefined }].map(isPartial)).toEqual([
    false,
    true,
    false,
    false,
  ])
})
