/** Two nights, entry by entry. */
import { describe, expect, test } from 'vitest'
import { compareNights, parseGrowth } from '../../src/regress/compare.ts'
import { ENTRY_STATUSES, type Night, type NightEntry } from '../../src/regress/night.ts'
import { CYCLES, fault, makeNight, sha } from './nights.ts'

type Status = NightEntry['status']
const nightOf = (status: Status, own: Partial<Night> = {}): Night =>
  makeNight({
    images: 1,
    fate: () => ({ status, fault: status === 'exact' || status === 'before' ? null : fault() }),
    own,
  })
/** The same on other RTL. */
const changed = (night: Night): Night => ({
  ...night,
  runs: night.runs.map((run) => ({ ...run, rtlHash: sha('other') })),
})
const LISTS = ['newRed', 'fixed', 'stillRed', 'unsteady', 'notRun', 'added'] as const
const listOf = (now: Night, before: Night): string | undefined => {
  const comparison = compareNights(now, before, null)
  return LISTS.filter((list) => comparison[list].length > 0).join()
}

describe('an entry', () => {
  // Rows: before; columns: now. The RTL has changed.
  const columns = ['exact', 'before', 'differs', 'failed', 'unsteady', 'error', 'late', 'notRun'] as const
  test.each<[Status, string[]]>([
    ['exact', ['', '', 'newRed', 'newRed', 'newRed', 'notRun', 'notRun', 'notRun']],
    ['before', ['', '', 'newRed', 'newRed', 'newRed', 'notRun', 'notRun', 'notRun']],
    ['differs', ['fixed', 'fixed', 'stillRed', 'stillRed', 'stillRed', 'notRun', 'notRun', 'notRun']],
    ['failed', ['fixed', 'fixed', 'stillRed', 'stillRed', 'stillRed', 'notRun', 'notRun', 'notRun']],
    ['unsteady', ['fixed', 'fixed', 'stillRed', 'stillRed', 'stillRed', 'notRun', 'notRun', 'notRun']],
    ['error', ['fixed', 'fixed', 'newRed', 'newRed', 'newRed', 'stillRed', 'stillRed', 'stillRed']],
    ['late', ['fixed', 'fixed', 'newRed', 'newRed', 'newRed', 'stillRed', 'stillRed', 'stillRed']],
    ['notRun', ['fixed', 'fixed', 'newRed', 'newRed', 'newRed', 'stillRed', 'stillRed', 'stillRed']],
  ])('that was %s', (before, lists) => {
    expect(columns.toSorted()).toEqual(ENTRY_STATUSES.toSorted())
    expect(columns.map((now) => listOf(nightOf(now), changed(nightOf(before))))).toEqual(lists)
  })

  test.each<[Status, Status, string]>([
    ['exact', 'differs', 'unsteady'],
    ['before', 'failed', 'unsteady'],
    ['differs', 'exact', 'unsteady'],
    ['unsteady', 'before', 'unsteady'],
    ['exact', 'late', 'fixed'],
    ['differs', 'differs', 'stillRed'],
    ['late', 'exact', 'notRun'],
  ])('is %s, was %s, and nothing has changed: %s', (now, before, list) => {
    expect(listOf(nightOf(now), nightOf(before))).toBe(list)
  })

  test.each<[string, (night: Night) => Night]>([
    ['RTL', changed],
    ['model', (night) => ({ ...night, runs: night.runs.map((run) => ({ ...run, modelHash: sha('x') })) })],
    ['image', (night) => ({ ...night, runs: night.runs.map((run) => ({ ...run, imageHash: sha('x') })) })],
    [
      'options',
      (night) => ({ ...night, runs: night.runs.map((run) => ({ ...run, words: ['--iou', '1'] })) }),
    ],
    ['Verilator', (night) => ({ ...night, verilator: 'Verilator 6' })],
    ['assay', (night) => ({ ...night, assay: '9' })],
  ])('is not unsteady if the %s has changed', (_, change) => {
    expect(listOf(nightOf('exact'), change(nightOf('differs')))).toBe('fixed')
  })

  test('is not unsteady where no digest is known', () => {
    const unknown = (night: Night): Night => ({
      ...night,
      runs: night.runs.map((run) => ({ ...run, rtlHash: null })),
    })
    expect(listOf(unknown(nightOf('exact')), unknown(nightOf('differs')))).toBe('fixed')
  })
})

