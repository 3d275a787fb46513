/** Every kind of result through every writer: all must say the same verdict and the same counts. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { renderAnnotations, renderSummary } from '../../src/report/github.ts'
import { renderPage } from '../../src/report/html/page.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { conclude, countParts } from '../../src/result/conclusion.ts'
import { mergeShards } from '../../src/result/merge.ts'
import { parseReport, renderReport } from '../../src/result/report-file.ts'
import {
  type BoxesResult,
  type Counts,
  isRed,
  type LayerResult,
  type PartStatus,
  type SimResult,
  statusOf,
} from '../../src/result/result.ts'
import { joinSeeds } from '../../src/result/seeds.ts'
import { BOXES, HEAD, makeLayer, makeReport, SEEDED, withSeed } from './shard-reports.ts'

const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
const failure = 'no progress for 200000 cycles <script>alert(1)</script>'

/** One layer of every status. */
const LAYERS: Readonly<Record<PartStatus, LayerResult>> = {
  exact: makeLayer('exact.layer'),
  before: { ...makeLayer('before.layer'), evidence },
  differs: {
    ...makeLayer('differing.layer', 3),
    kind: { name: 'rounding', evidence: 'all 3 are off by one' },
  },
  failed: { ...makeLayer('failing.layer', 24), first: null, error: failure },
  unsteady: { ...makeLayer('unstable.layer'), unsteady: true },
  notRun: { ...makeLayer('late.layer', 24), first: null, error: 'not run: the run ended', notRun: true },
}
const STRAY: LayerResult = { ...makeLayer('stray.layer'), stray: 2 }
const LOST: LayerResult = { ...makeLayer('lost.layer'), lost: 2 }
const ALL = Object.values(LAYERS)

const BOXES_OF: Readonly<Record<PartStatus, BoxesResult>> = {
  exact: BOXES,
  before: { ...BOXES, evidence },
  differs: { ...BOXES, mismatches: 2, first: { index: 1, field: 'x0', expected: 3, actual: 4 } },
  failed: { ...BOXES, mismatches: 3, error: failure },
  unsteady: { ...BOXES, unsteady: true },
  notRun: { ...BOXES, mismatches: 3, error: 'not run: the run ended', notRun: true },
}

const make = (
  layers: readonly LayerResult[],
  boxes: BoxesResult | null = null,
  own: Partial<SimResult> = {},
) => ({
  ...HEAD,
  network: layers.map(({ name, op, shape }) => ({ name, op, shape, inputs: [] })),
  ...conclude({ layers, boxes }, 1),
  ...{ layers, boxes, replay: null, waveform: null, pictures: [] },
  ...own,
})

const seeded = (...seeds: readonly LayerResult[]): LayerResult =>
  joinSeeds(seeds.map((layer, index) => withSeed(layer, index + 1)))

const green = makeLayer('a')
const shard = (seed: number, layer: LayerResult, boxes: BoxesResult = BOXES) =>
  makeReport(seed, [withSeed(layer, seed)], withSeed(boxes, seed), SEEDED)

const KINDS: readonly (readonly [string, SimResult])[] = [
  ['green', make([green, makeLayer('b')], BOXES)],
  ['green, without boxes', make([green])],
  ['boxes alone', make([], BOXES)],
  ['boxes alone, red', make([], BOXES_OF.differs)],
  ...(Object.keys(LAYERS) as PartStatus[]).map(
    (status) => [`a layer: ${status}`, make([green, LAYERS[status]])] as const,
  ),
  ...(Object.keys(BOXES_OF) as PartStatus[]).map(
    (status) => [`all layers exact, the boxes: ${status}`, make([green], BOXES_OF[status])] as const,
  ),
  ['proved before, boxes red', make([LAYERS.before], BOXES_OF.differs)],
  ['proved before, all of it', make([LAYERS.before], BOXES_OF.before)],
  ['stray words alone', make([green, STRAY], BOXES)],
  ['lost words alone', make([{ ...green, lost: 0 }, LOST], BOXES)],
  ['one layer of every status, boxes red', make([...ALL, STRAY, LOST], BOXES_OF.failed)],
  ['exact from two seeds', make([seeded(green, green)])],
  ['red from one seed of two', make([seeded(green, makeLayer('a', 3))])],
  ['unsteady from one seed of two', make([seeded({ ...green, unsteady: true }, green)])],
  ['a shard', { ...make([green]), shard: makeReport(1, [green]).result.shard! }],
  ['merged, with seeds', mergeShards([shard(1, green), shard(2, green)]).result],
  ['merged, red from a seed', mergeShards([shard(1, green), shard(2, makeLayer('a', 2))]).result],
  ['merged, a shard missing', mergeShards([shard(1, green)]).result],
  ['merged, boxes red', mergeShards([shard(1, green), shard(2, green, BOXES_OF.differs)]).result],
  [
    "somebody else's module",
    make([green, LAYERS.differs], null, {
      run: { ...HEAD.run, engine: { ...HEAD.run.engine, inputLanes: 0, outputLanes: 0, pixels: 0 } },
    }),
  ],
]

