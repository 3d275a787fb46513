import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pathWithin } from '../../src/input/path-within.ts'
import { defaultSeed, readEnvironment } from '../../src/process/environment.ts'
import { applyEnvironment, mutatedPath } from '../../src/simulate/environment.ts'
import type { SimulateOptions } from '../../src/simulate/index.ts'
import { keepModelLog } from '../../src/simulate/model-log.ts'
import { makeFolder } from '../pipeline/prepared.ts'

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

  describe('with mutants', () => {
    const mutation = makeFolder()
    const environment = readEnvironment({
      ASSAY_MUTATION: mutation,
      ASSAY_MUTANT: '3',
      ASSAY_COVERAGE: 'counts',
    })
    const put = (source: string): string => {
      const path = mutatedPath(mutation, source)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, '')
      return path
    }

    test('takes the mutated text of a source, and looks for what it includes where it did before', () => {
      const broken = put('rtl/a.sv')
      const given = {
        top: 'top',
        sources: ['rtl/a.sv', 'rtl/b.sv'],
        includeDirs: ['inc'],
        plusargs: { x: 1 },
      }
      const once = applyEnvironment(given, environment)
      expect(once).toMatchObject({
        sources: [broken, 'rtl/b.sv'],
        includeDirs: ['inc', 'rtl'],
        plusargs: { x: 1, assay_mutant: '3' },
        coverage: true,
      })
      expect(applyEnvironment(once, environment)).toEqual(once)
      const other = { ...environment, mutant: '4' }
      expect(applyEnvironment(once, other).plusargs).toEqual({ x: 1, assay_mutant: '4' })
    })

    test('looks in a folder of mutated texts first', () => {
      const broken = dirname(put('lib/c.sv'))
      const { sources, includeDirs } = applyEnvironment({ ...options, includeDirs: ['lib'] }, environment)
      expect({ sources, includeDirs }).toEqual({ sources: ['a.sv'], includeDirs: [broken, 'lib'] })
    })

    test('leaves a model without a mutated source as it is', () => {
      const { sources, plusargs } = applyEnvironment(options, environment)
      expect({ sources, plusargs }).toEqual({ sources: ['a.sv'], plusargs: undefined })
    })

    test('a source outside of the working directory has its text within the folder', () => {
      expect(pathWithin(mutation, mutatedPath(mutation, '../../other/rtl/a.sv'))).not.toBeNull()
    })

    test('says which models with mutants were asked for', () => {
      const asked: string[] = []
      keepModelLog({ asked: ({ top }) => asked.push(top), open: new Set() })
      put('rtl/d.sv')
      applyEnvironment({ top: 'd', sources: ['rtl/d.sv'] }, environment)
      applyEnvironment({ top: 'plain', sources: ['a.sv'] }, environment)
      expect(asked).toEqual(['d'])
      applyEnvironment({ top: 'plain', sources: ['a.sv'] }, readEnvironment({}))
      expect(asked).toEqual(['d', 'plain'])
      keepModelLog(null)
    })
  })
})

test('a seed is a whole number of 31 bits', () => {
  expect(defaultSeed(readEnvironment({}))).toBe(1)
  expect(defaultSeed(readEnvironment({ ASSAY_SEED: '9' }))).toBe(9)
  expect(() => defaultSeed(readEnvironment({ ASSAY_SEED: '1e12' }))).toThrow(/below 2\^31/)
})