test('nights of two plans are compared in what they share, and the rest is said', () => {
  const [now, before] = [makeNight({ images: 3 }), makeNight({ images: 2, bits: [8, 4] })]
  const comparison = compareNights(now, before, null)
  expect(comparison).toMatchObject({
    ...{ isSamePlan: false, shared: 2, added: ['images/000002.png W8A8 isolated'], isRed: false },
    removed: ['images/000000.png W4A4 isolated', 'images/000001.png W4A4 isolated'],
    against: { name: 'nightly', startedAt: before.startedAt, commit: 'c'.repeat(40) },
  })
  expect(compareNights(now, now, null)).toMatchObject({ isSamePlan: true, shared: 3, added: [], removed: [] })
})

test('a night that shares no entry is refused', () => {
  const refusal = /^--against: the night of 2026-07-01T12:00:00\.000Z of nightly has no entry of this plan/
  expect(() => compareNights(makeNight(), makeNight({ bits: [4] }), null)).toThrow(refusal)
  expect(() => compareNights(makeNight(), { ...makeNight(), entries: [] }, 0.01)).toThrow(refusal)
})

describe('cycles', () => {
  const withCycles = (cycles: Readonly<Record<string, number>>, images = 2): Night => {
    const night = makeNight({ images })
    return {
      ...night,
      designs: night.designs.map((design) => ({ ...design, cycles: { ...CYCLES, ...cycles } })),
    }
  }
  const compare = (now: object, before: object, limit: number | null) =>
    compareNights(withCycles({ ...now }), withCycles({ ...before }), limit)
  const design = 'shapes W8A8 isolated'

  test('more are slower, fewer are faster, the largest change first', () => {
    const { slower, faster, isRed, maxCyclesGrowth } = compare(
      { 'model.0': 1100, 'model.1': 1000, 'model.2': 1999 },
      {},
      null,
    )
    expect(slower).toEqual([
      { design, name: 'model.1', before: 500, now: 1000 },
      { design, name: 'model.0', before: 1000, now: 1100 },
    ])
    expect(faster).toEqual([{ design, name: 'model.2', before: 2000, now: 1999 }])
    expect([isRed, maxCyclesGrowth]).toEqual([false, null])
  })

  test.each([
    [1010, 0.01, 0, false],
    [1011, 0.01, 1, true],
    [990, 0.01, 0, false],
    [500, 0.01, 0, false],
    [1001, 0, 1, true],
    [1000, 0, 0, false],
  ])('1000 to %i with a limit of %d', (now, limit, slower, isRed) => {
    const comparison = compare({ 'model.0': now }, {}, limit)
    expect([comparison.slower.length, comparison.isRed]).toEqual([slower, isRed])
  })

  test('a layer that took none before has grown; one that only one night has is not compared', () => {
    expect(compare({ 'model.0': 1 }, { 'model.0': 0 }, 5)).toMatchObject({ isRed: true })
    expect(compare({ new: 1 }, { old: 1 }, 0)).toMatchObject({ slower: [], faster: [] })
  })

  describe('under a limit', () => {
    type Design = Partial<Night['designs'][number]>
    const night = (design: Design, status: Status = 'exact', images = 2): Night => {
      const own = makeNight({ images, fate: () => ({ status }) })
      return { ...own, designs: own.designs.map((one) => ({ ...one, ...design })) }
    }
    const whyOf = (now: Night, before: Night) => {
      const { uncompared, isRed, regressions } = compareNights(now, before, 0.01)
      return { said: uncompared.map(({ name, why }) => `${name} ${why}`), isRed, regressions }
    }
    const one = { 'model.0': 280 }
    const unknown = { said: ['model.0 unknown'], isRed: true, regressions: [] }

    test('cycles of a layer that hung are compared neither as earlier ones nor as new ones', () => {
      const hung = changed(night({ cycles: { 'model.0': 1000 }, inexact: ['model.0'] }, 'failed'))
      expect(whyOf(night({ cycles: one }), hung)).toEqual(unknown)
      expect(compareNights(night({ cycles: one }), hung, null)).toMatchObject({ faster: [], uncompared: [] })
      expect(compareNights(hung, night({ cycles: one }), 0.01)).toMatchObject({ slower: [], uncompared: [] })
      const carried = {
        ...hung,
        designs: hung.designs.map((own) => ({ ...own, earlierCycles: { 'model.0': 200 } })),
      }
      expect(whyOf(night({ cycles: one }), carried)).toEqual({
        said: [],
        isRed: true,
        regressions: ['slower'],
      })
    })

    test('a layer whose earlier cycles are unknown is red, and no regression', () => {
      expect(whyOf(night({ cycles: one }), night({ cycles: {} }))).toEqual(unknown)
      expect(whyOf(night({ cycles: one }), night({ name: 'renamed', cycles: one }))).toEqual(unknown)
      const partly = changed(night({ cycles: { 'model.1': 1 } }, 'failed'))
      expect(whyOf(night({ cycles: one }), partly)).toEqual(unknown)
    })

    test('a new layer and other pictures are said, and not red', () => {
      const now = night({ cycles: { ...one, 'model.1': 5, q_NMS: 9 } }, 'exact', 3)
      expect(whyOf(now, night({ cycles: { ...one, q_NMS: 1 } }))).toEqual({
        ...{ said: ['model.1 new', 'q_NMS pictures'], isRed: false, regressions: [] },
      })
      const design = makeNight({ bits: [8, 4] })
      const added = compareNights(design, makeNight(), 0)
      expect(new Set(added.uncompared.map(({ design, why }) => `${design} ${why}`))).toEqual(
        new Set(['shapes W4A4 isolated new', 'shapes W4A4 isolated pictures']),
      )
      expect(added.isRed).toBe(false)
    })
  })

  test('those of q_NMS depend on the pictures', () => {
    const now = withCycles({ q_NMS: 900 })
    expect(compareNights(now, withCycles({}), null).slower).toHaveLength(1)
    expect(compareNights(now, withCycles({}, 3), null).slower).toEqual([])
  })
})

