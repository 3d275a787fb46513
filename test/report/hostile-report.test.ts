/** A result that comes from a file may say anything: wrong types are refused by field. What its texts become is in hostile-texts.test.ts. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkResult } from '../../src/pipeline/report/schema.ts'
import { renderPage } from '../../src/report/html/page.ts'
import { mergeShards } from '../../src/result/merge.ts'
import { fullReport } from './full-report.ts'
import { at, type Json, listPlaces, put, write } from './json-places.ts'
import { makeReport } from './shard-reports.ts'

// Any value passes for the remarks, which the schema does not name.
const json = JSON.parse(JSON.stringify({ ...fullReport, remarks: undefined })) as Json
const places = listPlaces(json)

test('the result that is changed here is itself accepted', async () => {
  expect(await checkResult(json, 'sim.json')).toEqual(json)
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

test('a wrong type is refused by file and field, wherever it is', async () => {
  for (const path of places) {
    const own = at(json, path)
    const wrong: Json = typeof own === 'object' && own !== null ? 'text' : { no: 1 }
    const refused = await checkResult(put(json, path, wrong), 'sim.json').then(
      () => '',
      (error: Error) => `${error.name} ${error.message}`,
    )
    expect([write(path), refused]).toEqual([write(path), expect.stringMatching(/^InputError sim\.json: /)])
    // A field that may be null is refused as the whole that may be one of two.
    const named = refused.slice('InputError sim.json: '.length).split(': ')[0]!
    expect(write(path).startsWith(named) || named.startsWith(write(path))).toBe(true)
  }
})

test('no name of a layer reaches the prototype of anything', () => {
  const layers = ['__proto__', 'constructor'].map((name) => ({ ...fullReport.layers[0]!, name }))
  const { result } = mergeShards([makeReport(1, layers)])
  expect(result.verdict).toBe('mismatch')
  expect(renderPage({ ...fullReport, layers }).length).toBeGreaterThan(0)
})
