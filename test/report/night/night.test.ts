/** The reports of a night: what the page does in a browser, and that no text of a file becomes more than text. */
import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { compareNights } from '../../../src/regress/compare.ts'
import { recordNight } from '../../../src/regress/history.ts'
import type { Night } from '../../../src/regress/night.ts'
import { renderNightAnnotations, renderNightSummary } from '../../../src/report/night/github.ts'
import { renderNightJunit } from '../../../src/report/night/junit.ts'
import { makeMatrix } from '../../../src/report/night/matrix.ts'
import { renderNightPage } from '../../../src/report/night/page.ts'
import { renderNight } from '../../../src/report/night/terminal.ts'
import { nameNights } from '../../../src/report/night/trends.ts'
import { isRedNight, viewNight } from '../../../src/report/night/view.ts'
import { concludeNight, describeComparison } from '../../../src/report/night/words.ts'
import { fault, makeNight, sha } from '../../regress/nights.ts'
import { needs } from '../../witness.ts'
import { askPage } from '../chromium.ts'

const view = (night: Night) => viewNight(night, null, [])
const shape = { images: 3, bits: [8, 4], seeds: 2 }
/** 6 entries that differ at model.1, 2 that are late, 4 exact ones. */
const red = makeNight({
  ...shape,
  fate: ({ axes, run }) =>
    axes.bits === '8'
      ? { status: 'differs', fault: fault() }
      : run === 5
        ? { status: 'late', fault: fault({ layer: null, kind: null, message: 'ended after 300 s' }) }
        : {},
})

describe('what a night proved', () => {
  const say = (fates: readonly Night['entries'][number]['status'][]): string =>
    concludeNight(
      view(
        makeNight({
          images: fates.length,
          fate: ({ run }) => ({
            status: fates[run]!,
            fault: ['exact', 'before'].includes(fates[run]!) ? null : fault({ layer: null }),
          }),
        }),
      ),
    )

  test.each([
    [['exact'] as const, 'Proved: the entry of nightly is bit-exact.'],
    [['exact', 'exact'] as const, 'Proved: all 2 entries of nightly are bit-exact.'],
    [
      ['exact', 'before'] as const,
      'Proved: all 2 entries of nightly are bit-exact, 1 of them unchanged since they were.',
    ],
    [['differs', 'exact'] as const, 'Not proved: 1 of 2 entries differs; 1 cause.'],
    [
      ['differs', 'differs', 'failed', 'late'] as const,
      'Not proved: 2 of 4 entries differ, 1 did not run to its end, 1 ran out of time; 3 causes.',
    ],
    [
      ['error', 'notRun', 'exact'] as const,
      'Not proved: no entry differs, but 1 of 3 entries came to no result, 1 did not run; 2 causes.',
    ],
  ])('%j', (fates, text) => {
    expect(say(fates)).toBe(text)
  })

  test('the first cause names its layer', () => {
    expect(concludeNight(view(red))).toBe(
      'Not proved: 6 of 12 entries differ, 2 ran out of time; 2 causes, the first at model.1.',
    )
  })
})

test('the comparison, a sentence each', () => {
  const before = makeNight({ ...shape, own: { name: 'nightly', startedAt: '2026-06-30T12:00:00.000Z' } })
  const older = {
    ...before,
    runs: before.runs.map((run) => ({ ...run, rtlHash: sha('old') })),
    designs: before.designs.map((design) => ({
      ...design,
      cycles: { 'model.0': 900, 'model.1': 600 },
      exercised: { rounding: 4 },
    })),
  }
  expect(describeComparison(compareNights(red, older, null))).toEqual([
    'Against the night of 2026-06-30 12:00 UTC, commit cccccccccccc: 6 new red, 0 fixed, 0 still red, 0 unsteady, 2 not run.',
    expect.stringMatching(/^6 new red: images\/000000\.png W8A8 isolated seed 1, .* and 1 more$/),
    expect.stringMatching(/^2 without a result: images\/000002\.png W4A4/),
    '2 layers slower: model.0 of shapes W8A8 isolated (900 to 1,000, +11.1 %), model.0 of shapes W4A4 isolated (900 to 1,000, +11.1 %)',
    '2 layers faster: model.1 of shapes W8A8 isolated (600 to 500, -16.7 %), model.1 of shapes W4A4 isolated (600 to 500, -16.7 %)',
    'Exercised less: rounding of shapes W8A8 isolated (in 4 layers, now 3), rounding of shapes W4A4 isolated (in 4 layers, now 3)',
    'Times: night 1 min 0 s (was 1 min 0 s), builds 3.00 s (was 3.00 s), simulation 6.00 s (was 6.00 s).',
  ])
})

