import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { explain, findStale, parseExplanations, readExplanations } from '../../src/mutation/explanations.ts'
import { mutateSource } from '../../src/mutation/mutate-source.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { warnOfStale } from '../../src/pipeline/mutation/score.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const source = 'module m;\n  assign y = a + b;\nendmodule\n'
const { mutants } = mutateSource(source, 'm.sv')
const good = {
  ...{ file: 'm.sv', line: 'assign y = a + b;', before: 'a + b', after: 'a - b' },
  verdict: 'equivalent',
  because: 'b is 0',
} as const
const stale = [
  { ...good, file: 'n.sv' },
  { ...good, line: 'assign y = a + c;' },
  { ...good, before: 'a' },
  { ...good, after: 'b' },
]

test('an explanation is of one mutant of one line', () => {
  const lines = source.split('\n')
  expect(explain(mutants[0]!, lines, [...stale, good])).toBe(good)
  expect(explain(mutants[0]!, lines, stale)).toBeNull()
})

test('those that explain nothing are told', () => {
  const files = [{ file: 'm.sv', source, mutants, first: 1 }]
  expect(findStale([good, ...stale], files)).toEqual(stale)
  const said: string[] = []
  warnOfStale(files, [good, stale[3]!], { ...silent, warn: (text) => said.push(text) })
  expect(said).toEqual([
    'No mutant is as this explanation says: m.sv, a + b as b, in the line assign y = a + b;',
  ])
})

test('a file that is missing or wrong is named', async () => {
  const path = join(makeFolder(), 'mutants.json')
  await expect(readExplanations(path)).rejects.toThrow('no such file')
  writeFileSync(path, JSON.stringify([good]))
  expect(await readExplanations(path)).toEqual([good])
  expect(() => parseExplanations(JSON.stringify([{ ...good, verdict: 'fine' }]), 'x.json')).toThrow(
    /x\.json.*verdict/,
  )
  expect(() => parseExplanations(JSON.stringify([{ ...good, reason: 'no' }]), 'x.json')).toThrow(/reason/)
})
