/** What a child keeps of steps: a run is taken for exact only where it is what an exact one was. */
import { expect, test } from 'vitest'
import type { StepRun } from '../../../src/detector/run.ts'
import { createKeptSteps } from '../../../src/pipeline/bench/kept-steps.ts'
import type { LayerResult } from '../../../src/result/result.ts'

const runOf = (data: readonly number[], others: Partial<StepRun> = {}): StepRun => ({
  ...{ cycles: 7, seconds: 0.5, startCycle: 2, taps: new Map(), idle: 0 },
  beats: { data: Uint8Array.from(data), cycles: new Float64Array(1) },
  memory: { checked: 1, lost: new Map() },
  ...others,
})
const exact: LayerResult = {
  ...{ name: 'stem', op: 'conv', shape: [1, 1, 3], elements: 3, mismatches: 0, first: null },
  ...{ stray: 0, repeated: 0, lost: 0, cycles: 9, macs: 1, seconds: 1, error: null },
  ...{ kind: null, errorMap: null, histogram: null },
}

test('a run with the same beats is exact, in its own cycles and time', () => {
  const kept = createKeptSteps()
  expect(kept.matchExact(1, runOf([1, 2, 3]))).toBeNull()
  expect(kept.keep(1, runOf([1, 2, 3]), exact)).toBe(true)
  expect(kept.matchExact(1, runOf([1, 2, 3]))).toEqual({ cycles: 7, seconds: 0.5, lost: 0 })
  // Where the memory cannot be read back, none is known to be lost.
  expect(kept.matchExact(1, runOf([1, 2, 3], { memory: null }))).toEqual({
    ...{ cycles: 7, seconds: 0.5, lost: null },
  })
})

test.each([
  { what: 'another word', pc: 1, run: runOf([1, 2, 4]) },
  { what: 'a word less', pc: 1, run: runOf([1, 2]) },
  { what: 'a word more', pc: 1, run: runOf([1, 2, 3, 3]) },
  { what: 'another step', pc: 2, run: runOf([1, 2, 3]) },
  { what: 'a word before or after it', pc: 1, run: runOf([1, 2, 3], { idle: 1 }) },
  {
    what: 'a lost word',
    pc: 1,
    run: runOf([1, 2, 3], { memory: { checked: 1, lost: new Map([[1, 1]]) } }),
  },
  { what: 'nothing recorded', pc: 1, run: runOf([], { beats: null }) },
])('a run is compared in full: $what', ({ pc, run }) => {
  const kept = createKeptSteps()
  kept.keep(1, runOf([1, 2, 3]), exact)
  expect(kept.matchExact(pc, run)).toBeNull()
})

test.each([
  { what: 'mismatches', red: { mismatches: 1 } },
  { what: 'stray words', red: { stray: 1 } },
  { what: 'words twice', red: { repeated: 1 } },
  { what: 'lost words', red: { lost: 1 } },
  { what: 'an error', red: { error: 'hung' } },
])('nothing red is kept: $what', ({ red }) => {
  const kept = createKeptSteps()
  expect(kept.keep(1, runOf([1]), { ...exact, ...red })).toBe(false)
  expect(kept.matchExact(1, runOf([1]))).toBeNull()
  expect(kept.keep(1, runOf([2], { beats: null }), exact)).toBe(false)
})

test('the first exact run stays the one that is compared with', () => {
  const kept = createKeptSteps()
  kept.keep(1, runOf([1]), exact)
  expect(kept.keep(1, runOf([2]), exact)).toBe(false)
  expect([kept.matchExact(1, runOf([1]))?.cycles, kept.matchExact(1, runOf([2]))]).toEqual([7, null])
})

test('inputs are packed once, as far as there is room', () => {
  const kept = createKeptSteps(5)
  let count = 0
  const pack = (): Uint8Array => Uint8Array.of(count++, 0, 0)
  expect([kept.packed('a', pack)[0], kept.packed('a', pack)[0]]).toEqual([0, 0])
  expect([kept.packed('b', pack)[0], kept.packed('b', pack)[0]]).toEqual([1, 2])
  expect(kept.keep(1, runOf([1, 2, 3]), exact)).toBe(false)
  expect(kept.keep(2, runOf([1, 2]), exact)).toBe(true)
  expect(kept.matchExact(2, runOf([1, 2]))).not.toBeNull()
})
