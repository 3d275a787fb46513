/** `make prove ARGS=--mutants`: a mutant that is equal is proved so, one that is not is refuted. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Explanation, explain, readExplanations } from '../../src/mutation/explanations.ts'
import { chooseMutant, mutateSource } from '../../src/mutation/mutate-source.ts'
import { COMPARISONS } from '../../src/prove/comparisons.ts'
import { compareMutants } from '../../src/prove/equivalence.ts'
import { listWrong, renderMutants } from '../../src/prove/mutants.ts'
import { PROOFS } from '../../src/prove/proofs.ts'
import { needs } from '../witness.ts'

const textOf = (module: string): string => readFileSync(join('rtl', `${module}.sv`), 'utf8')

describe('the list', () => {
  test('has modules of which mutants are called equivalent, each once', async () => {
    const explained = await readExplanations(join('test', 'rtl', 'mutants.json'))
    const modules = COMPARISONS.map(({ module }) => module)
    expect(new Set(modules).size).toBe(modules.length)
    const without = modules.filter((module) => explained.every(({ file }) => file !== `rtl/${module}.sv`))
    expect(without).toEqual([])
  })

  test('has one mutant for each that is called equivalent: no other place is excused by its words', async () => {
    const explained = await readExplanations(join('test', 'rtl', 'mutants.json'))
    const files = [...new Set(explained.map(({ file }) => file))].map((file) => {
      const source = readFileSync(file, 'utf8')
      return { lines: source.split('\n'), mutants: mutateSource(source, file).mutants }
    })
    const all = files.flatMap(({ lines, mutants }) =>
      mutants.map((mutant) => explain(mutant, lines, explained)),
    )
    const times = (one: Explanation): number => all.filter((own) => own === one).length
    expect(explained.filter((one) => times(one) !== 1)).toEqual([])
  })

  test.each(COMPARISONS)(
    '$module: names outputs and signals that there are, and a property',
    (comparison) => {
      const { module, beside = {}, declares = '', assumes } = comparison
      const text = textOf(module)
      const lacks = (names: readonly string[], of: (name: string) => RegExp, within: string) =>
        names.filter((name) => !of(name).test(within))
      expect(
        lacks(Object.keys(beside), (name) => new RegExp(`output logic[^,]*\\b${name}\\b`), text),
      ).toEqual([])
      const signals = Object.values(beside).flatMap((words) => words.match(/\w+/g)!)
      expect(lacks(signals, (name) => new RegExp(`\\b${name}\\b`), `${text}${declares}`)).toEqual([])
      expect(assumes === undefined || PROOFS.some(({ name }) => name === assumes)).toBe(true)
    },
  )
})

test('a mutant is awake for good where a tool knows no plusargs', () => {
  const source = 'module a(input b, output c); assign c = b && b; endmodule\n'
  const { text, mutants } = mutateSource(source, 'a.sv')
  const chosen = chooseMutant(text, mutants[0]!.id)
  expect(chosen).toContain(` localparam integer assay_mutant = ${mutants[0]!.id};`)
  expect(chosen).not.toContain('$value$plusargs')
})

test('the table counts what is proved, and names what is not compared', () => {
  const comparison = { module: 'b', parameters: { W: 3 } }
  const mutant = mutateSource(textOf('divider'), 'rtl/divider.sv').mutants[0]!
  const compared = (['holds', 'refuted', 'undecided'] as const).map((verdict) => ({
    mutant,
    verdict,
    seconds: 1,
  }))
  const all = [
    { module: 'a', equivalent: 2, comparison: undefined, compared: [], seesFaults: false },
    { module: 'b', equivalent: 3, comparison, compared, seesFaults: false },
  ] as const
  expect(renderMutants(all).split('\n').slice(2)).toEqual([
    '| a | 2 | 0 | not compared |',
    '| b | 3 | 1 | W 3 |',
    '| all | 5 | 1 | |',
  ])
  const { file, line, before, after } = mutant
  expect(listWrong(all)).toEqual([
    `${file}:${line} ${before} -> ${after} is not equivalent`,
    'b: no mutant that tests kill was found to differ',
  ])
})

needs('yosys', 'a comparison', () => {
  const comparison = { module: 'divider', parameters: { DivisorBits: 6, QuotientBits: 4 } }

  test('of a module with an equal one holds, with a fault it is refuted', async () => {
    const { mutants } = mutateSource(textOf('divider'), 'rtl/divider.sv')
    const enable = mutants.find(({ before, after }) => before === 'done_o' && after === "1'b1")!
    const fault = mutants.find(({ operator }) => operator === 'arithmetic')!
    const compared = await compareMutants(comparison, [enable.id, fault.id])
    const verdicts = new Map(compared.map(({ mutant, verdict }) => [mutant.id, verdict]))
    expect(verdicts).toEqual(
      new Map([
        [enable.id, 'holds'],
        [fault.id, 'refuted'],
      ]),
    )
  })

  test('knows which outputs count, and what is assumed of inputs', async () => {
    const round = COMPARISONS.find(({ module }) => module === 'round_code')!
    const { mutants } = mutateSource(textOf('round_code'), 'rtl/round_code.sv')
    const last = mutants.filter(({ before, after }) => before === 'valid_q[4]' && after === "1'b1")
    const verdictOf = async (changes: object) =>
      (await compareMutants({ ...round, ...changes }, [last[0]!.id]))[0]!.verdict
    expect(await verdictOf({})).toBe('holds')
    expect(await verdictOf({ beside: {} })).toBe('refuted')
    // What is assumed leaves runs in which a fault shows.
    const fault = mutants.find(({ operator }) => operator === 'arithmetic')!
    expect((await compareMutants(round, [fault.id]))[0]!.verdict).toBe('refuted')
  })
})
