/** `make prove ARGS=--mutants`: a mutant that is equal is proved so, one that is not is refuted. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Explanation, explain, readExplanations } from '../../src/mutation/explanations.ts'
import { chooseMutant, mutateSource } from '../../src/mutation/mutate-source.ts'
import { COMPARISONS } from '../../src/prove/comparisons.ts'
import { isBegin, isStep } from '../../src/prove/engines.ts'
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
    '$module: names outputs, instances, ports and signals that there are, and a property',
    (comparison) => {
      const { module, beside = {}, takes = {}, cut = [], given = [], lemmas = [] } = comparison
      const { declares = '', assumes } = comparison
      const text = textOf(module)
      const own = `${text}${declares}`
      const lacks = (names: readonly string[], of: (name: string) => RegExp, within: string) =>
        names.filter((name) => !of(name).test(within))
      expect(
        lacks(Object.keys(beside), (name) => new RegExp(`output logic[^,]*\\b${name}\\b`), text),
      ).toEqual([])
      expect(lacks(cut, (name) => new RegExp(`^ +${name} (#\\(|u_)`, 'm'), text)).toEqual([])
      const ports = Object.keys(takes).map((input) => input.split('.') as [string, string])
      const without = ports.filter(([instance, port]) => {
        const begin = text.indexOf(`) ${instance} (`)
        return begin < 0 || !text.slice(begin, text.indexOf('\n  );', begin)).includes(`.${port}`)
      })
      expect(without).toEqual([])
      const words = [...Object.values(beside), ...Object.values(takes), ...given, ...lemmas, declares]
      // Not what stands in a comment or a literal, nor what is SystemVerilog's.
      const signals = words.flatMap(
        (one) => one.replace(/\d*'s?[bdh]?\w+/g, '').match(/\b[a-zA-Z_]\w*/g) ?? [],
      )
      const declared = (name: string) => new RegExp(`\\b${name}\\b`)
      expect(lacks(signals, declared, `${own}${textOf('assay_pkg')}`)).toEqual([])
      expect(assumes === undefined || PROOFS.some(({ name }) => name === assumes)).toBe(true)
    },
  )
})

describe('of what the solver says', () => {
  test('an induction is a step that holds', () => {
    expect(isStep('Networks are equivalent.  Time = 0.05 sec')).toBe(true)
    expect(isStep('Networks are UNDECIDED.  Time = 0.05 sec')).toBe(false)
    expect(isStep('Networks are NOT EQUIVALENT.  Time = 0.05 sec')).toBe(false)
    expect(isStep('')).toBe(false)
  })

  test('and a beginning of as many cycles', () => {
    const said = (frames: number, why: string) =>
      `No output asserted in ${frames} frames. Resource limit reached (${why}). Time = 1.00 sec`
    expect(isBegin(said(19, 'conf limit 0'), 19)).toBe(true)
    expect(isBegin(said(18, 'timeout 20 sec'), 19)).toBe(false)
    expect(isBegin('Output 0 of miter "design" was asserted in frame 3.', 19)).toBe(false)
    expect(isBegin('', 19)).toBe(false)
  })
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

  describe('around black boxes', () => {
    const head = COMPARISONS.find(({ module }) => module === 'detect_head')!
    const { mutants } = mutateSource(textOf('detect_head'), 'rtl/detect_head.sv')
    const idOf = (from: string, to: string) =>
      mutants.find(({ before, after }) => before === from && after === to)!.id

    test('an equal one holds, what tests kill is refuted', async () => {
      const equal = idOf('scan_read || decode_read', "1'b1")
      const fault = idOf('done_o <= finished;', ';')
      const compared = await compareMutants(head, [equal, fault])
      expect(new Map(compared.map(({ mutant, verdict }) => [mutant.id, verdict]))).toEqual(
        new Map([
          [equal, 'holds'],
          [fault, 'refuted'],
        ]),
      )
    })

    test('what goes into a box counts as `takes` says, and what is assumed is needed', async () => {
      // The state that places candidates comes before there are any.
      const early = mutants.filter(({ before, after }) => before === 'sorted' && after === "1'b1")[1]!.id
      const verdictOf = async (changes: object) =>
        (await compareMutants({ ...head, ...changes }, [early]))[0]!.verdict
      expect(await verdictOf({ takes: {} })).toBe('refuted')
      expect(await verdictOf({ given: [] })).toBe('refuted')
    })

    test('an instance or a port that there is not is no comparison', async () => {
      const compare = (input: string) =>
        compareMutants({ ...head, takes: { [input]: "'0" } }, [mutants[0]!.id])
      await expect(compare('u_none.place_i')).rejects.toThrow('expected an instance u_none')
      await expect(compare('u_sort.none_i')).rejects.toThrow('expected a port u_sort.none_i')
    })
  })
})
