import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  packModel,
  readJournal,
  summarise,
  unpackModel,
  write,
} from '../../../src/pipeline/mutation/journal.ts'
import { makeFolder } from '../prepared.ts'

function makeJournal(): string {
  const path = join(makeFolder(), 'journal.jsonl')
  writeFileSync(path, '')
  return path
}

test('a line that was not written to its end is none', () => {
  const path = makeJournal()
  write(path, { kind: 'killed', test: 'a', mutant: 3, reason: 'no' })
  appendFileSync(path, '{"kind":"kil')
  expect(readJournal(path)).toEqual([{ kind: 'killed', test: 'a', mutant: 3, reason: 'no' }])
})

test('the first test that noticed a mutant counts, and how', () => {
  const { killed, done, alone } = summarise([
    { kind: 'killed', test: 'a', mutant: 3, reason: 'first' },
    { kind: 'killed', test: 'b', mutant: 3, reason: 'second' },
    { kind: 'ended', test: 'b', mutant: 4, reason: 'took longer' },
    { kind: 'done', test: 'a' },
    { kind: 'unsteady', test: 'b', reason: 'no' },
    { kind: 'alone', test: 'c', mutant: 5 },
  ])
  expect([...killed]).toEqual([
    [3, { test: 'a', reason: 'first', ended: false }],
    [4, { test: 'b', reason: 'took longer', ended: true }],
  ])
  expect([...done]).toEqual(['a', 'b'])
  expect([...alone]).toEqual([['c', 5]])
})

test('care makes what the same test said before void, but not that it hung', () => {
  const { killed, careful } = summarise([
    { kind: 'killed', test: 'a', mutant: 1, reason: 'no' },
    { kind: 'killed', test: 'b', mutant: 2, reason: 'no' },
    { kind: 'ended', test: 'a', mutant: 3, reason: 'no' },
    { kind: 'careful', test: 'a' },
    { kind: 'killed', test: 'a', mutant: 4, reason: 'no' },
  ])
  expect([...killed.keys()]).toEqual([2, 3, 4])
  expect([...careful]).toEqual(['a'])
})

test('a model keeps what decides its build, with parameters of any kind', () => {
  const path = makeJournal()
  const build = {
    top: 'm',
    sources: ['a.sv'],
    includeDirs: ['inc'],
    defines: { FAST: '' },
    randomiseUnknowns: true,
    parameters: { a: 1, b: 2n ** 70n, c: true, d: 'text' },
  }
  const besides = {
    plusargs: { x: 1 },
    portTypes: 'm.d.ts',
    memories: {},
    seed: 3,
    stalls: { probability: 0.5 },
  }
  const given = { ...build, ...besides, clock: 'clk', streams: {} }
  write(path, { kind: 'model', file: 'f', early: false, model: packModel(given) })
  const [entry] = readJournal(path)
  expect(entry?.kind === 'model' ? unpackModel(entry.model) : null).toEqual(build)
})
