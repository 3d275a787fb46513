import { describe, expect, test } from 'vitest'
import { summarise } from '../../../src/mutate/score.ts'
import { toScore } from '../../../src/pipeline/report/scores.ts'

describe('toScore', () => {
  test('what make coverage writes', () => {
    const lines = { covered: 2, total: 2 }
    const score = { hit: 3, all: 4, modules: [{ name: 'rtl/rom.sv', hit: 3, all: 4 }] }
    const file = { format: 1, ...score, files: [{ file: 'rtl/rom.sv', lines }], total: { lines } }
    expect(toScore(file, 'file')).toEqual({
      hit: 3,
      all: 4,
      modules: [{ name: 'rtl/rom.sv', hit: 3, all: 4 }],
    })
  })

  test('what make mutate writes', () => {
    const modules = [
      { module: 'rom', mutants: 5, killed: 4, survivors: [], seconds: 1 },
      { module: 'q_nms', mutants: 7, killed: 7, survivors: [], seconds: 1 },
    ]
    expect(toScore(summarise(modules), 'file')).toMatchObject({
      hit: 11,
      all: 12,
      modules: [{ name: 'rom', hit: 4 }, {}],
    })
  })

  test('nothing, and something else', () => {
    expect(toScore(null, 'file')).toBeNull()
    for (const other of [
      { hello: 1 },
      { hit: 3 },
      { hit: 3, all: '4' },
      { hit: Number.NaN, all: 4 },
      'text',
      [],
    ])
      expect(() => toScore(other, 'score.json')).toThrow(/score\.json: expected a coverage or mutation score/)
  })
})
