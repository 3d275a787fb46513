/** A result that comes from a file may say anything: wrong types are refused by field. What its texts become is in hostile-texts.test.ts. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderPage } from '../../src/report/html/page.ts'
import { mergeShards } from '../../src/result/merge.ts'
import { parseReport, parseResult, renderReport } from '../../src/result/report-file.ts'
import type { SimResult } from '../../src/result/result.ts'
import { holdAgainst, refusalOf } from '../schemas/hold-against.ts'
import { fullReport } from './full-report.ts'
import { at, type Json, listPlaces, put, write } from './json-places.ts'
import { makeReport } from './shard-reports.ts'

const json = JSON.parse(JSON.stringify(fullReport)) as Json
const places = listPlaces(json)

const parse = (value: Json): SimResult => parseResult(JSON.stringify(value), 'sim.json')

test('the result that is changed here is itself accepted', () => {
  expect(parse(json)).toEqual(json)
  expect(places.length).toBeGreaterThan(200)
})

test('every field of the schema is in it', () => {
  const names = (schema: unknown): readonly string[] =>
    typeof schema !== 'object' || schema === null
      ? []
      : Object.entries(schema).flatMap(([key, inner]) => [
          ...(key === 'properties' ? Object.keys(inner as object) : []),
          ...names(inner),
        ])
  const described = names(JSON.parse(readFileSync('docs/report.schema.json', 'utf8')))
  expect(described.length).toBeGreaterThan(100)
  const there = new Set<unknown>(['format', 'version', ...places.flat()])
  expect(described.filter((name) => !there.has(name))).toEqual([])
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

const REPORT = JSON.parse(renderReport(fullReport)) as Json
const INSIDE = listPlaces(REPORT)
const holds = holdAgainst('report')

test('a field that is gone is missing by name; one that a later version adds is kept', () => {
  const fields = INSIDE.filter((path) => typeof path.at(-1) === 'string')
  const needed = fields.filter((path) => {
    const [key, above] = [path.at(-1)!, path.slice(0, -1)]
    const { [key]: _, ...rest } = at(REPORT, above) as Record<string, Json>
    const place = above.length === 0 ? '' : `${write(above)}: `
    const without = put(REPORT, above, rest)
    const isNeeded = holds(without).length > 0
    expect(refusalOf(() => parseReport(JSON.stringify(without), 'report.json'))).toMatch(
      isNeeded
        ? `report.json: ${place}${key} ${above.length === 0 && /^(format|version)$/.test(`${key}`) ? '' : 'is missing'}`
        : /^$/,
    )
    const more = put(REPORT, above, { ...rest, [key]: at(REPORT, path), later: [{ a: 1 }] })
    expect(parseReport(JSON.stringify(more), 'report.json')).toEqual(more)
    return isNeeded
  })
  expect(needed.length).toBeGreaterThan(150)
})

test('a report that is cut short anywhere is refused', () => {
  const text = renderReport(fullReport)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length - 3 }), (end) => {
      expect(() => parseReport(text.slice(0, end), 'report.json')).toThrow(/^report\.json: is not JSON/)
    }),
  )
})

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

test('no name of a layer reaches the prototype of anything', () => {
  const layers = ['__proto__', 'constructor'].map((name) => ({ ...fullReport.layers[0]!, name }))
  const { result } = mergeShards([makeReport(1, layers)])
  expect(result.verdict).toBe('mismatch')
  expect(renderPage({ ...fullReport, layers }).length).toBeGreaterThan(0)
})
