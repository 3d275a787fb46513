/** Two versions measured in turn. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compareRow, isMet, RATIO_NAMES, renderRows } from '../../src/bench/ratio.ts'
import { needCommit } from '../../src/bench/ratio-checkout.ts'
import type { RatioRow } from '../../src/bench/ratio-rows.ts'
import type { Sample, Side } from '../../src/bench/ratio-sides.ts'

const side = (commit: string): Side => ({ home: '.', commit, sameWork: [], scratch: '.' })
const sides = [side('first'), side('second')] as const

const row = (run: RatioRow['run'], more: Partial<RatioRow> = {}): RatioRow => ({
  name: 'row',
  what: 'something',
  reach: 0.5,
  unit: 's',
  pairs: 3,
  how: 'somehow',
  run,
  ...more,
})
const sample = (value: number, more: Partial<Sample> = {}): Sample => ({
  value,
  cpu: null,
  result: null,
  cycles: null,
  ...more,
})

describe('a row', () => {
  test('is measured in turn, and its ratio is the median of the pairs', async () => {
    const order: string[] = []
    // The machine gets slower by 10 at the third pair: only pairs stay comparable.
    const seconds = { first: [4, 10, 40], second: [2, 4, 10] }
    const compared = await compareRow(
      row(async ({ commit }, pair) => {
        order.push(commit)
        return sample(seconds[commit as 'first' | 'second'][pair]!, {
          cpu: pair + (commit === 'second' ? 1 : 2),
        })
      }),
      sides,
      () => {},
    )
    expect(order).toEqual(['first', 'second', 'first', 'second', 'first', 'second'])
    expect(compared).toMatchObject({ before: 10, now: 4, ratio: 0.4, met: true })
    expect(compared.cpuRatio).toBeCloseTo(2 / 3)
    expect(renderRows([compared])[2]).toMatch(
      /10\.0 s +4\.00 s +0\.40 +0\.67 +0\.50 +met +somehow; median of 3/,
    )
  })

  test('is refused where the versions give different results', async () => {
    const run: RatioRow['run'] = async ({ commit }) => sample(1, { result: commit })
    await expect(compareRow(row(run), sides, () => {})).rejects.toThrow(
      'row: the two versions give different',
    )
  })

  test('is refused where the hardware takes more than 1 % more cycles', async () => {
    const compare = (cycles: number) =>
      compareRow(row(async ({ commit }) => sample(1, { cycles: commit === 'second' ? cycles : 1000 })), sides, () => {}) // biome-ignore format: one call
    await expect(compare(1010)).resolves.toMatchObject({ ratio: 1 })
    await expect(compare(1011)).rejects.toThrow('row: 1011 cycles, more than 1 % above the 1000 of before')
  })
})

test.each([
  { because: 'a time within its reach', reach: 0.5, now: 9, ratio: 0.5, met: true },
  { because: 'a time beyond it', reach: 0.5, now: 0.1, ratio: 0.51, met: false },
  { because: 'a share', reach: 95, more: 'value' as const, now: 94.9, ratio: 2, met: false },
  { because: 'a rate not less', reach: 1, more: 'ratio' as const, now: 0, ratio: 1, met: true },
  { because: 'a lower rate', reach: 1, more: 'ratio' as const, now: 9e9, ratio: 0.99, met: false },
  { because: 'nothing promised', reach: null, now: 1, ratio: 9, met: null },
])('$because: $met', ({ reach, more, now, ratio, met }) => {
  expect(isMet({ reach, ...(more && { more }) }, now, ratio)).toBe(met)
})

test('a clone without the commit is told in one sentence', () => {
  const clone = mkdtempSync(join(tmpdir(), 'assay-ratio-'))
  execFileSync('git', ['init', '--quiet', clone])
  expect(() => needCommit(clone)).toThrow('this clone has no commit 2d94314: fetch the whole history')
})

test('each row of the issue has a name', () => {
  expect(new Set(RATIO_NAMES).size).toBe(RATIO_NAMES.length)
  expect(RATIO_NAMES).toEqual(expect.arrayContaining(['rtl', 'sim', 'first', 'bare', 'test']))
})
