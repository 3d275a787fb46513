/** What is kept of a night, and what it says of the next one. */
import { describe, expect, test } from 'vitest'
import { check } from '../../src/input/schema.ts'
import { nightRecordSchema, recordNight, redOf } from '../../src/regress/history.ts'
import { fault, makeNight, sha } from './nights.ts'

describe('the record of a night', () => {
  test('has no cycles of a design in which a layer hung, and says why it is no baseline', () => {
    const night = makeNight({ images: 1 })
    const designs = night.designs.map((design) => ({ ...design, inexact: ['model.1'] }))
    const record = recordNight({ ...night, designs }, sha, ['slower'])
    expect(record.designs).toEqual({ 'shapes W8A8 isolated': [1, 2, 0, sha('[]').slice(0, 8)] })
    expect(record.redByComparison).toEqual(['slower'])
    expect(check(nightRecordSchema, record, 'record')).toBe(record)
  })

  test('counts, times, cycles and causes', () => {
    const night = makeNight({
      ...{ images: 2, bits: [8, 4], seeds: 2 },
      fate: ({ axes }) => (axes.bits === '4' ? { status: 'differs', fault: fault() } : {}),
    })
    const runs = night.runs.map((run, index) => ({
      ...run,
      ended: index === 0 ? ('before' as const) : run.ended,
    }))
    const record = recordNight({ ...night, runs }, sha)
    const digest = sha(
      JSON.stringify([
        ['model.0', 1000],
        ['model.1', 500],
        ['model.2', 2000],
      ]),
    ).slice(0, 8)
    expect(record).toEqual({
      ...{ format: 'assay night record', version: 1, name: 'nightly', identity: night.plan.identity },
      ...{
        startedAt: night.startedAt,
        verdict: 'mismatch',
        host: 'build-7',
        commit: 'c'.repeat(40),
        dirty: false,
      },
      ...{ seconds: 60, busySeconds: 8, counts: { exact: 4, differs: 4 } },
      designs: { 'shapes W8A8 isolated': [1, 2, 3500, digest], 'shapes W4A4 isolated': [2, 4, 3500, digest] },
      causes: [[4, 'differs', 'model.1', 'rounding']],
    })
    expect(check(nightRecordSchema, record, 'record')).toBe(record)
    expect(redOf(record)).toBe(4)
    expect(redOf({ ...record, counts: { exact: 1, before: 2, late: 3, error: 4 } })).toBe(7)
  })

  test('of 9,000 entries it is a few kilobytes', () => {
    const night = makeNight({
      ...{ images: 100, bits: [8, 7, 6, 5, 4, 3], modes: ['isolated', 'chained', 'other'], seeds: 5 },
      fate: ({ run, seed }) =>
        seed! % 2 === 0 ? { status: 'differs', fault: fault({ layer: `model.${run % 60}` }) } : {},
    })
    expect(night.entries).toHaveLength(9000)
    expect(JSON.stringify(recordNight(night, sha)).length).toBeLessThan(6000)
  })

  test('of many designs those that took longest are kept', () => {
    const night = makeNight({ images: 1, bits: Array.from({ length: 150 }, (_, index) => index) })
    const runs = night.runs.map((run, index) => ({ ...run, seconds: index }))
    const { designs, busySeconds } = recordNight({ ...night, runs }, sha)
    expect(Object.keys(designs)).toHaveLength(100)
    expect(Object.keys(designs)[0]).toBe('shapes W149A149 isolated')
    expect(busySeconds).toBe((149 * 150) / 2)
  })
})
