/** What GitHub shows of a run: annotations and summary whole, with one layer of every status. */
import { describe, expect, test } from 'vitest'
import {
  MOST_SUMMARY_BYTES,
  renderAnnotations,
  renderErrorAnnotations,
  renderErrorSummary,
  renderSummary,
} from '../../src/report/github.ts'
import type { Problem } from '../../src/result/problem.ts'
import { all, differs, first, make, stimulus, unsteady } from './ci-run.ts'
import { BOXES, makeLayer } from './shard-reports.ts'

describe('annotations', () => {
  const line = (title: string, message: string) => `::error title=${title}::${message}`

  test('one for each red part; no file is blamed', () => {
    expect(renderAnnotations(all)).toEqual([
      line(
        'differs%3A off by one%3A rounding',
        `differs ${first}%0ALooks like off by one: rounding. All 3 are off by one.`,
      ),
      line('no kind%3A stray%2C repeated or lost writes', `no kind ${first}`),
      line('stray%3A stray%2C repeated or lost writes', "stray: 2 words written outside the layer's memory"),
      line('repeated%3A stray%2C repeated or lost writes', 'repeated: 1,200 words written more than once'),
      line(
        'lost%3A stray%2C repeated or lost writes',
        'lost: the feature memory does not hold 2 words that the tap showed',
      ),
      line('failed%3A failed', 'failed: hung%0Aat cycle 3'),
      line('unsteady%3A unsteady', `unsteady is ${unsteady}`),
      line('not run%3A not run', 'not run: not run: the run ended'),
      line('q_NMS%3A differs', 'box 1 x0: expected 3, received 4; 2 differences'),
    ])
  })

  test('red stimulus has its own, after those of the image', () => {
    const text = `${first}%0ALooks like off by one: rounding. All 3 are off by one.`
    expect(renderAnnotations(make([differs('a')], null, { stimulus }))).toEqual([
      line('a%3A off by one%3A rounding', `a ${text}`),
      line('s [corners]%3A off by one%3A rounding', `s [corners] ${text}`),
      line('h [full]%3A boxes differ', 'h [full]: box 1 x0: expected 3, received 4; 2 differences'),
    ])
  })

  test.each([
    { red: 10, lines: 10, last: 'l9%3A' },
    { red: 11, lines: 10, last: '2 more::Not proved' },
  ])('of $red faults there are $lines lines', ({ red, lines, last }) => {
    const layers = Array.from({ length: red }, (_, i) => ({ ...differs(`l${i}`), kind: null }))
    const annotations = renderAnnotations(make(layers, null))
    expect(annotations).toHaveLength(lines)
    expect(annotations.at(-1)).toContain(`title=${last}`)
  })

  const said = (own: Partial<Problem>): Problem => ({
    ...{ severity: 'error', file: 'rtl/a,b.sv', line: 12, column: 3, message: 'syntax error' },
    ...own,
  })

  test('a failed assertion is placed where it says, if that is in the repository', () => {
    const error = 'rtl/a.sv:12: Assertion failed (top, cycle 3)'
    const result = make([{ ...differs('a'), error }], null)
    expect(renderAnnotations(result, (problem) => problem)).toEqual([
      `::error file=rtl/a.sv,line=12,title=a%3A failed::a: ${error}`,
    ])
    expect(renderAnnotations(result)).toEqual([line('a%3A failed', `a: ${error}`)])
  })

  test('warnings of an exact run, ten at most, in their places', () => {
    const warnings = Array.from({ length: 11 }, (_, i) =>
      said({ severity: 'warning', line: i + 1, column: null, message: 'cut [WIDTHTRUNC]' }),
    )
    const annotations = renderAnnotations(make([makeLayer('a')], null, { warnings }))
    expect(annotations).toHaveLength(10)
    expect(annotations[9]).toBe(
      '::warning file=rtl/a%2Cb.sv,line=10,title=Verilator%3A WIDTHTRUNC::cut [WIDTHTRUNC]',
    )
  })

  test('of a run that did not finish: each place that its error names', () => {
    const title = 'title=assay sim did not finish'
    const nowhere = said({ file: null, line: null, column: null, message: 'a\r\nb: 5 %' })
    expect(renderErrorAnnotations('sim', [said({}), said({ line: null, column: null }), nowhere])).toEqual([
      `::error file=rtl/a%2Cb.sv,line=12,col=3,${title}::syntax error`,
      `::error file=rtl/a%2Cb.sv,${title}::syntax error`,
      `::error ${title}::a%0Ab: 5 %25`,
    ])
    const many = renderErrorAnnotations(
      'sim',
      Array.from({ length: 12 }, () => said({})),
    )
    expect(many).toHaveLength(10)
    expect(many[9]).toBe(`::error ${title}::3 more messages: the log has them.`)
  })

  test('the summary of a run that did not finish', () => {
    expect(renderErrorSummary('sim', 'a <b>\nc', 1000)).toBe(
      '## ❌ assay sim did not finish\n\na &#60;b>\nc\n',
    )
  })
})

