import { expect, test } from 'vitest'
import { mutateSource } from '../../../src/mutation/mutate-source.ts'
import { scoreOf, summarise } from '../../../src/mutation/score.ts'
import { scoreFiles } from '../../../src/pipeline/mutation/score.ts'

const source =
  'module m;\nassign a = b + c;\n  assign d = b - c;\nassign e = b * c;\nassign f = b ^ c;\nassign g = b & c;\nendmodule\n'
const { mutants } = mutateSource(source, 'm.sv')
const explanation = {
  ...{ file: 'm.sv', line: 'assign d = b - c;', before: 'b - c', after: 'b + c' },
  verdict: 'equivalent',
  because: 'c is 0',
} as const

test('each mutant has one fate: noticed, survived, explained, not compiled, not asked for', () => {
  const [score] = scoreFiles(
    [{ file: 'm.sv', source, mutants, first: 1 }],
    {
      chosen: mutants.slice(0, 4),
      unbuildable: new Set([4]),
      killed: new Map([[1, { test: 't', reason: 'no', ended: true }]]),
      seconds: 8,
    },
    [explanation],
  )
  expect(score).toMatchObject({ module: 'm.sv', mutants: 3, killed: 1, left: 1, seconds: 6 })
  expect(score!.noticed).toEqual([{ ...mutants[0], test: 't', reason: 'no', ended: true }])
  expect(score!.survivors).toEqual([
    { ...mutants[1], source: 'assign d = b - c;', explanation },
    { ...mutants[2], source: 'assign e = b * c;', explanation: null },
  ])
  expect(score!.unbuildable!.map(({ id }) => id)).toEqual([4])
  expect(scoreOf(score!)).toBe(1 / 2)
  const witnesses = [{ name: 't', killed: 1, remarks: [] }]
  expect(summarise([score!], witnesses)).toMatchObject({
    format: 1,
    hit: 1,
    all: 2,
    witnesses,
    modules: [{ name: 'm.sv', hit: 1, all: 2 }],
  })
  expect(summarise([score!])).not.toHaveProperty('witnesses')
})
