import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TARGETS } from '../../src/mutate/targets.ts'
import { PROOFS } from '../../src/prove/proofs.ts'
import { RULE_NAMES } from '../../src/stimulus/summary.ts'
import { CLAUSES } from '../../src/verification/clauses.ts'
import { renderClauses, renderModules } from '../../src/verification/render.ts'

test('the clauses are those of docs/arithmetic.md, with their titles', async () => {
  const page = await readFile('docs/arithmetic.md', 'utf8')
  const titles = [...page.matchAll(/^## (A-\d+) (.*)$/gm)].map(([, id, title]) => `${id} ${title}`)
  expect(CLAUSES.map(({ id, title }) => `${id} ${title}`)).toEqual(titles)
})

test('each rule of the coverage of meaning belongs to one clause', () => {
  expect(CLAUSES.flatMap(({ rules }) => rules).toSorted()).toEqual(RULE_NAMES.toSorted())
})

test('implementations and modules are there', () => {
  const files = CLAUSES.flatMap(({ implementations, modules }) => [
    ...implementations.map(({ file }) => file),
    ...modules.map((module) => join('rtl', `${module}.sv`)),
  ])
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})

test('every module that is broken or proved stands in one of the two tables', () => {
  const proofs = PROOFS.map(({ name, module, clause }) => ({ name, module, clause, extent: 'any length' }))
  const scores = TARGETS.map(({ module }) => ({ module, mutants: 7, killed: 5, survivors: [], seconds: 1 }))
  const evidence = { proofs, scores, rows: [] }
  const both = `${renderClauses(evidence)}\n${renderModules(evidence)}`
  expect(TARGETS.filter(({ module }) => !both.includes(`${module} 5 of 7`))).toEqual([])
  expect(PROOFS.filter(({ name }) => !both.includes(`${name} (any length)`))).toEqual([])
})

test('a rule says in how many places it made a difference, and where none can', () => {
  const row = { rule: 'rounding ties', unit: 'layers', hit: 60, of: 63, count: 900, missing: [] } as const
  const never = { ...row, rule: 'capacity exceeded', unit: 'q_NMS', hit: 0, of: 0 } as const
  const text = renderClauses({ proofs: [], scores: [], rows: [row, never] })
  expect(text).toContain('rounding ties: 60 of 63 layers')
  expect(text).toContain('capacity exceeded: impossible')
})