/** What a reader of one format takes from it. */
interface Reading {
  readonly verdict: 'exact' | 'mismatch'
  /** Names of red parts, in their order; `q_NMS` for the boxes. */
  readonly red: readonly string[]
  readonly parts: number
}

const expected = ({ layers, boxes, verdict }: SimResult): Reading => ({
  verdict,
  red: [
    ...layers.filter(isRed).map(({ name }) => name),
    ...(boxes !== null && isRed(boxes) ? ['q_NMS'] : []),
  ],
  parts: layers.length + (boxes === null ? 0 : 1),
})

interface JunitCase {
  readonly '@_name': string
  readonly failure?: object
  readonly error?: object
}

function readJunit(text: string): Reading & { readonly counts: Partial<Counts>; readonly closing: string } {
  expect(XMLValidator.validate(text)).toBe(true)
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'testcase' })
  const { testsuites } = parser.parse(text)
  const { testsuite } = testsuites
  const cases: readonly JunitCase[] = testsuite.testcase
  const red = cases.filter((one) => 'failure' in one || 'error' in one)
  for (const suite of [testsuites, testsuite]) {
    expect(Number(suite['@_tests'])).toBe(cases.length)
    expect(Number(suite['@_failures'])).toBe(cases.filter((one) => 'failure' in one).length)
    expect(Number(suite['@_errors'])).toBe(cases.filter((one) => 'error' in one).length)
    expect(Number(suite['@_skipped'])).toBe(0)
  }
  const failures = Number(testsuites['@_failures'])
  return {
    verdict: red.length === 0 ? 'exact' : 'mismatch',
    red: red.map((one) => one['@_name']),
    parts: cases.length,
    counts: { differs: failures, failed: red.length - failures },
    closing: testsuite['system-out'],
  }
}

const verdictOf = (text: string): 'exact' | 'mismatch' => {
  const proved = /(^|\W)Proved: /.test(text)
  expect(proved).not.toBe(text.includes('Not proved: '))
  return proved ? 'exact' : 'mismatch'
}

function readTerminal(text: string): Reading {
  const rows = text.split('\n\n')[0]!.split('\n').slice(2)
  const red = rows.filter((row) => /(DIFFERS|FAILED|UNSTEADY|NOT RUN)$/.test(row))
  for (const row of rows) expect(row).toMatch(/(exact|before|DIFFERS|FAILED|UNSTEADY|NOT RUN)$/)
  const boxes = /^q_NMS {2}.*/m.exec(text)
  const flat = text.replaceAll('\n', ' ')
  const boxesRed = boxes !== null && !/q_NMS {2}[^:]*: all \d+ boxes equal/.test(flat)
  return {
    verdict: verdictOf(text),
    red: [...red.map((row) => row.split(/\s/)[0]!), ...(boxesRed ? ['q_NMS'] : [])],
    parts: rows.length + (boxes === null ? 0 : 1),
  }
}

