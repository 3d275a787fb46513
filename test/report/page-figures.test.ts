/** Figures and verdicts of the page, read from its text: those of the run, of each part, and of what it exercised. */
import { describe, expect, test } from 'vitest'
import { renderHeader, renderLayers, renderScore } from '../../src/report/html/sections.ts'
import { renderStimulus } from '../../src/report/html/stimulus.ts'
import type { Markup } from '../../src/report/markup.ts'
import type { StimulusResult } from '../../src/result/result.ts'
import { all, first, make, stimulus } from './ci-run.ts'
import { BOXES, makeLayer } from './shard-reports.ts'

const textOf = (html: Markup | string): string =>
  String(html)
    .replace(/<\/?[^>]+>/g, '|')
    .replace(/\|+/g, '|')
    .replaceAll('&#39;', "'")
const rowsOf = (html: Markup): readonly string[] =>
  String(html)
    .split('<tbody>')[1]!
    .match(/<tr.*?<\/tr>/gs)!
    .map(textOf)

describe('the head', () => {
  test('of a red run', () => {
    const text = textOf(renderHeader(all))
    expect(text).toContain('|✗| m.pt W8A8: not exact|')
    expect(text).toContain('|First divergence: differs (off by one: rounding)|')
    // 72 elements differ: 3 + 3 of two layers, 24 + 24 of two without a result, 2 of the boxes.
    expect(text).toContain(
      '|layers|2 of 10 exact|elements|56 of 240 differ|work|100MAC|cycles|1,007|simulated in|4.60 s|',
    )
  })

  test('of a green one', () => {
    const text = textOf(renderHeader(make([makeLayer('a')], BOXES)))
    expect(text).toContain('|✓| m.pt W8A8: bit-exact|')
    expect(text).toContain('|layers|1 of 1 exact|elements|0 of 24 differ|')
    expect(text).not.toMatch(/First divergence|stimulus/)
  })

  test.each<[Partial<StimulusResult>, RegExp]>([
    [{}, /\|stimulus\|differs\|RTL\|/],
    [{ isRed: false }, /\|stimulus\|exact\|RTL\|/],
    [{ choice: 'image' }, /\|simulated in\|500 ms\|RTL\|/],
  ])('with stimulus %j', (own, end) => {
    const result = make([makeLayer('a')], null, { stimulus: { ...stimulus, ...own } })
    expect(textOf(renderHeader(result))).toMatch(end)
  })
})

describe('the table of layers', () => {
  test('has a row for each part, with its verdict and why', () => {
    const unsteady = /is exact now and was red before/
    const rows = rowsOf(renderLayers(all))
    expect(rows.filter((row) => !unsteady.test(row))).toEqual([
      '|exact|conv|2×3×4|24|0|✓ exact|100|10|0 %|',
      '|before|conv|2×3×4|24|0|✓ before|100|10|0 %|',
      '|differs|conv|2×3×4|24|3|✗ differs|off by one: rounding|100|10|0 %|',
      `|no kind|add|2×3×4|24|3|✗ differs|no kind ${first}|100|10|0 %|`,
      "|stray|max-pool|2×3×4|24|0|✗ differs|stray: 2 words written outside the layer's memory|100|10|0 %|",
      '|repeated|upsample|2×3×4|24|0|✗ differs|repeated: 1,200 words written more than once|100|10|0 %|',
      '|lost|conv|2×3×4|24|0|✗ differs|lost: the feature memory does not hold 2 words that the tap showed|100|10|0 %|',
      '|failed|conv|2×3×4|24|24|✗ failed|hung\nat cycle 3|100|10|0 %|',
      '|not run|conv|2×3×4|24|24|✗ not run|not run: the run ended|100|10|0 %|',
      '|q_NMS|detect|2 boxes|2|✗ differs|box 1 x0: expected 3, received 4; 2 differences|7|',
    ])
    expect(rows.filter((row) => unsteady.test(row))).toHaveLength(1)
    expect(String(renderLayers(all)).match(/<tr class="red">/g)).toHaveLength(9)
  })

  test('the share of the array that worked: MACs of the cycles', () => {
    // An array of 8x8x2 does 128 a cycle: 6,400 of 12,800 in 100 cycles.
    const busy = { ...makeLayer('a'), macs: 6400 }
    expect(rowsOf(renderLayers(make([busy, { ...makeLayer('b'), macs: 0 }], null)))).toEqual([
      '|a|conv|2×3×4|24|0|✓ exact|100|6.40 k|50 %|',
      '|b|conv|2×3×4|24|0|✓ exact|100|–|–|',
    ])
  })
})

describe('what was exercised', () => {
  const rows = [
    { rule: 'ties', unit: 'layers' as const, hit: 1, of: 3, count: 9, missing: ['x', 'y'] },
    { rule: 'entries', unit: 'entries' as const, hit: 1024, of: 1024, count: 2000, missing: [] },
    { rule: 'full', unit: 'q_NMS' as const, hit: 1, of: 1, count: 4, missing: [] },
    { rule: 'never', unit: 'q_NMS' as const, hit: 0, of: 0, count: 0, missing: [] },
  ]
  test('rule by rule', () => {
    const stimuli = renderStimulus({ ...stimulus, rows, notExercised: ['ties'] })
    expect(rowsOf(stimuli)).toEqual([
      '|ties|✗ not everywhere|1 of 3 layers|9|x, y|',
      '|entries|✓ exercised|1,024 of 1,024 entries|2,000|',
      '|full|✓ exercised|4|',
      '|never|cannot happen|0|',
    ])
    expect(String(stimuli).match(/<p class="bad">/g)).toHaveLength(4)
    expect(textOf(stimuli)).toContain(`|s [corners] ${first}|`)
    expect(textOf(stimuli)).toContain('|Not exercised: ties.|')
  })

  test('everything, and all of it exact', () => {
    const html = String(
      renderStimulus({ ...stimulus, isRed: false, red: [], redBoxes: [], rows: rows.slice(1) }),
    )
    expect(html).not.toContain('bad')
    expect(html).toContain('The inputs exercised everything that can matter.')
  })
})

test('a score is a share of what there is', () => {
  const modules = [
    { name: 'm', hit: 1, all: 8 },
    { name: 'n', hit: 0, all: 0 },
  ]
  const html = renderScore({ hit: 1001, all: 2000, modules }, 'caption', 'mutants')
  expect(textOf(html)).toMatch(/^\|50\.0 %\|: 1,001 of 2,000 mutants\.\|/)
  expect(rowsOf(html)).toEqual(['|m|1|8|12.5 %|', '|n|0|0|–|'])
})