describe('a limit of growth', () => {
  test.each([
    ['1%', 0.01],
    ['0%', 0],
    ['0.5%', 0.005],
    ['1234%', 12.34],
  ])('%s', (text, share) => {
    expect(parseGrowth(text)).toBe(share)
  })

  test.each([
    '',
    '1',
    '1 %',
    '-1%',
    '+1%',
    '1e3%',
    '%',
    '.5%',
    '1.%',
    '12345%',
    '1%%',
    '0x1%',
    ' 1%',
    'NaN%',
  ])('"%s" is refused', (text) => {
    expect(() => parseGrowth(text)).toThrow(
      /^--max-cycles-growth: expected a share such as 1% or 0\.5%, got /,
    )
  })
})

test('rules that are exercised in fewer layers are lost meaning', () => {
  const night = (exercised: Readonly<Record<string, number | null>> | null): Night => {
    const own = makeNight()
    return { ...own, designs: own.designs.map((design) => ({ ...design, exercised })) }
  }
  const lost = (now: Parameters<typeof night>[0], before: Parameters<typeof night>[0]) =>
    compareNights(night(now), night(before), null).meaningLost.map(({ name, before, now }) => [
      name,
      before,
      now,
    ])
  expect(lost({ a: 0, b: 2, c: 5 }, { a: 3, b: 2, c: 4 })).toEqual([['a', 3, 0]])
  expect(lost({ a: null }, { a: 3 })).toEqual([])
  expect(lost({}, { a: 3 })).toEqual([])
  expect(lost({ a: 0 }, { a: null })).toEqual([])
  expect(lost(null, { a: 3 })).toEqual([])
  expect(lost({ a: 3 }, null)).toEqual([])
  const other = { ...night({ a: 3 }), designs: [{ ...night({ a: 3 }).designs[0]!, name: 'gone' }] }
  expect(compareNights(night({ a: 0 }), other, null).meaningLost).toEqual([])
})

test('times are those of the whole night', () => {
  const before = makeNight({ images: 3, own: { seconds: 7 } })
  expect(compareNights(makeNight(), before, null).seconds).toEqual({
    before: { total: 7, build: 1.5, simulation: 3 },
    now: { total: 60, build: 1, simulation: 2 },
  })
})
