/** Hostile text in every field of a report and of the files beside it: no writer lets it become more than text. */
import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { drawWaveform } from '../../src/bench/pictures/draw-waveform.ts'
import { summarise } from '../../src/mutation/score.ts'
import { renderAccuracy, renderClasses } from '../../src/report/accuracy-terminal.ts'
import {
  renderAnnotations,
  renderErrorAnnotations,
  renderErrorSummary,
  renderSummary,
} from '../../src/report/github.ts'
import { renderSaveFile } from '../../src/report/gtkwave.ts'
import { drawHistogram } from '../../src/report/histogram-svg.ts'
import { renderFile, renderIndex } from '../../src/report/html/coverage.ts'
import { renderMutationPage } from '../../src/report/html/mutation.ts'
import { type PageExtras, renderPage } from '../../src/report/html/page.ts'
import { renderJunit, renderJunitError } from '../../src/report/junit.ts'
import { plotBars, plotLines } from '../../src/report/plot-svg.ts'
import { renderSelftest } from '../../src/report/selftest.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import type { SimResult } from '../../src/result/result.ts'
import { needs } from '../witness.ts'
import { askPage } from './chromium.ts'
import { fullExtras, fullReport } from './full-report.ts'
import { at, type Json, listPlaces, put, write } from './json-places.ts'

const RUN = "document.documentElement.dataset.ran='yes'"
/** What ends a string, an element, a line, a cell or a command in one of the formats, and what a terminal obeys. */
const ATTACK = [
  `<script>${RUN}</script>`,
  `"><img src=x onerror="${RUN}">'>`,
  `</title></style></script></svg><svg onload=${RUN}>`,
  '--><!-- ]]> <![CDATA[ <?xml?> &lt; &#60; &',
  '\u0000\u0007\u001b[31m\u001b]0;title\u0007\u009b2J\u007f',
  '\u202e\u2066\u200f \u2028\u2029\u0085 \ud800 \ufffe',
  '\r\n\n::error::forged\n##[error]forged\n%0A::error::forged %25',
  '\n# head\n- item\n1. item\n> quote\n=====\n~~~\n```\n| a | b |\n*a* _b_ `c` [d](e) ![f](g) $h$ \\',
  '{{7*7}} javascript:alert(1)',
].join(' ')
const HIDDEN = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_C}\p{NChar}]/u

interface Input {
  readonly result: SimResult
  readonly extras: PageExtras
}
const json = JSON.parse(JSON.stringify({ result: fullReport, extras: fullExtras })) as Json
const places = listPlaces(json).filter(
  (path) => typeof at(json, path) !== 'object' || at(json, path) === null,
)
const ofType = (type: string) => places.filter((path) => typeof at(json, path) === type)
/** One word of a list of words: with another, the report is refused, and a writer may look for it in a table. */
const isWord = (path: readonly (string | number)[]): boolean =>
  /verdict$|mode$|kind\.name|plan\[\d\]\.kind|simulator|choice|unit$|boxes\.first\.field/.test(write(path))
const texts = ofType('string').filter((path) => !isWord(path))
const others = [...ofType('string').filter(isWord), ...ofType('number'), ...ofType('boolean')]

/** The same text everywhere that stood there, so that layers still find their inputs; each text is another. */
function replaceTexts(make: (id: number) => string): Json {
  const ids = new Map<unknown, number>()
  return texts.reduce((value, path) => {
    const before = at(json, path)
    if (!ids.has(before)) ids.set(before, ids.size)
    return put(value, path, make(ids.get(before)!))
  }, json)
}

const clean = replaceTexts((id) => `clean${id}`)
/** With fields that no writer knows, of hostile names, in every record. */
const addFields = (value: Json): Json =>
  Array.isArray(value)
    ? value.map(addFields)
    : typeof value !== 'object' || value === null
      ? value
      : Object.fromEntries([
          ...Object.entries(value).map(([key, own]) => [key, addFields(own)]),
          ...[ATTACK, '__proto__', 'toString'].map((key) => [key, ATTACK]),
        ])
const hostile = addFields(replaceTexts((id) => `${id}${ATTACK}${id}`))

const input = (value: Json): Input => value as unknown as Input
const plain = (_: string, line: string): string => line

const SVGS: readonly ((text: string) => string)[] = [
  (text) => drawHistogram({ title: text, origin: 0, width: 1, shares: [1], low: 0, high: 1 }),
  (text) =>
    String(
      plotLines({
        ...{ title: text, xLabel: text, yLabel: text, labels: [text] },
        series: [1, 2].map(() => ({ name: text, points: [[0, 1]] })),
      }),
    ),
  (text) =>
    String(
      plotBars({
        title: text,
        yLabel: text,
        names: [text],
        series: [1, 2].map(() => ({ name: text, values: [1] })),
      }),
    ),
  (text) =>
    drawWaveform({
      ...{ title: text, firstCycle: 0, markedCycle: 0, wrongRow: 0 },
      rows: [{ label: text, kind: 'bus', samples: [text, text] }],
    }),
]

