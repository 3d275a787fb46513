import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { chooseReports, writeReports } from '../../src/pipeline/report/files.ts'
import type { ReportKind } from '../../src/pipeline/report/kinds.ts'
import { renderAnnotations, renderSummary } from '../../src/report/github.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { parseReport, renderReport } from '../../src/result/report-file.ts'
import type { SimResult } from '../../src/result/result.ts'
import { holdAgainstClosed } from '../schemas/hold-against.ts'
import { testWith } from '../witness.ts'
import { ALL_CONVOLUTIONS, makeRun } from './broken-run.ts'
import { PLAN } from './shard-reports.ts'

const SCHEMA_FILE = fileURLToPath(new URL('../../docs/report.schema.json', import.meta.url))
const findFaults = holdAgainstClosed('report')
const green = makeRun([])
const red = makeRun(['model.2.cv2', 'model.22.cv2.0.2'])
const allRed = makeRun(ALL_CONVOLUTIONS)
const evidence = { key: 'a'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
const shard: SimResult = {
  ...green,
  layers: green.layers.map((layer) => ({ ...layer, evidence, seeds: { run: [1, 2], red: [] } })),
  boxes: { ...green.boxes!, evidence },
  shard: {
    ...{ index: 1, count: 2, inputs: 'b'.repeat(64), settings: PLAN.settings },
    plan: [{ name: 'model.0', shard: 1, kind: 'layer', seed: 1 }],
  },
}
const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'assay-report-'))

