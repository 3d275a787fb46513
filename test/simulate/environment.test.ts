import { describe, expect, test } from 'vitest'
import { defaultSeed, readEnvironment } from '../../src/process/environment.ts'
import { applyEnvironment } from '../../src/simulate/environment.ts'
import type { SimulateOptions } from '../../src/simulate/index.ts'

const options: SimulateOptions = { top: 'top', sources: ['a.sv'] }

describe('readEnvironment', () => {
  test('is a plain value of all that decides a build or a run', () => {
    const nothing = {
      seed: '',
      simulator: null,
      coverage: null,
      mutation: null,
      mutant: '0',
      compiler: 'g++',
      cpu: null,
      tools: {},
    }
    expect(readEnvironment({})).toEqual(nothing)
    expect(
      readEnvironment({ HOME: '/root', PATH: '/bin', ASSAY_SIMULATOR: '', CXX: '', ASSAY_CPU: '' }),
    ).toEqual(nothing)
    const set = {
      ASSAY_SEED: '7',
      ASSAY_SIMULATOR: 'icarus',
      ASSAY_COVERAGE: 'counts',
      ASSAY_MUTATION: 'broken',
      ASSAY_MUTANT: '3',
      CXX: 'clang++',
      ASSAY_CPU: 'x86-64-v2',
      VERILATOR_ROOT: '/v',
      CPATH: '/include',
    }
    expect(readEnvironment(set)).toEqual({
      seed: '7',
      simulator: 'icarus',
      coverage: 'counts',
      mutation: 'broken',
      mutant: '3',
      compiler: 'clang++',
      cpu: 'x86-64-v2',
      tools: { CPATH: '/include', VERILATOR_ROOT: '/v' },
    })
    for (const name of Object.keys(set)) {
      const { [name]: _left, ...rest } = set as Record<string, string>
      expect(readEnvironment(rest), name).not.toEqual(readEnvironment(set))
    }
  })

  test('refuses a simulator that there is not', () => {
    expect(() => readEnvironment({ ASSAY_SIMULATOR: 'iverilog' })).toThrow(
      'ASSAY_SIMULATOR: expected verilator or icarus, got iverilog',
    )
  })
})

describe('applyEnvironment', () => {
  test('chooses the simulator where none was named', () => {
    const environment = readEnvironment({ ASSAY_SIMULATOR: 'icarus' })
    expect(applyEnvironment(options, environment).simulator).toBe('icarus')
    expect(applyEnvironment({ ...options, simulator: 'verilator' }, environment).simulator).toBe('verilator')
  })

  test('may be applied twice', () => {
    const environment = readEnvironment({
      ASSAY_MUTATION: 'broken',
      ASSAY_MUTANT: '3',
      ASSAY_COVERAGE: 'counts',
    })
    const once = applyEnvironment(options, environment)
    expect(once).toMatchObject({ sources: ['broken/assay_mutation.sv', 'a.sv'], coverage: true })
    expect(applyEnvironment(once, environment)).toEqual(once)
  })
})

test('a seed is a whole number of 31 bits', () => {
  expect(defaultSeed(readEnvironment({}))).toBe(1)
  expect(defaultSeed(readEnvironment({ ASSAY_SEED: '9' }))).toBe(9)
  expect(() => defaultSeed(readEnvironment({ ASSAY_SEED: '1e12' }))).toThrow(/below 2\^31/)
})
