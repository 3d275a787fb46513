/** A result that comes from a file may say anything: wrong types are refused by field, and no text becomes markup. */

import fc from 'fast-check'
import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { renderAnnotations, renderErrorAnnotation, renderSummary } from '../../src/report/github.ts'
import { renderPage } from '../../src/report/html/page.ts'
import { renderJunit, renderJunitError } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { mergeShards } from '../../src/result/merge.ts'
import { parseReport, parseResult, renderReport } from '../../src/result/report-file.ts'
import type { SimResult } from '../../src/result/result.ts'
import { holdAgainst, refusalOf } from '../schemas/hold-against.ts'
import { makeRun } from './broken-run.ts'
import { makeReport, PLAN, withSeed } from './shard-reports.ts'

const red = makeRun(['model.2.cv2'])
const [first, second, third] = [
  red.layers[0]!,
  red.layers[1]!,
  red.layers.find(({ mismatches }) => mismatches > 0)!,
]
/** Every kind of field once. */
const full: SimResult = {
  ...red,
  layers: [
    { ...withSeed(first, 1), evidence: { key: 'e'.repeat(64), provedAt: '2026', before: true } },
    { ...second, unsteady: true, lost: 3 },
    third,
    { ...second, name: 'late', error: 'not run', notRun: true },
  ],
  boxes: { ...red.boxes!, mismatches: 1, first: { index: 1, field: 'x0', expected: 1, actual: 2 } },
  waveform: { layer: 'a', file: 'a.fst', save: 'a.gtkw', fromCycle: 1, cycle: 2, toCycle: 3 },
  pictures: ['a.png'],
  replay: { layer: third.name, alone: true, result: third },
  network: red.network.slice(0, 3),
  shard: { ...PLAN, index: 1, inputs: 'b'.repeat(64) },
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type Path = readonly (string | number)[]

/** Every place in a value: of lists the first two items. */
function listPlaces(value: Json, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  const inside = Object.entries(value).flatMap(([name, own]) => {
    const key = Array.isArray(value) ? Number(name) : name
    return Array.isArray(value) && Number(name) > 3 ? [] : listPlaces(own as Json, [...at, key])
  })
  return at.length === 0 ? inside : [at, ...inside]
}

/** A copy in which the value at a place is another. */
function put(value: Json, [key, ...rest]: Path, own: Json): Json {
  if (key === undefined) return own
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  const fields = copy as Record<string | number, Json>
  fields[key] = put(fields[key]!, rest, own)
  return copy as Json
}

const at = (value: Json, path: Path): Json =>
  path.reduce<Json>((inner, key) => (inner as Record<string | number, Json>)[key]!, value)

const json = JSON.parse(JSON.stringify(full)) as Json
const places = listPlaces(json)

/** `layers[0].name`. */
const write = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1)

const parse = (value: Json): SimResult => parseResult(JSON.stringify(value), 'sim.json')

test('the result that is changed here is itself accepted', () => {
  expect(parse(json)).toEqual(json)
  expect(places.length).toBeGreaterThan(200)
})

test('a wrong type is refused by file and field, wherever it is', () => {
  for (const path of places) {
    const own = at(json, path)
    const wrong: Json = own === null ? true : typeof own === 'object' ? 'text' : { no: 1 }
    const refused = new RegExp(
      `^sim\\.json: ${write(path).replaceAll(/[[\].]/g, '\\$&')}: expected .+, got (an object|"text"|true)\\. Another`,
    )
    expect(() => parse(put(json, path, wrong))).toThrow(refused)
  }
})

test('a field that is gone is missing by name; one that a later version adds is kept', () => {
  const needed = places.filter(
    (path) => !/^(\d+|lost|evidence|seeds|unsteady|notRun|shard|seed)$/.test(`${path.at(-1)}`),
  )
  expect(needed.length).toBeGreaterThan(150)
  for (const path of needed) {
    const [key, above] = [path.at(-1)!, path.slice(0, -1)]
    const { [key]: _, ...rest } = at(json, above) as Record<string, Json>
    const place = above.length === 0 ? '' : `${write(above)}: `
    expect(() => parse(put(json, above, rest))).toThrow(`sim.json: ${place}${key} is missing`)
    const more = put(json, above, { ...rest, [key]: at(json, path), later: [{ a: 1 }] })
    expect(parse(more)).toEqual(more)
  }
})

test('a report that is cut short anywhere is refused', () => {
  const text = renderReport(full)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length - 3 }), (end) => {
      expect(() => parseReport(text.slice(0, end), 'report.json')).toThrow(/^report\.json: is not JSON/)
    }),
  )
})

const REPORT = JSON.parse(renderReport(full)) as Json
const INSIDE = listPlaces(REPORT)
const holds = holdAgainst('report')

test('the published schema and the check agree on any value at any place', () => {
  fc.assert(
    fc.property(fc.constantFrom(...INSIDE), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
      const changed = put(REPORT, path, value as Json)
      const refusal = refusalOf(() => parseReport(JSON.stringify(changed), 'report.json'))
      expect(refusal).toMatch(holds(changed).length === 0 ? /^$/ : /^InputError: report\.json: /)
    }),
    { numRuns: 500 },
  )
})

describe('text in any field', () => {
  const ATTACK = '\u0000\u001b[2J"><script>alert(1)</script>\r\n::error::forged ]]> %0A & |'
  const texts = places.filter((path) => typeof at(json, path) === 'string')
  // What is one of a list of words stays one.
  const free = texts.filter(
    (path) => !/verdict|mode$|kind\.name|first\.field|shard\.plan.*kind|simulator/.test(write(path)),
  )
  const hostile = free.reduce((value, path) => put(value, path, ATTACK), json) as unknown as SimResult

  test('is text in every output', () => {
    expect(free.length).toBeGreaterThan(40)
    const page = renderPage(hostile)
    expect(page).not.toContain('<script>alert')
    expect(page).not.toMatch(/="[^"]*"><script>/)
    expect(XMLValidator.validate(renderJunit(hostile))).toBe(true)
    expect(XMLValidator.validate(renderJunitError('sim', ATTACK))).toBe(true)
    const summary = renderSummary(hostile)
    expect(summary).not.toContain('<script>')
    for (const line of [...renderAnnotations(hostile, 'rtl'), renderErrorAnnotation('sim', ATTACK)]) {
      expect(line).not.toMatch(/[\r\n]/)
      expect(line.match(/^::error /g)).toHaveLength(1)
    }
    const terminal = renderSimResult(hostile, (_, line) => line)
    expect(terminal).toContain('Not proved')
    expect(terminal).not.toMatch(/(?!\n)\p{Cc}/u)
    expect(terminal).not.toMatch(/^::error/m)
  })

  test('no name of a layer reaches the prototype of anything', () => {
    const layers = ['__proto__', 'constructor'].map((name) => ({ ...first, name }))
    const { result } = mergeShards([makeReport(1, layers)])
    expect(result.verdict).toBe('mismatch')
    expect(renderPage({ ...full, layers }).length).toBeGreaterThan(0)
  })
})