function readHtml(html: string): Reading {
  const table = /<section id="layers".*?<\/section>/s.exec(html)![0]
  const rows = table.split('<tbody>')[1]!.match(/<tr.*?<\/tr>/gs)!
  const nameOf = (row: string): string => /<button[^>]*>(.*?)<\/button>/.exec(row)![1]!.replace('&gt;', '>')
  const red = rows.filter((row) => /<td class="bad">✗ (differs|failed|unsteady|not run)</.test(row))
  const good = rows.filter((row) => /<td class="good">✓ (exact|before)</.test(row))
  expect(red.length + good.length).toBe(rows.length)
  const header = /<header class="(good|bad)">.*?<\/header>/s.exec(html)!
  const verdict = verdictOf(header[0])
  expect(header[1]).toBe(verdict === 'exact' ? 'good' : 'bad')
  expect(header[0].includes(': bit-exact</h1>')).toBe(verdict === 'exact')
  return { verdict, red: red.map(nameOf), parts: rows.length }
}

function readSummary(text: string): Reading {
  const rows = text.split('<details>')[1]!.match(/^\| [✅❌] <code>.*$/gmu) ?? []
  const boxes = /^(?:✅|❌) \*\*q\\?_NMS\*\*/mu.exec(text)
  const name = (row: string): string => /<code>(.*?)<\/code>/.exec(row)![1]!
  return {
    verdict: verdictOf(text),
    red: [
      ...rows.filter((row) => row.startsWith('| ❌')).map(name),
      ...(boxes?.[0].startsWith('❌') === true ? ['q_NMS'] : []),
    ],
    parts: rows.length + (boxes === null ? 0 : 1),
  }
}

describe.each(KINDS)('%s', (_, result) => {
  const want = expected(result)

  test('the verdict follows from the parts, and the counts add up', () => {
    expect(want.verdict).toBe(want.red.length === 0 ? 'exact' : 'mismatch')
    const { exact, before, ...red } = result.counts
    expect(exact + before + Object.values(red).reduce((sum, count) => sum + count, 0)).toBe(want.parts)
    expect(Object.values(red).reduce((sum, count) => sum + count, 0)).toBe(want.red.length)
    expect(result.counts).toEqual(countParts(result))
  })

  test('report.json', () => {
    const { verdict, counts, layers, boxes } = parseReport(renderReport(result), 'report.json')
    expect(expected({ ...result, verdict, layers, boxes })).toEqual(want)
    expect(counts).toEqual(result.counts)
  })

  test('JUnit', () => {
    const { counts, closing, ...reading } = readJunit(renderJunit(result))
    expect(reading).toEqual(want)
    const { differs, unsteady, failed, notRun } = result.counts
    expect(counts).toEqual({ differs: differs + unsteady, failed: failed + notRun })
    expect(verdictOf(closing)).toBe(want.verdict)
  })

  test('the terminal', () => {
    const text = renderSimResult(result, (_style, line) => line)
    expect(readTerminal(text)).toEqual(want)
    expect([want.verdict, text.includes('Nothing changed')]).not.toEqual(['mismatch', true])
  })

  test('GitHub', () => {
    expect(readSummary(renderSummary(result))).toEqual(want)
    const titles = renderAnnotations(result).map((line) => /title=(.*?)%3A/.exec(line)![1]!)
    expect(titles).toEqual(want.red)
  })

  test('HTML', () => {
    const html = renderPage(result)
    expect(readHtml(html)).toEqual(want)
    expect(html).not.toContain('<script>alert')
  })

  test('each part is called by its status', () => {
    const text = renderSimResult(result, (_style, line) => line)
    expect(text).toContain(result.verdict === 'exact' ? 'Proved: ' : 'Not proved: ')
    for (const layer of result.layers) {
      const status = statusOf(layer) === 'notRun' ? 'not run' : statusOf(layer)
      const word = isRed(layer) ? status.toUpperCase() : status
      expect(text).toMatch(new RegExp(`^${layer.name.replace('>', '.')} .*${word}$`, 'm'))
    }
  })
})

describe('an empty proof', () => {
  test('is none', () => {
    expect(() => conclude({ layers: [], boxes: null }, 0)).toThrow('nothing was compared')
  })
})

describe('totals', () => {
  test('a layer counts once, however many seeds it ran from, and boxes count', () => {
    const { totals } = make([seeded(green, green, green), makeLayer('b')], BOXES)
    expect(totals).toMatchObject({ layers: 2, elements: 48, cycles: 207, macs: 20, simSeconds: 2.1 })
  })

  test('what was proved before takes no time', () => {
    expect(make([LAYERS.before, green], BOXES_OF.before).totals.simSeconds).toBe(0.5)
  })
})
