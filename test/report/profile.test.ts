/** A verdict is of one arithmetic: whatever says W8A8 of a run names its profile, and `assay` goes without saying. */
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { namePoints } from '../../src/regress/name-entries.ts'
import type { OptionRules, OptionValues } from '../../src/regress/option-rules.ts'
import { renderAccuracy } from '../../src/report/accuracy-terminal.ts'
import { closingLine } from '../../src/report/conclusion.ts'
import { renderAnnotations, renderSummary } from '../../src/report/github.ts'
import { renderPage } from '../../src/report/html/page.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { mergeShards } from '../../src/result/merge.ts'
import { planIdentity } from '../../src/result/plan-identity.ts'
import { parseReport, renderReport } from '../../src/result/report-file.ts'
import { makeRun } from './broken-run.ts'
import { accuracy, fullExtras } from './full-report.ts'
import { BOXES, HEAD, makeLayer, makeReport, PLAN } from './shard-reports.ts'

const [usual, green] = [makeRun([]), makeRun([], { profile: 'tflite' })]
const red = makeRun(['model.2.cv2'], { profile: 'tflite' })
const plain = (_: string, line: string): string => line
const suiteOf = (text: string) =>
  new XMLParser({ ignoreAttributes: false }).parse(text).testsuites.testsuite as {
    readonly '@_name': string
    readonly testcase: readonly { readonly '@_classname': string }[]
    readonly properties: { readonly property: readonly object[] }
  }

describe('a run of a profile is named by', () => {
  test('report.json, and one without it is read as before', () => {
    expect(JSON.parse(renderReport(green))).toMatchObject({ profile: 'tflite' })
    expect(parseReport(renderReport(green), 'report.json').profile).toBe('tflite')
    expect(JSON.parse(renderReport(usual))).not.toHaveProperty('profile')
    expect(parseReport(renderReport(usual), 'report.json').profile).toBeUndefined()
  })

  test('the verdict on a terminal', () => {
    expect(closingLine(green)).toContain(' of shapes.pt (W8A8, tflite) bit for bit ')
    expect(closingLine(usual)).toContain(' of shapes.pt (W8A8) bit for bit ')
    expect(renderSimResult(green, plain).replaceAll(/\s+/g, ' ')).toContain('(W8A8, tflite)')
  })

  test('the suite and every class of JUnit', () => {
    const suite = suiteOf(renderJunit(green))
    const name = 'assay.shapes.W8A8.tflite.isolated.val_000000_png'
    expect(suite['@_name']).toBe(name)
    expect(new Set(suite.testcase.map((one) => one['@_classname']))).toEqual(new Set([name]))
    expect(suite.properties.property).toContainEqual({ '@_name': 'profile', '@_value': 'tflite' })
    // A dot would begin a package.
    expect(suiteOf(renderJunit({ ...green, profile: 'my.own' }))['@_name']).toBe(
      'assay.shapes.W8A8.my_own.isolated.val_000000_png',
    )
  })

  test("the page's title, heading and record", () => {
    const page = renderPage(green, fullExtras)
    expect(page).toContain('<title>shapes.pt W8A8, tflite: bit-exact')
    expect(page).toContain('</span> shapes.pt W8A8, tflite: bit-exact</h1>')
    expect(page).toContain('<dt>arithmetic</dt><dd>profile tflite</dd>')
    expect(renderPage(usual, fullExtras)).not.toContain('<dt>arithmetic</dt>')
  })

  test("GitHub's summary and each of its annotations", () => {
    expect(renderSummary(green)).toMatch(/^## ✅ assay: shapes\.pt W8A8, tflite, isolated\n/)
    const boxes = { ...BOXES, mismatches: 1 }
    const lines = renderAnnotations({ ...red, boxes })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^::error title=model\.2\.cv2%3A off by one%3A rounding \(tflite\)::/)
    expect(lines[1]).toMatch(/^::error title=q_NMS%3A differs \(tflite\)::/)
  })

  test('the heading of accuracy', () => {
    const options = {
      ...{ calibrationImages: 1, height: 8, width: 8, weightBits: 8, activationBits: 8, tableBits: 8 },
      ...{ observer: 'mse', scope: 'all', effort: 'fast', techniques: [], overrides: {} },
      profile: { name: 'tflite' },
    }
    const file = { file: 'm.pt', sha256: 'a'.repeat(64) }
    const run = {
      ...{ assay: '1', node: '20', command: 'validate', inputs: { model: file, calibration: [] } },
      ...{ options, names: null, model: { id: '00000000', sha256: 'a'.repeat(64) } },
    }
    expect(renderAccuracy({ ...accuracy, run }, plain)).toContain('shapes.pt W8A8, tflite on 2 images')
  })
})

describe('an entry of a night', () => {
  const rules = {
    describe: ({ image }: OptionValues) => ({ model: 'm.pt', image, bits: 'w8a8', mode: 'isolated' }),
  } as unknown as OptionRules
  const runsOf = (...all: readonly OptionValues[]): readonly string[] =>
    namePoints(
      all.map((own) => ({ values: { image: 'a.png', ...own }, seeds: null, keys: [] })),
      rules,
    ).map(({ design, run }) => `${design} | ${run}`)

  test('names its profile, be it one of several or the only one', () => {
    expect(runsOf({ profile: 'tflite' })).toEqual(['m w8a8 tflite isolated | m w8a8 tflite a isolated'])
    expect(runsOf({}, { profile: 'nvdla' }, { profile: 'own/mine.json' })).toEqual([
      'm w8a8 isolated | m w8a8 a isolated',
      'm w8a8 nvdla isolated | m w8a8 nvdla a isolated',
      'm w8a8 mine isolated | m w8a8 mine a isolated',
    ])
    expect(runsOf({ profile: 'assay' })).toEqual(['m w8a8 isolated | m w8a8 a isolated'])
  })
})

describe('shards of a profile', () => {
  const head = { ...HEAD, profile: 'tflite' }
  const one = makeReport(1, [makeLayer('a')], null, PLAN, head)
  const two = (own = head) => makeReport(2, [makeLayer('b')], BOXES, PLAN, own)
  const three = makeReport(3, [makeLayer('a>c')], null, PLAN, head)

  test('are joined to a run of it', () => {
    const { result } = mergeShards([one, two(), three])
    expect(result).toMatchObject({ verdict: 'exact', profile: 'tflite' })
    expect(closingLine(result)).toContain('(W8A8, tflite)')
  })

  test.each([
    ['of another', { ...HEAD, profile: 'nvdla' }],
    ['of none', HEAD],
  ])('are not joined with one %s', (_, own) => {
    expect(() => mergeShards([one, two(own as typeof head), three])).toThrow(
      'shard-2: this shard belongs to another plan than shard-1 (profile of arithmetic)',
    )
  })

  test('whose report was changed to name another are refused', () => {
    const { path, result } = two()
    expect(() => mergeShards([one, { path, result: { ...result, profile: 'nvdla' } }, three])).toThrow(
      'shard-2: the report does not belong to the plan that it names',
    )
    expect(planIdentity(head, PLAN)).not.toBe(planIdentity(HEAD, PLAN))
  })
})