describe('the matrix', () => {
  test('the longest axis by the combinations of the others', () => {
    const matrix = makeMatrix(view(red))!
    expect(matrix).toMatchObject({ axis: 'image', across: ['bits'], columns: [['8'], ['4']], left: 0 })
    expect(
      matrix.rows.map(({ name, cells }) => [name, cells.map(({ all, red, none }) => [all, red, none])]),
    ).toEqual([
      [
        'images/000000.png',
        [
          [2, 2, 0],
          [2, 0, 0],
        ],
      ],
      [
        'images/000001.png',
        [
          [2, 2, 0],
          [2, 0, 0],
        ],
      ],
      [
        'images/000002.png',
        [
          [2, 2, 0],
          [2, 2, 2],
        ],
      ],
    ])
  })

  test('of too many columns the widest axis is added up; of too many rows red ones stay', () => {
    const bits = Array.from({ length: 13 }, (_, index) => index)
    const wide = makeMatrix(view(makeNight({ images: 14, bits, modes: ['a', 'b'] })))!
    expect(wide).toMatchObject({ axis: 'image', across: ['mode'], columns: [['a'], ['b']] })
    expect(wide.rows[0]!.cells[0]).toEqual({ all: 13, red: 0, none: 0 })
    const long = makeNight({
      images: 210,
      fate: ({ run }) => (run === 209 ? { status: 'differs', fault: fault() } : {}),
    })
    const { rows, left } = makeMatrix(view(long))!
    expect([rows.length, left, rows[0]!.name]).toEqual([200, 10, 'images/000209.png'])
    expect(makeMatrix(view(makeNight({ images: 1, seeds: 3 })))).toBeNull()
  })
})

describe('on GitHub', () => {
  test('more causes than GitHub shows are counted; a summary keeps to its room', () => {
    const night = makeNight({
      images: 12,
      fate: ({ run }) => ({ status: 'differs', fault: fault({ layer: `l${run}` }) }),
    })
    const annotations = renderNightAnnotations(view(night))
    expect(annotations).toHaveLength(10)
    expect(annotations[0]).toMatch(
      /^::error title=1 entry differs at l0%3A off by one%3A rounding::images\/000000\.png/,
    )
    expect(annotations[9]).toMatch(/^::error title=3 more::Not proved: 12 of 12/)
    const summary = renderNightSummary(view(night), 2000)
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(2000)
    expect(summary).toMatch(/cut off/)
    expect(renderNightSummary(view(makeNight()))).toMatch(/^## ✅ assay: nightly\n\nProved: /)
  })
})

test('a red entry that other power-ups of its run do not show says so', () => {
  const some = makeNight({
    ...{ images: 1, seeds: 4 },
    fate: ({ axes }) => (axes.seed === '3' ? { status: 'differs', fault: fault() } : {}),
  })
  const said = 'The same run is exact from seeds 1..2, 4: it reads what nothing has written or reset.'
  const oneLine = (text: string): string => text.replace(/\s+/g, ' ')
  expect(oneLine(renderNight(view(some)))).toContain(said)
  expect(renderNightSummary(view(some))).toContain('exact from seeds 1..2, 4')
  expect(oneLine(renderNight(view(red)))).not.toContain('The same run is exact')
})

test('a green night on changed files is no proof of the commit', () => {
  const { origin, ...night } = makeNight()
  const said = (dirty: boolean | null): string =>
    concludeNight(view({ ...night, origin: { ...origin, commit: 'c'.repeat(40), dirty } }))
  expect(said(true)).toContain('bit-exact. It ran on commit cccccccccccc with uncommitted changes.')
  expect(said(false)).not.toContain('commit')
})

const RUN = "document.documentElement.dataset.ran='yes'"
const ATTACK = `<script>${RUN}</script>"><img src=x onerror="${RUN}">'>-->]]>\u001b[31m\u202e\u0000\r\n::error::forged\n# head | a | *b* \`c\``
/** Hostile text in every field that is one. */
const attack = (text: string): string => `${text}${ATTACK}`
const hostile: Night = {
  ...red,
  name: attack('n'),
  ...{ assay: attack('a'), node: attack('n'), verilator: attack('v') },
  plan: { ...red.plan, file: attack('p') },
  origin: {
    commit: attack('c'),
    dirty: true,
    folder: attack('f'),
    command: [attack('sim')],
    host: attack('h'),
  },
  entries: red.entries.map((entry) => ({
    ...entry,
    name: attack(entry.name),
    axes: Object.fromEntries(Object.entries(entry.axes).map(([axis, value]) => [axis, attack(value)])),
    fault: entry.fault && { ...entry.fault, layer: attack('l'), kind: attack('k'), message: attack('m') },
  })),
  runs: red.runs.map((run) => ({
    ...run,
    ...{ words: [attack('--bits')], folder: attack('d'), error: attack('e'), host: attack('o') },
    waveform: `javascript:${RUN}//${ATTACK}`,
  })),
  designs: red.designs.map((design) => ({ ...design, name: attack(design.name) })),
}
const hostileView = viewNight(hostile, compareNights(hostile, red, 0), [
  recordNight(hostile, sha),
  recordNight(hostile, sha),
])
const HIDDEN = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_C}\p{NChar}]/u

