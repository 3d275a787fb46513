/** docs/regress.schema.json and the reader of plans, held against each other. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readPlan } from '../../src/cli/commands/regress/read-plan.ts'
import { InputError } from '../../src/input/input-error.ts'
import { holdAgainst } from './hold-against.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-plan-'))
/** The smallest PNG. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
)
for (const name of ['a.png', 'b.png']) writeFileSync(join(folder, name), PICTURE)
writeFileSync(join(folder, 'own.pt'), 'PK')
const holds = holdAgainst('regress')

async function isRead(text: string): Promise<boolean> {
  const path = join(folder, 'plan.yaml')
  writeFileSync(path, text)
  return readPlan(path).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof InputError)) throw error
      return false
    },
  )
}

test.each([
  'matrix: { image: [a.png, b.png], bits: [8, 4], seeds: [1..3, 7, null], mode: isolated, array: [null, 8x8x2] }',
  'name: x\noptions: { pictures: false, overrides: { model.0: { weightBits: 6 } } }\nmatrix: { seeds: 1 }',
  'matrix: { setup: [{ model: own.pt, calibration: a.png }, { bits: 4 }] }\nexclude: [{ bits: 4 }]',
  'include: [{ image: [a.png, b.png], weight-bits: 3 }]\nlimits: { run: 90s, total: 1h30m }',
])('a plan that is read, and that the schema allows: %s', async (text) => {
  expect([holds(parse(text)), await isRead(text)]).toEqual([[], true])
})

test.each([
  'matrx: { bits: 8 }',
  'options: { bits: [8, 4] }',
  'options: { imge: a.png }',
  'matrix: { imge: a.png }',
  'matrix: { bits: [] }',
  'matrix: { mode: chaned }',
  'matrix: { setup: [{ jobs: 4 }] }',
  'matrix: { jobs: 4 }',
  'matrix: { bits: 8 }\nlimits: { run: 10 }',
  'matrix: [1]',
])('a plan that neither takes: %s', async (text) => {
  expect([holds(parse(text)).length > 0, await isRead(text)]).toEqual([true, false])
})
