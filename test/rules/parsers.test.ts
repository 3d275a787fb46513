/** What is read from a file is parsed and checked in one place, so that no reader forgets a list, a `__proto__` or a wrong type. */
import { expect, test } from 'vitest'
import { findLooseSchemas, findParses } from './parsers.ts'
import { holdRules } from './sources.ts'
import { readSource } from './syntax.ts'

/** Files, and folders with a stroke at the end. */
const PARSE = [
  'input/strict-json.ts',
  'input/schema.ts',
  // The program's own package.json, which `assay --version` reads before anything else is loaded.
  'store/own-version.ts',
  // The page reads its own data, in a browser.
  'report/browser/main.ts',
  'report/browser/night.ts',
]
const LOOSE = ['input/schema.ts']

holdRules([
  { what: 'JSON.parse', rule: findParses, allowed: PARSE },
  { what: 'a schema of valibot that takes too much', rule: findLooseSchemas, allowed: LOOSE },
])

test.each([
  ['JSON.parse(text)', ['a.ts:1: JSON.parse; use checkJson or acceptJson of src/input/schema.ts']],
  ['lines.map(JSON.parse)', ['a.ts:1: JSON.parse; use checkJson or acceptJson of src/input/schema.ts']],
  ["JSON['parse'](text)", ['a.ts:1: JSON.parse; use checkJson or acceptJson of src/input/schema.ts']],
  ['v.object({})', ['a.ts:1: v.object; use openObject of src/input/schema.ts']],
  ['v.array(v.strictObject({}))', ['a.ts:1: v.strictObject; use closedObject of src/input/schema.ts']],
  ['v.record(v.string(), v.number())', ['a.ts:1: v.record; use recordOf of src/input/schema.ts']],
  ['JSON.stringify(value)', []],
  ['v.array(v.string())', []],
  ['parse(text)', []],
])('in %s', (text, sentences) => {
  const source = readSource('a.ts', text)
  expect([findParses, findLooseSchemas].flatMap((rule) => rule(source))).toEqual(sentences)
})
