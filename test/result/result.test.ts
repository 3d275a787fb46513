/** What is red and what is not: one table for layers, one for boxes, each row with one thing wrong. */
import { describe, expect, test } from 'vitest'
import {
  type BoxesResult,
  boxesAreRed,
  isRed,
  type LayerResult,
  type PartStatus,
  STATUS_WORDS,
  statusOf,
} from '../../src/result/result.ts'
import { BOXES, makeLayer } from '../report/shard-reports.ts'

const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
const now = { ...evidence, before: false }
const layer = makeLayer('a')

describe('a layer is red for each single reason', () => {
  test.each<[Partial<LayerResult>, PartStatus]>([
    [{}, 'exact'],
    [{ lost: null }, 'exact'],
    [{ lost: 0 }, 'exact'],
    [{ evidence: now }, 'exact'],
    [{ seeds: { run: [1], red: [] } }, 'exact'],
    [{ evidence }, 'before'],
    [{ mismatches: 1 }, 'differs'],
    [{ stray: 1 }, 'differs'],
    [{ repeated: 1 }, 'differs'],
    [{ lost: 1 }, 'differs'],
    [{ stray: 1, evidence }, 'differs'],
    [{ error: '' }, 'failed'],
    [{ error: 'hung', mismatches: 24 }, 'failed'],
    [{ unsteady: true }, 'unsteady'],
    [{ unsteady: true, evidence }, 'unsteady'],
    [{ unsteady: true, mismatches: 1 }, 'differs'],
    [{ notRun: true }, 'notRun'],
    [{ notRun: true, error: 'the run ended', mismatches: 24 }, 'notRun'],
  ])('%j: %s', (own, status) => {
    const part = { ...layer, ...own }
    expect(statusOf(part)).toBe(status)
    expect(isRed(part)).toBe(status !== 'exact' && status !== 'before')
  })
})

describe('the boxes are red for each single reason', () => {
  test.each<[Partial<BoxesResult>, PartStatus]>([
    [{}, 'exact'],
    [{ evidence: now }, 'exact'],
    [{ evidence }, 'before'],
    [{ mismatches: 1 }, 'differs'],
    [{ mismatches: 1, evidence }, 'differs'],
    [{ error: '' }, 'failed'],
    [{ unsteady: true }, 'unsteady'],
    [{ notRun: true }, 'notRun'],
  ])('%j: %s', (own, status) => {
    const boxes = { ...BOXES, ...own }
    expect(statusOf(boxes)).toBe(status)
    expect(boxesAreRed(boxes)).toBe(status !== 'exact' && status !== 'before')
  })

  test('boxes that nobody asked for are not red', () => {
    expect(boxesAreRed(null)).toBe(false)
  })
})

test('each status has its own word', () => {
  expect(STATUS_WORDS).toEqual({
    exact: 'exact',
    before: 'before',
    differs: 'differs',
    failed: 'failed',
    unsteady: 'unsteady',
    notRun: 'not run',
  })
})
