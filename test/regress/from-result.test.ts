/** What a night keeps of a result: the status of each entry, and its first fault. */
import { expect, test } from 'vitest'
import { toOutcome } from '../../src/regress/from-result.ts'
import type { BoxesResult, LayerResult, SimResult } from '../../src/result/result.ts'

const layer = (name: string, own: Partial<LayerResult> = {}): LayerResult => ({
  ...{ name, op: 'conv', shape: [1, 2, 2], elements: 4, mismatches: 0, first: null, stray: 0, repeated: 0 },
  ...{ cycles: 7, macs: 1, seconds: 0, error: null, kind: null, errorMap: null, histogram: null },
  ...own,
})
const first = { channel: 1, y: 2, x: 3, expected: 4, actual: 5, cycle: 6 }
const differs = { mismatches: 2, first, kind: { name: 'zeros', evidence: '' } } as const
const boxes: BoxesResult = {
  ...{
    expected: 3,
    actual: 3,
    mismatches: 0,
    first: null,
    cycles: 9,
    seconds: 0,
    candidates: 3,
    error: null,
  },
}
const resultOf = (layers: readonly LayerResult[], own: Partial<SimResult> = {}): SimResult =>
  ({
    ...{
      layers,
      boxes,
      verdict: 'mismatch',
      modelHash: 'm',
      waveform: null,
      totals: { buildSeconds: 1, simSeconds: 2 },
    },
    run: { imageHash: 'i', rtlHash: 'r', verilator: 'v' },
    ...own,
  }) as unknown as SimResult
const entries = (...given: Parameters<typeof toOutcome>) =>
  toOutcome(...given).entries.map(({ seed, status, fault }) => [
    seed,
    status,
    fault?.layer,
    fault?.message,
    fault?.red,
  ])

test('an exact run, proved now or before', () => {
  const outcome = toOutcome(resultOf([layer('a')], { verdict: 'exact' }), null)
  expect(outcome).toEqual({
    entries: [{ seed: null, status: 'exact', fault: null }],
    ...{ cycles: { a: 7, q_NMS: 9 }, exercised: null, imageHash: 'i', modelHash: 'm', rtlHash: 'r' },
    ...{
      verilator: 'v',
      buildSeconds: 1,
      simSeconds: 2,
      waveform: null,
      look: null,
      commit: null,
      dirty: null,
    },
  })
  const evidence = { key: '', provedAt: '', before: true }
  const before = resultOf([layer('a', { evidence })], { verdict: 'exact', boxes: { ...boxes, evidence } })
  expect(entries(before, null)).toEqual([[null, 'before', undefined, undefined, undefined]])
  expect(entries({ ...before, boxes }, null)[0]![1]).toBe('exact')
})

test('the first red layer is the fault, the worst status is that of the entry', () => {
  const failed = layer('b', { error: 'it hangs' })
  expect(toOutcome(resultOf([layer('a'), failed, layer('c', differs)]), null).entries).toEqual([
    {
      ...{ seed: null, status: 'differs' },
      fault: { layer: 'b', kind: null, message: 'it hangs', mismatches: 0, elements: 4, red: 2, parts: 4 },
    },
  ])
  expect(entries(resultOf([layer('c', differs)]), null)).toEqual([
    [null, 'differs', 'c', 'c1 y2 x3: expected 4, got 5', 1],
  ])
  expect(toOutcome(resultOf([layer('c', differs)]), null).entries[0]!.fault).toMatchObject({
    ...{ kind: 'zeros', mismatches: 2, elements: 4 },
  })
  const late = { mismatches: 4, notRun: true, error: 'not run: x' } as const
  expect(entries(resultOf([layer('a', late)]), null)[0]).toEqual([null, 'notRun', 'a', 'not run: x', 1])
  const unsteady = resultOf([layer('a', { unsteady: true })])
  expect(entries(unsteady, null)[0]!.slice(1, 4)).toEqual([
    ...['unsteady', 'a', 'exact now and red before, with the same RTL and inputs'],
  ])
})

