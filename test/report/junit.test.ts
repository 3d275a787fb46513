/** What test servers see of a run: JUnit whole, with one layer of every status. */
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { renderJunit, renderJunitError } from '../../src/report/junit.ts'
import type { BoxesResult, SimResult, StimulusResult } from '../../src/result/result.ts'
import { all, differs, first, make, stimulus, unsteady } from './ci-run.ts'
import { BOXES, makeLayer } from './shard-reports.ts'

const read = (text: string) =>
  new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => name === 'testcase',
  }).parse(text).testsuites
const passes = (name: string, time = '0.500000') => ({ name, classname: 'assay.m.W8A8.isolated.i_png', time })
const problem = (message: string, type: string, text = message) => ({ '#text': text, message, type })

describe('JUnit', () => {
  const cases = [
    passes('exact'),
    passes('before'),
    {
      ...passes('differs'),
      failure: problem(
        `differs ${first}`,
        'rounding',
        `differs ${first}\nLooks like off by one: rounding. All 3 are off by one.`,
      ),
    },
    { ...passes('no kind'), failure: problem(`no kind ${first}`, 'mismatch') },
    { ...passes('stray'), failure: problem("stray: 2 words written outside the layer's memory", 'mismatch') },
    { ...passes('repeated'), failure: problem('repeated: 1,200 words written more than once', 'mismatch') },
    {
      ...passes('lost'),
      failure: problem('lost: the feature memory does not hold 2 words that the tap showed', 'mismatch'),
    },
    { ...passes('failed'), error: problem('failed: hung\nat cycle 3', 'failed') },
    { ...passes('unsteady'), failure: problem(`unsteady is ${unsteady}`, 'unsteady') },
    { ...passes('not run'), error: problem('not run: not run: the run ended', 'not run') },
    {
      ...passes('q_NMS', '0.100000'),
      failure: problem('box 1 x0: expected 3, received 4; 2 differences', 'differs'),
    },
  ]

  test('a case for each part, and their numbers', () => {
    // Nine layers of 0.5 s ran, and the boxes.
    const counts = { tests: '11', failures: '7', errors: '2', skipped: '0', time: '4.600000' }
    const { testsuite, ...suites } = read(renderJunit(all))
    expect(suites).toEqual({ name: 'assay', ...counts })
    const { testcase, properties, 'system-out': closing, ...suite } = testsuite
    expect(suite).toEqual({
      name: 'assay.m.W8A8.isolated.i_png',
      ...counts,
      timestamp: '2026-01-01T00:00:00',
    })
    expect(testcase).toEqual(cases)
    expect(closing).toMatch(
      /^Not proved: 5 of 10 layers differ, 1 has no result, 1 is unsteady, 1 did not run, the boxes differ/,
    )
    expect(properties.property).toEqual([
      { name: 'bits', value: 'W8A8' },
      { name: 'modelHash', value: 'a'.repeat(64) },
      { name: 'image', value: 'i.png' },
      { name: 'rtlHash', value: 'b'.repeat(64) },
      { name: 'assay', value: '1' },
      { name: 'verilator', value: '5' },
    ])
  })

  test.each<[string, BoxesResult | null, object | null]>([
    ['none', null, null],
    ['exact', BOXES, passes('q_NMS', '0.100000')],
    [
      'hung',
      { ...BOXES, error: 'hung' },
      { ...passes('q_NMS', '0.100000'), error: problem('hung', 'failed') },
    ],
    [
      'unsteady',
      { ...BOXES, unsteady: true },
      { ...passes('q_NMS', '0.100000'), failure: problem(unsteady, 'unsteady') },
    ],
    [
      'not run',
      { ...BOXES, error: 'ended', notRun: true },
      { ...passes('q_NMS', '0.100000'), error: problem('ended', 'not run') },
    ],
  ])('boxes: %s', (_, boxes, expected) => {
    const { testcase } = read(renderJunit(make([makeLayer('exact')], boxes))).testsuite
    expect(testcase).toEqual([passes('exact'), ...(expected === null ? [] : [expected])])
  })

  test('of a run that did not finish there is one case, an error', () => {
    const counts = { tests: '1', failures: '0', errors: '1', skipped: '0', time: '0.000000' }
    const suite = 'assay.sim'
    expect(read(renderJunitError('sim', 'no model\nat all'))).toEqual({
      ...{ name: 'assay', ...counts },
      testsuite: {
        ...{ name: suite, ...counts },
        testcase: [
          {
            name: 'the run',
            classname: suite,
            time: '0.000000',
            error: problem('no model', 'died', 'no model\nat all'),
          },
        ],
      },
    })
  })

  test('is XML that begins as such, one line a case', () => {
    const lines = renderJunit(make([makeLayer('a<b & "c"')], null)).split('\n')
    expect(lines[0]).toBe('<?xml version="1.0" encoding="UTF-8"?>')
    expect(lines).toContain(
      '    <testcase name="a&lt;b &amp; &quot;c&quot;" classname="assay.m.W8A8.isolated.i_png" time="0.500000"/>',
    )
  })

  test('where the run comes from, and the line of a red case', () => {
    const origin = {
      ...{ commit: 'c'.repeat(40), dirty: true, folder: '', host: 'h', command: ['sim', '-i', 'a b.png'] },
      words: ['--image', 'a b.png', '--rtl', 'hw/rtl'],
    }
    const result = make([makeLayer('a'), differs('true')], null, {
      reproduce: { line: "npx assay sim --image 'a b.png'", notes: ['a note'] },
    })
    const own = (words: readonly string[]) =>
      read(renderJunit({ ...result, run: { ...result.run, origin: { ...origin, words } } })).testsuite
    const { testcase, properties, 'system-out': said } = own(origin.words)
    expect(properties.property.slice(-4)).toEqual([
      { name: 'commit', value: 'c'.repeat(40) },
      { name: 'dirty', value: 'true' },
      { name: 'command', value: "assay sim -i 'a b.png'" },
      { name: 'host', value: 'h' },
    ])
    const line = "To reproduce it in a fresh clone:\nnpx assay sim --image 'a b.png'\na note"
    expect(testcase.map((one: Record<string, unknown>) => [one.name, one.file, one['system-out']])).toEqual([
      ['a', 'hw/rtl/rtl.f', undefined],
      ['true', 'hw/rtl/rtl.f', line],
    ])
    expect(said).toMatch(/^Not proved: [^\n]*\nTo reproduce it in a fresh clone:\n/)
    const fileOf = (words: readonly string[]) => own(words).testcase[0].file
    expect(fileOf(['--module', 'm.config.ts', '--rtl', 'x'])).toBe('m.config.ts')
    expect(fileOf(['--model', 'm.pt'])).toBe('m.pt')
    expect(fileOf([])).toBeUndefined()
  })

  test('runs that differ in bits, mode, picture or power-ups share no class', () => {
    const classOf = (own: Partial<SimResult>, seeds?: readonly number[]): string => {
      const layer = { ...makeLayer('a'), seeds: seeds && { run: seeds, red: [] } }
      return read(renderJunit(make([layer], null, own))).testsuite.testcase[0].classname
    }
    const all = [
      ...[
        classOf({}),
        classOf({ weightBits: 4 }),
        classOf({ activationBits: 4 }),
        classOf({ mode: 'chained' }),
      ],
      ...[
        classOf({ image: 'a/i.png' }),
        classOf({ image: 'b/i.png' }),
        classOf({}, [1]),
        classOf({}, [1, 2, 4]),
      ],
    ]
    expect(new Set(all).size).toBe(8)
    expect(all.at(-1)).toBe('assay.m.W8A8.isolated.i_png.seeds_1-2,_4')
  })

  test('a model with dots in its name is one suite; what XML cannot say is an escape', () => {
    const model = 'a.b.c\u0007\u000b\uffff\ud800.pt'
    const text = renderJunit(make([makeLayer('x\u0000\t\r\n\ud7ff\ue000\ufffd\u{10000}')], null, { model }))
    expect(text).toContain('<testsuite name="assay.a_b_c\\u{7}\\u{b}\\u{ffff}\\u{d800}.W8A8.isolated.i_png"')
    expect(text).toContain('<testcase name="x\\u{0}\t\n\ud7ff\ue000\ufffd\u{10000}"')
  })
})

describe('generated stimulus in JUnit', () => {
  const casesOf = (own: Partial<StimulusResult>) =>
    read(
      renderJunit(make([makeLayer('exact')], null, { stimulus: { ...stimulus, ...own } })),
    ).testsuite.testcase.slice(1)
  const classname = 'assay.m.W8A8.isolated.i_png.stimulus'

  test('each red tensor and set is a case; all exact are one; the image alone is none', () => {
    expect(casesOf({})).toMatchObject([
      { name: 's [corners]', classname, failure: { type: 'rounding' } },
      { name: 'h [full]', classname, failure: { type: 'differs' } },
    ])
    expect(casesOf({ isRed: false, red: [], redBoxes: [] })).toEqual([
      { name: 'generated stimulus', classname, time: '2.500000' },
    ])
    expect(casesOf({ choice: 'image' })).toEqual([])
  })
})