describe('the summary', () => {
  test('says from which power-ups a layer and the boxes are red', () => {
    const seeds = { run: [3, 5, 7], red: [5, 7] }
    const boxes = { ...BOXES, mismatches: 2, seeds: { run: [3, 5], red: [3, 5] } }
    const text = renderSummary(make([{ ...differs('a'), seeds }], boxes))
    expect(text).toContain('; a: red from 2 of 3 random power-ups, seeds 5, 7: it reads what nothing has')
    expect(text).toContain('; q&#95;NMS: red from each of 2 random power-ups')
    expect(renderSummary(make([differs('a')], BOXES))).not.toContain('power-up')
  })

  test('of everything: each part with its mark, and red ones with their reason', () => {
    const lines = renderSummary(all).split('\n')
    expect(lines[0]).toBe('## ❌ assay: m.pt W8A8, isolated')
    expect(lines).toContain('❌ **q\\_NMS**: box 1 x0: expected 3, received 4; 2 differences')
    const red = lines.slice(
      lines.indexOf('| layer | differ | looks like | first |') + 2,
      lines.indexOf('<details><summary>Every layer</summary>') - 1,
    )
    expect(red).toEqual([
      `| <code>differs</code> | 3 | **off by one: rounding**: all 3 are off by one | ${first} |`,
      `| <code>no kind</code> | 3 | **differs**: no kind ${first} | ${first} |`,
      "| <code>stray</code> | 0 | **differs**: stray: 2 words written outside the layer's memory |  |",
      '| <code>repeated</code> | 0 | **differs**: repeated: 1,200 words written more than once |  |',
      '| <code>lost</code> | 0 | **differs**: lost: the feature memory does not hold 2 words that the tap showed |  |',
      '| <code>failed</code> | 24 | **failed**: failed: hung at cycle 3 |  |',
      `| <code>unsteady</code> | 0 | **unsteady**: unsteady is ${unsteady} |  |`,
      '| <code>not run</code> | 24 | **not run**: not run: not run: the run ended |  |',
    ])
    expect(lines[lines.indexOf('<details><summary>Every layer</summary>') - 1]).toBe('')
    const marks = lines
      .filter((text) => /^\| [✅❌] <code>/u.test(text))
      .map((text) => text.split(' | ').slice(0, 2).join(' '))
    expect(marks).toEqual(
      [
        '✅ <code>exact</code> exact',
        '✅ <code>before</code> before',
        '❌ <code>differs</code> differs',
        '❌ <code>no kind</code> differs',
        '❌ <code>stray</code> differs',
        '❌ <code>repeated</code> differs',
        '❌ <code>lost</code> differs',
        '❌ <code>failed</code> failed',
        '❌ <code>unsteady</code> unsteady',
        '❌ <code>not run</code> not run',
      ].map((text) => `| ${text}`),
    )
  })

  test('of a green run: whole', () => {
    expect(renderSummary(make([makeLayer('a')], BOXES))).toBe(
      [
        '## ✅ assay: m.pt W8A8, isolated',
        '',
        'Proved: on this image the RTL computes all 24 output elements of 1 layer and 2 boxes of m.pt (W8A8) bit for bit as the integer model does, each layer from its golden input. Not counted: what the image exercised.',
        '',
        `1 layer, 10MAC, 107 cycles; build 1.00 s, simulation 600 ms; 5, RTL <code>${'b'.repeat(12)}</code>`,
        '',
        '✅ **q\\_NMS**: all 2 boxes equal',
        '',
        '<details><summary>Every layer</summary>',
        '',
        '| layer | verdict | op | shape | MACs | cycles | differ |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| ✅ <code>a</code> | exact | conv | 2x3x4 | 10 | 100 | 0 |',
        '',
        '</details>',
        '',
        '',
      ].join('\n'),
    )
  })

  test('a layer that failed is not called by the kind of its difference; several reasons are all said', () => {
    const failed = { ...differs('f'), error: 'hung' }
    const twice = { ...makeLayer('t'), stray: 1, repeated: 2 }
    const lines = renderSummary(make([failed, twice], null)).split('\n')
    expect(lines).toContain(`| <code>f</code> | 3 | **failed**: f: hung | ${first} |`)
    expect(lines).toContain(
      "| <code>t</code> | 0 | **differs**: t: 1 words written outside the layer's memory; t: 2 words written more than once |  |",
    )
  })

  test('no name can end its cell or begin markup', () => {
    const lines = renderSummary(make([makeLayer('a & <b> |c*_`[d]\\ \n e')], null)).split('\n')
    expect(lines).toContain(
      '| ✅ <code>a &#38; &#60;b> &#124;c&#42;&#95;&#96;&#91;d&#93;&#92; e</code> | exact | conv | 2x3x4 | 10 | 100 | 0 |',
    )
  })

  test('a replay and generated stimulus are said, each in a paragraph', () => {
    const replay = { layer: 'a', alone: false, result: makeLayer('a') }
    const text = (own: object) =>
      renderSummary(make([makeLayer('a')], null, { replay, stimulus: { ...stimulus, ...own } }))
    const alone =
      'a alone, from its golden input, is exact: something else was wrong in the run (addresses, lifetimes, state or the layer before).'
    const generated = 'Stimulus, generated from the weights: 2 tensors (48 elements) and 1 set of logits'
    expect(
      text({ notExercised: ['x'] })
        .split('\n\n')
        .slice(3, 9),
    ).toEqual([
      alone,
      `${generated}: 1 tensor and 1 set differ.`,
      `s &#91;corners&#93; ${first}`,
      'Looks like off by one: rounding. All 3 are off by one.',
      'h &#91;full&#93;: box 1 x0: expected 3, received 4; 2 differences',
      'Not exercised: x.',
    ])
    const green = text({ isRed: false, redTensors: 0, redSets: 0, red: [], redBoxes: [] })
    expect(green.split('\n\n').slice(3, 6)).toEqual([
      alone,
      `${generated}: all exact.`,
      '<details><summary>Every layer</summary>',
    ])
  })

  test('a summary stays 4 KiB below the 1 MiB that GitHub takes', () => {
    expect(MOST_SUMMARY_BYTES).toBe(1_044_480)
  })

  test('what does not fit is cut at a line, to the byte', () => {
    const note = '\n… cut off: report.json has the rest\n'
    const text = renderErrorSummary('sim', 'ä\nbb', 1000)
    expect(renderErrorSummary('sim', 'ä\nbb', Buffer.byteLength(text + note))).toBe(text)
    expect(renderErrorSummary('sim', 'ä\nbb', Buffer.byteLength(text + note) - 1)).toBe(
      `## ❌ assay sim did not finish\n\nä\n${note}`,
    )
  })
})