test('cycles of layers that are red are named', () => {
  const hung = [layer('a'), layer('b', { error: 'it hangs', cycles: 900 }), layer('c', differs)]
  expect(toOutcome(resultOf(hung), null)).toMatchObject({
    ...{ cycles: { a: 7, b: 900, c: 7, q_NMS: 9 }, inexact: ['b', 'c'] },
  })
})

test('boxes and generated stimulus that are red', () => {
  const wrong = {
    ...boxes,
    mismatches: 1,
    first: { index: 1, field: 'score', expected: 2, actual: 3 },
  } as BoxesResult
  expect(entries(resultOf([layer('a')], { boxes: wrong }), null)[0]!.slice(1, 3)).toEqual([
    'differs',
    'q_NMS',
  ])
  const stimulus = { isRed: true, red: [layer('a [corner 1]', differs)], redBoxes: [], rows: [] }
  const red = resultOf([layer('a')], { stimulus: stimulus as unknown as SimResult['stimulus'] })
  expect(entries(red, null)[0]!.slice(1, 3)).toEqual(['differs', 'a [corner 1]'])
  const rows = [
    { rule: 'ties', unit: 'layers', hit: 3, of: 4, count: 9, missing: [] },
    { rule: 'never', unit: 'layers', hit: 0, of: 0, count: 0, missing: [] },
  ]
  const counted = { ...stimulus, isRed: false, red: [], rows }
  expect(
    toOutcome({ ...red, verdict: 'exact', stimulus: counted } as unknown as SimResult, null),
  ).toMatchObject({
    ...{ entries: [{ status: 'exact' }], exercised: { ties: 3, never: null } },
  })
})

test('each power-up has its own status', () => {
  const seeds = { run: [1, 2], red: [2] }
  const red = resultOf([layer('a', { ...differs, seeds })], { boxes: null })
  expect(entries(red, [1, 2, 3])).toEqual([
    [1, 'exact', undefined, undefined, undefined],
    [2, 'differs', 'a', 'c1 y2 x3: expected 4, got 5', 1],
    [3, 'notRun', 'a', 'it never began', 1],
  ])
})

test('a power-up that says what was wrong from it is believed', () => {
  const faults = [
    { seed: 2, status: 'failed' as const, mismatches: 3, kind: 'sign', message: 'it hangs from 2' },
  ]
  const seeds = { run: [1, 2], red: [1, 2], faults }
  const red = toOutcome(resultOf([layer('a', { ...differs, seeds })], { boxes: null }), [1, 2])
  expect(
    red.entries.map(({ status, fault }) => [status, fault?.message, fault?.kind, fault?.mismatches]),
  ).toEqual([
    ['differs', 'c1 y2 x3: expected 4, got 5', 'zeros', 2],
    ['failed', 'it hangs from 2', 'sign', 3],
  ])
})

test('a red run is red in some entry, even if no part says in which', () => {
  const odd = resultOf([layer('a', { ...differs, seeds: { run: [1], red: [] } })], { boxes: null })
  expect(entries(odd, [1])).toEqual([[1, 'differs', null, expect.stringMatching(/says of no layer/), 1]])
})

test('the evidence of a layer is told where its numbers are those of the power-up', () => {
  const kind = { name: 'rounding' as const, evidence: 'all 2 wrong elements are off by one' }
  const own = { seed: 1, status: 'differs', mismatches: 2, kind: 'rounding', message: 'first' }
  const faults = [own, { ...own, seed: 2, mismatches: 1 }, { ...own, seed: 3, kind: 'sign' }]
  const seeds = { run: [1, 2, 3], red: [1, 2, 3], faults }
  const tell = (given: object, asked: number[] | null) =>
    toOutcome(
      resultOf([layer('a', { ...differs, kind, mismatches: 2, ...given })], { boxes: null }),
      asked,
    ).entries.map(({ fault }) => fault?.evidence)
  expect(tell({}, null)).toEqual([kind.evidence])
  expect(tell({ seeds }, [1, 2, 3])).toEqual([kind.evidence, undefined, undefined])
})