describe('report.json', () => {
  test.each([
    ['green', green],
    ['red', red],
    [
      'a layer that hung',
      {
        ...red,
        layers: [{ ...red.layers[0]!, error: 'no progress', kind: null, errorMap: null, histogram: null }],
      },
    ],
    ['without boxes', { ...green, boxes: null }],
    ['a shard with seeds and evidence', shard],
  ])('%s: as its schema says', (_, result) => {
    expect(findFaults(JSON.parse(renderReport(result)))).toEqual([])
  })

  test.each([
    ['a field gone', { ...red, modelHash: undefined }, "must have required property 'modelHash'"],
    ['a field more', { ...red, extra: 1 }, 'must NOT have additional properties extra'],
    ['another verdict', { ...red, verdict: 'fine' }, '/verdict: must be equal to one of the allowed values'],
  ])('%s: the schema objects', (_, result, fault) => {
    expect(findFaults(JSON.parse(renderReport(result as never)))[0]).toContain(fault)
  })

  test('comes back as it was', () => {
    expect(parseReport(renderReport(red), 'report.json')).toEqual({
      format: 'assay report',
      version: 1,
      ...red,
    })
  })

  testWith('python3 with jsonschema', "Python's jsonschema agrees", () => {
    const file = join(makeFolder(), 'report.json')
    writeFileSync(file, renderReport(red))
    const check =
      'import json,sys,jsonschema; jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))'
    const run = spawnSync('python3', ['-W', 'ignore', '-c', check, SCHEMA_FILE, file], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(run.status).toBe(0)
  })
})

describe('JUnit', () => {
  const read = (text: string) => {
    expect(XMLValidator.validate(text)).toBe(true)
    return new XMLParser({ ignoreAttributes: false }).parse(text).testsuites
  }

  test('a case a layer and one for the boxes; red ones fail with their kind', () => {
    const { testsuite, ...suites } = read(renderJunit(red))
    expect(suites).toMatchObject({ '@_tests': '75', '@_failures': '2', '@_errors': '0' })
    expect(testsuite).toMatchObject({
      '@_name': 'assay.shapes.W8A8.isolated.val_000000_png',
      '@_timestamp': '2026-07-01T12:00:00',
    })
    expect(testsuite.testcase).toHaveLength(75)
    const failed = testsuite.testcase.filter((one: object) => 'failure' in one)
    expect(failed.map((one: Record<string, string>) => one['@_name'])).toEqual([
      'model.2.cv2',
      'model.22.cv2.0.2',
    ])
    expect(failed[0]).toMatchObject({
      '@_classname': 'assay.shapes.W8A8.isolated.val_000000_png',
      failure: { '@_type': 'rounding' },
    })
    expect(failed[0].failure['#text']).toContain('Looks like off by one: rounding')
  })

  const error = 'a <b> & "c" ]]> \u0000\u001b[31m \ud800 é 😀'
  const broken = { ...green, layers: [{ ...green.layers[0]!, error }] }

  test('what a layer says stays text, and what XML cannot say is replaced', () => {
    const { testsuite } = read(renderJunit(broken))
    expect(testsuite).toMatchObject({ '@_errors': '1', '@_failures': '0' })
    expect(testsuite.testcase[0].error['#text']).toBe(
      `${green.layers[0]!.name}: a <b> & "c" ]]> \\u{0}\\u{1b}[31m \\u{d800} é 😀`,
    )
  })

  testWith('python3', "Python's parser takes it, too", () => {
    const parse = ['-c', 'import sys,xml.etree.ElementTree as e; e.parse(sys.stdin.buffer)']
    const run = spawnSync('python3', parse, { input: renderJunit(broken), encoding: 'utf8' })
    expect([run.status, run.stderr]).toEqual([0, ''])
  })
})

describe('GitHub', () => {
  test('no annotation where all is exact', () => {
    expect(renderAnnotations(green)).toEqual([])
  })

  test('one a fault, at its first layer, on no line: nobody knows which is wrong', () => {
    const lines = renderAnnotations(red)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^::error title=model\.2\.cv2 and 1 more%3A off by one%3A rounding::model\.2\.cv2 c0 /,
    )
    expect(lines[0]).toContain('%0ALooks like')
    expect(lines.join('')).not.toContain('\n')
  })

  test('ten faults at most, the tenth for the rest', () => {
    const layers = allRed.layers.map((layer) => ({ ...layer, kind: null }))
    const lines = renderAnnotations({ ...allRed, layers })
    expect(lines).toHaveLength(10)
    expect(lines[0]).toContain('title=model.0%3A')
    expect(lines[9]).toMatch(/title=54 more::Not proved/)
  })

  test('nothing in a message can end it', () => {
    const error = '100 %\r\n::error::forged'
    const [line] = renderAnnotations({ ...green, layers: [{ ...green.layers[0]!, name: 'a,b:c', error }] })
    expect(line).toContain('title=a%2Cb%3Ac%3A failed::a,b:c: 100 %25%0A::error::forged')
    expect(line!.split('\n')).toHaveLength(1)
  })

  test('the summary has every red layer and its kind', () => {
    const text = renderSummary(red)
    expect(text).toMatch(/^## ❌ assay: shapes\.pt W8A8, isolated\n/)
    expect(text).toMatch(/\| <code>model\.2\.cv2<\/code> \| [\d,]+ \| \*\*off by one: rounding\*\*: all /)
    expect(text.match(/^\| [✅❌] /gmu)).toHaveLength(74)
    expect(renderSummary(green)).toMatch(/^## ✅ /)
  })

  test('a summary that is too long is cut at a line and says so', () => {
    const text = renderSummary(allRed, 3000)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3000)
    expect(text).toContain('cut off')
    expect(Buffer.byteLength(renderSummary(allRed))).toBeLessThan(1024 * 1024)
  })
})

describe('paths in reports', () => {
  const failed = (file: string) => ({
    ...green,
    layers: [{ ...green.layers[0]!, mismatches: 1, error: `${file}:12: Assertion failed (top, cycle 3)` }],
  })
  const annotate = async (root: string, file: string) => {
    const kinds = new Set<ReportKind>(['github'])
    return (await writeReports(failed(file), makeFolder(), kinds, { GITHUB_WORKSPACE: root })).annotations[0]
  }

  test('a failed assertion is shown at its line, from the root of the repository', async () => {
    const root = makeFolder()
    mkdirSync(join(root, 'hw', 'rtl'), { recursive: true })
    const file = join(root, 'hw', 'rtl', 'a.sv')
    writeFileSync(file, '')
    expect(await annotate(root, file)).toMatch(/^::error file=hw\/rtl\/a\.sv,line=12,title=/)
  })

  test('a file outside of the repository, a folder, and one that is not there are not named', async () => {
    const root = makeFolder()
    mkdirSync(join(root, 'a.sv'))
    const outside = join(makeFolder(), 'a.sv')
    writeFileSync(outside, '')
    for (const file of [outside, join(root, 'a.sv'), join(root, 'none.sv')])
      expect(await annotate(root, file)).toMatch(/^::error title=/)
  })

  test('files of the repository are named from its root in every report, others as they were', async () => {
    const root = makeFolder()
    const folder = join(root, 'build', 'run')
    const wave = { layer: 'model.0', fromCycle: 0, cycle: 1, toCycle: 2 }
    const result = {
      ...red,
      image: join(root, 'images', 'a.png'),
      pictures: [join(folder, 'detections.png'), '/elsewhere/b.png'],
      waveform: { ...wave, file: join(folder, 'waves', 'w.fst'), save: join(folder, 'waves', 'w.gtkw') },
    }
    const kinds = new Set<ReportKind>(['json', 'junit', 'html', 'github'])
    const env = { GITHUB_WORKSPACE: root, GITHUB_STEP_SUMMARY: join(root, 'summary.md') }
    const { files, annotations } = await writeReports(result, folder, kinds, env)
    const texts = [...files, join(root, 'summary.md')].map((file) => readFileSync(file, 'utf8'))
    for (const text of [...texts, ...annotations]) expect(text).not.toContain(root)
    const report = parseReport(readFileSync(join(folder, 'report.json'), 'utf8'), folder)
    expect(report.image).toBe('images/a.png')
    expect(report.pictures).toEqual(['build/run/detections.png', '/elsewhere/b.png'])
    expect(report.waveform).toMatchObject({ file: 'build/run/waves/w.fst', save: 'build/run/waves/w.gtkw' })
  })
})

describe('where reports go', () => {
  test('json and junit always, github in a workflow, else what was asked for', () => {
    expect([...chooseReports(null, {})]).toEqual(['json', 'junit'])
    expect([...chooseReports(null, { GITHUB_ACTIONS: 'true' })]).toEqual(['json', 'junit', 'github'])
    expect([...chooseReports(['html'], { GITHUB_ACTIONS: 'true' })]).toEqual(['html'])
  })

  test('a step that already wrote a summary keeps it, and both together fit', async () => {
    const folder = makeFolder()
    const summary = join(folder, 'summary.md')
    writeFileSync(summary, `${'x'.repeat(1024 * 1024 - 10_000)}\n`)
    const env = { GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: folder }
    const { files, annotations } = await writeReports(
      allRed,
      folder,
      new Set(['junit', 'github'] as const),
      env,
    )
    expect(files).toEqual([join(folder, 'junit.xml')])
    // The small layers of four channels have a cause.
    expect(annotations).toHaveLength(2)
    const text = readFileSync(summary, 'utf8')
    expect(text).toMatch(/^x+\n## ❌/)
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
  })
})

test('the terminal tells a fault once, in 80 columns', () => {
  const text = renderSimResult(allRed, (_, line) => line)
  expect(text.match(/Looks like off by one/g)!.length).toBe(1)
  expect(text).toMatch(/Likewise: 6\d more\s+convolutions\./)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})
