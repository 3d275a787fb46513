/** A result that comes from a file may say anything: wrong types are refused by field, and no text becomes markup. */
import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { checkResult } from '../../src/pipeline/report/schema.ts'
import { renderAnnotations, renderErrorAnnotation, renderSummary } from '../../src/report/github.ts'
import { renderPage } from '../../src/report/html/page.ts'
import { renderJunit, renderJunitError } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { mergeShards } from '../../src/result/merge.ts'
import type { SimResult } from '../../src/result/result.ts'
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

test('the result that is changed here is itself accepted', async () => {
  expect(await checkResult(json, 'sim.json')).toEqual(json)
  expect(places.length).toBeGreaterThan(200)
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

describe('text in any field', () => {
  const ATTACK = '\u0000\u001b[2J"><script>alert(1)</script>\r\n::error::forged ]]> %0A & |'
  const texts = places.filter((path) => typeof at(json, path) === 'string')
  // What is one of a list of words stays one.
  const free = texts.filter(
    (path) => !/verdict|mode$|kind\.name|shard\.plan.*kind|simulator/.test(write(path)),
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