describe('hostile text', () => {
  test('is text on a terminal, in JUnit and on GitHub', () => {
    const terminal = renderNight(hostileView)
    expect(terminal).not.toMatch(HIDDEN)
    expect(terminal).not.toMatch(/^\s*::|##\[/m)
    const junit = renderNightJunit(hostileView)
    expect(XMLValidator.validate(junit)).toBe(true)
    expect(junit).not.toMatch(HIDDEN)
    const summary = renderNightSummary(hostileView)
    expect(summary).not.toMatch(HIDDEN)
    expect(summary).not.toMatch(/<(script|img)|^# head/m)
    for (const line of renderNightAnnotations(hostileView)) expect(line).not.toMatch(/[\n\r]|\p{Cc}/u)
    expect(isRedNight(hostileView)).toBe(true)
  })
})

test.each([
  [
    ['2026-07-01T01:30:00.000Z', '2026-07-02T01:30:00.000Z'],
    ['2026-07-01', '2026-07-02'],
  ],
  [
    ['2026-07-01T01:30:00.000Z', '2026-07-01T13:30:00.000Z'],
    ['07-01 01:30', '07-01 13:30'],
  ],
])('the dates of two nights', (times, names) => {
  expect(nameNights(times.map((startedAt) => ({ startedAt })))).toEqual(names.map((name, at) => [at, name]))
})

test('of many nights the first, the last and two between have their dates', () => {
  const times = Array.from({ length: 60 }, (_, at) => new Date(Date.UTC(2026, 0, 1 + at)).toISOString())
  expect(nameNights(times.map((startedAt) => ({ startedAt })))).toEqual([
    [0, '2026-01-01'],
    [20, '2026-01-21'],
    [39, '2026-02-09'],
    [59, '2026-03-01'],
  ])
})

needs('chromium', 'the page in a browser', () => {
  const page = renderNightPage({
    ...view(red),
    records: [recordNight(makeNight(shape), sha), recordNight(red, sha)],
  })
  const ask = (script: string, width = 1280, html = page) => askPage(html, script, width)

  test('entries by cause, by words, red or all; a line of each red one', () => {
    expect(
      ask(`(() => {
        const rows = () => [...document.querySelectorAll('.entries li')].map((row) => row.querySelector('strong').textContent)
        const lines = () => [...document.querySelectorAll('.entries pre')].map((line) => line.textContent)
        const first = { rows: rows().length, line: lines()[1], href: document.querySelector('.entries a').getAttribute('href') }
        document.querySelector('[data-cause="1"]').click()
        const late = { rows: rows(), line: lines()[0], said: document.querySelector('#list [role=status]').textContent }
        document.querySelector('#list button').click()
        document.getElementById('only-red').click()
        const all = rows().length
        const search = document.getElementById('search')
        search.value = '000001 W4A4 '
        search.dispatchEvent(new Event('input'))
        return { first, late, all, found: rows(), charts: document.querySelectorAll('.trends svg').length, complaints }
      })()`),
    ).toEqual({
      first: {
        rows: 8,
        line: `git checkout ${'c'.repeat(40)} && npx --no-install assay sim --image images/000000.png --bits 8 --mode isolated --seeds 2 --layers model.1`,
        href: `runs/${red.runs[0]!.id}/`,
      },
      late: {
        rows: ['images/000002.png W4A4 isolated seed 1', 'images/000002.png W4A4 isolated seed 2'],
        line: `git checkout ${'c'.repeat(40)} && npx --no-install assay sim --image images/000002.png --bits 4 --mode isolated --seeds 1`,
        said: '2 of 12 entries with this cause: 2 entries ran out of time: ended after 300 s',
      },
      all: 12,
      found: ['images/000001.png W4A4 isolated seed 1', 'images/000001.png W4A4 isolated seed 2'],
      charts: 2,
      complaints: [],
    })
  })

  test('a button copies the line beside it, or chooses it', () => {
    const answer = ask(`(async () => {
      const button = document.querySelector('[data-copy]')
      button.click()
      for (let turn = 0; turn < 100 && button.textContent === 'Copy'; turn++) await new Promise((done) => setTimeout(done, 10))
      return { chosen: getSelection().toString(), line: button.previousElementSibling.textContent, said: button.textContent, complaints }
    })()`) as { chosen: string; line: string; said: string }
    expect(answer).toMatchObject({
      complaints: [],
      said: expect.stringMatching(/^(Copied|Press Ctrl-C)$/) as string,
    })
    expect(answer.chosen.replace(/\s+/g, ' ').trim()).toBe(answer.line)
  })

  test('no part is wider than a telephone; a green page stands, too', () => {
    const width = `({ page: document.documentElement.scrollWidth, complaints })`
    expect(ask(width, 390)).toEqual({ page: 390, complaints: [] })
    expect(ask(width, 390, renderNightPage(view(makeNight(shape))))).toEqual({ page: 390, complaints: [] })
  })

  test('the dates of the history can be read on a telephone, and none covers another', () => {
    const records = Array.from({ length: 60 }, (_, at) =>
      recordNight(makeNight({ own: { startedAt: new Date(Date.UTC(2026, 0, 1 + at)).toISOString() } }), sha),
    )
    const places = `(() => [...document.querySelectorAll('.trends text')].filter((text) => /^2026-/.test(text.textContent)).map((text) => {
      const { left, right, height } = text.getBoundingClientRect()
      return [text.textContent, left, right, height]
    }))()`
    for (const width of [390, 1280]) {
      const found = ask(places, width, renderNightPage({ ...view(red), records })) as readonly [
        string,
        number,
        number,
        number,
      ][]
      const plot = found.slice(0, 4)
      expect(plot.map(([name]) => name)).toEqual(['2026-01-01', '2026-01-21', '2026-02-09', '2026-03-01'])
      for (const [index, [, left, right, height]] of plot.entries()) {
        expect(left).toBeGreaterThan((plot[index - 1]?.[2] ?? 0) + 3)
        expect(right).toBeLessThan(width)
        expect(height).toBeGreaterThan(10)
      }
    }
  })

  test('hostile text runs nothing and leads nowhere', () => {
    expect(
      ask(
        `({ ran: document.documentElement.dataset.ran ?? 'no', images: document.images.length, links: [...document.querySelectorAll('a')].filter(({ href }) => !/^file:/.test(href)).length, complaints })`,
        1280,
        renderNightPage(hostileView),
      ),
    ).toEqual({ ran: 'no', images: 0, links: 0, complaints: [] })
  })
})