/** The marks of a text that make its structure. */
const marksOf = (text: string, marks: RegExp): string => (text.match(marks) ?? []).join('')
/** Tags with the names of their attributes. */
const tagsOf = (text: string): readonly string[] =>
  (text.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'))

const WRITERS: Readonly<Record<string, (made: Input) => readonly string[]>> = {
  page: ({ result, extras }) => [renderPage(result, extras)],
  junit: ({ result }) => [renderJunit(result), renderJunitError('sim', result.model)],
  annotations: ({ result }) => [
    ...renderAnnotations(result, (problem) => problem),
    ...renderErrorAnnotations('sim', result.warnings ?? []),
  ],
  summary: ({ result }) => [renderSummary(result)],
  terminal: ({ result, extras }) => [
    renderSimResult(result, plain),
    renderAccuracy(extras.accuracy!, plain),
    renderClasses(extras.accuracy!),
    renderSelftest(extras.selftest!, plain),
  ],
  waveform: ({ result }) => [
    renderSaveFile({
      ...{ file: result.waveform!.file, save: result.waveform!.save, cycle: result.waveform!.cycle },
      groups: [{ title: result.layers[2]!.op, signals: ['TOP.clk_i'] }],
    }),
  ],
}

/** What holds for any input, whatever it is. */
const CHECKS: Readonly<Record<keyof typeof WRITERS, (text: string) => void>> = {
  page: (text) => {
    const [start, end] = text.split('<script type="application/json" id="data">') as [string, string]
    const data = end.slice(0, end.indexOf('</script>'))
    expect(data).not.toContain('<')
    expect(JSON.parse(data)).toHaveProperty('layers')
    // No text stands outside of quotes within a tag, and none begins one.
    const odd = (tag: string) =>
      !/^<(\/?[a-z]\w*|![a-z]+)( [\w:-]+(="")?)*\/?>$/i.test(tag) ||
      / on[a-z]+=|^<(script|base|form)/i.test(tag)
    expect(tagsOf(start).filter(odd)).toEqual([])
    expect(text).not.toMatch(HIDDEN)
  },
  junit: (text) => {
    expect(XMLValidator.validate(text)).toBe(true)
    expect(text).not.toMatch(HIDDEN)
    expect(text).not.toContain(']]>')
  },
  annotations: (line) => {
    expect(line).toMatch(
      /^::(error|warning) (file=[^:,\n]*,(line=[^:,\n]*,)?(col=[^:,\n]*,)?)?title=[^:,\n]*::[^\n]*$/,
    )
    // The runner decodes what is encoded: a percent sign of the text is one that it decodes to a percent sign.
    expect(line).not.toContain('%0A::error::forged %25 ')
    expect(line).not.toMatch(HIDDEN)
  },
  summary: (text) => {
    expect(text).not.toMatch(HIDDEN)
    expect(tagsOf(text).filter((tag) => !/^<\/?(code|details|summary)>$/.test(tag))).toEqual([])
  },
  terminal: (text) => {
    expect(text).not.toMatch(HIDDEN)
    expect(text).not.toMatch(/^\s*::|##\[/m)
  },
  waveform: (text) => expect(text).not.toMatch(HIDDEN),
}

function attempt<Value>(work: () => Value): Value | Error {
  try {
    return work()
  } catch (error) {
    return error as Error
  }
}

describe.each(Object.keys(WRITERS))('%s', (name) => {
  const of = (value: Json): readonly string[] => WRITERS[name]!(input(value))

  test('hostile text in all fields at once is text', () => {
    expect(texts.length).toBeGreaterThan(100)
    const written = of(hostile)
    expect(written.join('')).toContain('forged')
    for (const text of written) CHECKS[name]!(text)
  })

  test('in a field that holds a number or a word of a list: refused or text', () => {
    const written = others.map((path) => attempt(() => of(put(clean, path, ATTACK))))
    const faults = new Set(written.flatMap((one) => (one instanceof Error ? one.name : [])))
    expect([...faults].filter((fault) => fault !== 'RangeError' && fault !== 'TypeError')).toEqual([])
    const texts = written.flatMap((one) => (one instanceof Error ? [] : one))
    expect(texts.length).toBeGreaterThan(150)
    for (const text of texts) CHECKS[name]!(text)
  })
})

describe('the structure is that of a report without an attack', () => {
  const both = (name: keyof typeof WRITERS) => [clean, hostile].map((value) => WRITERS[name]!(input(value)))

  test.each(['page', 'junit'])('%s: the same tags with the same attributes', (name) => {
    const [cleanTags, hostileTags] = both(name).map((written) => written.map(tagsOf))
    expect(hostileTags).toEqual(cleanTags)
  })

  test('the summary: the same marks in the same lines', () => {
    const [cleanLines, hostileLines] = both('summary').map(([text]) =>
      text!.split('\n').map((line) => marksOf(line, /[\\|*_`[\]<~$]|^ *[#>+=-]+ ?|^ *\d+[.)]/g)),
    )
    expect(hostileLines).toEqual(cleanLines)
    const error = renderErrorSummary('sim', ATTACK, 1e6)
    expect(error).not.toMatch(HIDDEN)
    expect(marksOf(error, /[\\|*_`[\]<~$]|^ *[#>+=-]+ ?|^ *\d+[.)]/gm)).toBe('## ')
  })

  test('annotations, the save file of the waveform: as many lines', () => {
    for (const name of ['annotations', 'waveform']) {
      const [cleanLines, hostileLines] = both(name).map((written) => written.join('\n').split('\n').length)
      expect(hostileLines).toBe(cleanLines)
    }
  })

  test.each(SVGS.map((draw, index) => ({ index, draw })))('picture $index', ({ draw }) => {
    const picture = draw(ATTACK)
    expect(XMLValidator.validate(picture)).toBe(true)
    expect(picture).not.toMatch(HIDDEN)
    expect(tagsOf(picture)).toEqual(tagsOf(draw('clean')))
  })

  test('pages of coverage', () => {
    const share = { covered: 1, total: 2 }
    const pagesOf = (text: string) => {
      const file = { file: text, lines: share, branches: share, toggles: share }
      const point = { kind: 'branch', what: text, line: 1, column: 1, lines: [1], count: 0 } as const
      return [renderIndex([file]), renderFile(file, [point], text.replace(/\n/g, ' '))]
    }
    expect(pagesOf(ATTACK).map(tagsOf)).toEqual(pagesOf('clean').map(tagsOf))
    expect(pagesOf(ATTACK).join('')).not.toMatch(HIDDEN)
  })

  test('and of mutants', () => {
    const pageOf = (text: string) => {
      const mutant = { id: 1, file: text, line: 1, column: 1, operator: text, before: text, after: text }
      const explanation = {
        file: text,
        line: text,
        before: text,
        after: text,
        verdict: 'accepted',
        because: text,
      } as const
      const survivors = [null, explanation].map((own) => ({ ...mutant, source: text, explanation: own }))
      const score = { module: text, mutants: 2, killed: 0, survivors, seconds: 1 }
      const summary = summarise([score], [{ name: text, killed: 0, remarks: [text] }])
      return renderMutationPage(summary, new Map([[text, text.replace(/\n/g, ' ')]]))
    }
    expect(tagsOf(pageOf(ATTACK))).toEqual(tagsOf(pageOf('clean')))
    expect(pageOf(ATTACK)).not.toMatch(HIDDEN)
  })
})

needs('chromium', 'the page in Chromium', () => {
  /** Elements and their attributes, of the page and of its details for each layer. */
  const ELEMENTS = `(() => {
    const shapes = (root) => [...root.querySelectorAll('*')].map((one) => [one.tagName, ...one.getAttributeNames().sort()].join(' '));
    const page = shapes(document);
    const details = [...document.querySelectorAll('[data-select]')].map((button) => { button.click(); return shapes(document.querySelector('#details')) });
    return { page, details, complaints, ran: document.documentElement.dataset.ran ?? null, text: document.body.textContent.split('forged').length > 100 };
  })()`
  const ask = (value: Json) => {
    const { result, extras } = input(value)
    return askPage(renderPage(result, extras), ELEMENTS)
  }

  test('it has the elements and attributes of a page without an attack, and nothing ran', () => {
    const [expected, received] = [clean, hostile].map(ask) as [{ page: string[] }, object]
    expect(expected.page.length).toBeGreaterThan(200)
    expect(expected).toMatchObject({ complaints: [], ran: null, text: false })
    expect(received).toEqual({ ...expected, text: true })
  })

  test('nor in every number and word at once that the page takes unseen', () => {
    const render = (value: Json) => attempt(() => renderPage(input(value).result, input(value).extras))
    let taken = 0
    const attacked = others.reduce((value, path) => {
      const changed = put(value, path, ATTACK)
      if (render(changed) instanceof Error) return value
      taken++
      return changed
    }, clean)
    expect(taken).toBeGreaterThan(100)
    expect(ask(attacked)).toMatchObject({ complaints: [], ran: null })
  })
})
