/** What GitHub shows of a run: annotations and summary whole, with one layer of every status. */
import { describe, expect, test } from 'vitest'
import {
  MOST_SUMMARY_BYTES,
  renderAnnotations,
  renderErrorAnnotation,
  renderErrorSummary,
  renderSummary,
} from '../../src/report/github.ts'
import { all, differs, first, make, stimulus, unsteady } from './ci-run.ts'
import { BOXES, makeLayer } from './shard-reports.ts'

describe('annotations', () => {
  const line = (file: string, title: string, message: string) =>
    `::error file=rtl/${file},title=${title}::${message}`

  test('one for each red part, on the module that does its work', () => {
    expect(renderAnnotations(all, 'rtl')).toEqual([
      line(
        'requantise.sv',
        'differs%3A off by one%3A rounding',
        `differs ${first}%0ALooks like off by one: rounding. All 3 are off by one.`,
      ),
      line('add_codes.sv', 'no kind%3A stray%2C repeated or lost writes', `no kind ${first}`),
      line(
        'code_array.sv',
        'stray%3A stray%2C repeated or lost writes',
        "stray: 2 words written outside the layer's memory",
      ),
      line(
        'code_array.sv',
        'repeated%3A stray%2C repeated or lost writes',
        'repeated: 1,200 words written more than once',
      ),
      line(
        'conv_engine.sv',
        'lost%3A stray%2C repeated or lost writes',
        'lost: the feature memory does not hold 2 words that the tap showed',
      ),
      line('conv_engine.sv', 'failed%3A failed', 'failed: hung%0Aat cycle 3'),
      line('conv_engine.sv', 'unsteady%3A unsteady', `unsteady is ${unsteady}`),
      line('conv_engine.sv', 'not run%3A not run', 'not run: not run: the run ended'),
      line('detect_head.sv', 'q_NMS%3A differs', 'box 1 x0: expected 3, received 4; 2 differences'),
    ])
  })

  test.each([
    ['rounding', 'requantise.sv'],
    ['offset', 'requantise.sv'],
    ['saturated', 'requantise.sv'],
    ['border', 'tile_walker.sv'],
    ['shifted', 'tile_walker.sv'],
    ['transposed', 'tile_walker.sv'],
    ['lanes', 'mac_array.sv'],
    ['permuted', 'mac_array.sv'],
    ['not-written', 'tile_drain.sv'],
    ['stale', 'tile_drain.sv'],
    ['unknown', 'conv_engine.sv'],
    ['one-channel', 'conv_engine.sv'],
  ] as const)('%s is looked for in %s', (name, file) => {
    const [annotation] = renderAnnotations(
      make([{ ...differs('a'), kind: { name, evidence: '' } }], null),
      'rtl',
    )
    expect(annotation).toMatch(new RegExp(`^::error file=rtl/${file},title=a%3A `))
  })

  test('red stimulus has its own, after those of the image', () => {
    const text = `${first}%0ALooks like off by one: rounding. All 3 are off by one.`
    expect(renderAnnotations(make([differs('a')], null, { stimulus }), 'rtl')).toEqual([
      line('requantise.sv', 'a%3A off by one%3A rounding', `a ${text}`),
      line('requantise.sv', 's [corners]%3A off by one%3A rounding', `s [corners] ${text}`),
      line(
        'detect_head.sv',
        'h [full]%3A boxes differ',
        'h [full]: box 1 x0: expected 3, received 4; 2 differences',
      ),
    ])
  })

  test.each([
    { red: 10, lines: 10, last: 'l9%3A', file: 'requantise.sv' },
    { red: 11, lines: 10, last: '2 more', file: 'rtl.f' },
  ])('of $red red layers there are $lines lines', ({ red, lines, last, file }) => {
    const layers = Array.from({ length: red }, (_, i) => differs(`l${i}`))
    const annotations = renderAnnotations(make(layers, null), 'rtl')
    expect(annotations).toHaveLength(lines)
    expect(annotations.at(-1)).toMatch(new RegExp(`^::error file=rtl/${file},title=${last}`))
  })

  test('a file that is not there is not named, nor is one of a folder that is not ours', () => {
    const [a] = [make([differs('a')], null)]
    expect(renderAnnotations(a, 'rtl', (file) => file === 'rtl.f')[0]).toMatch(
      /^::error file=rtl\/rtl\.f,title/,
    )
    expect(renderAnnotations(a, 'rtl', () => false)[0]).toMatch(/^::error title/)
    expect(renderAnnotations(a, null)[0]).toMatch(/^::error title/)
  })

  test('of a run that did not finish', () => {
    expect(renderErrorAnnotation('sim', 'a\r\nb: 5 %')).toBe(
      '::error title=assay sim did not finish::a%0Ab: 5 %25',
    )
    expect(renderErrorSummary('sim', 'a <b>\nc', 1000)).toBe(
      '## ❌ assay sim did not finish\n\na &#60;b>\nc\n',
    )
  })
})

describe('the summary', () => {
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
      'a alone, from its golden input, is exact: what it read was wrong (addresses, lifetimes or the layer before).'
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
