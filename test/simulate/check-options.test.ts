/** Options that a person mistypes are refused by name, before anything is built. */
import { expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { checkOptions } from '../../src/simulate/check-options.ts'
import {
  buildModel,
  readPorts,
  type SimulateOptions,
  simulate,
  simulateInChild,
} from '../../src/simulate/index.ts'

const plain = { top: 'top', sources: ['top.sv'] }

test.each([
  [
    { warnings: 'errors' },
    /options of simulate: warnings: expected .*show.*error.*ignore.*got "errors"\. Did you mean error\?/,
  ],
  [{ language: 'foo' }, /language: expected .*1364-2005.*1800-2017.*got "foo"/],
  [{ timing: 'yes' }, /timing: expected true or false, got "yes"/],
  [{ timing: { perod: '1ns' } }, /timing: .*there is no setting perod.*period|timing: period is missing/],
  [{ simulator: 'verilatr' }, /simulator: expected .*Did you mean verilator/],
  [{ trace: 1 }, /trace: expected true or false, got 1/],
  [{ parametrs: {} }, /there is no setting parametrs.*Did you mean parameters\?/],
  [{ parameters: { N: Number.POSITIVE_INFINITY } }, /parameters\.N: expected a finite number/],
  [{ waveform: { path: 'a.fst' } }, /waveform: /],
  [
    { buses: { ddr: { kind: 'axi-mem', bytes: 8 } } },
    /buses\.ddr\.kind: expected .*axi-memory.*axi-lite.*got "axi-mem"\. Did you mean axi-memory\?/,
  ],
  [{ buses: { ddr: { kind: 'axi-memory' } } }, /buses\.ddr.*bytes is missing/],
  [
    { buses: { ddr: { kind: 'axi-memory', bytes: 8, reorder: 'id' } } },
    /buses\.ddr\.reorder: expected .*ids/,
  ],
  [{ buses: { a: { kind: 'apb', prefx: 'a' } } }, /buses\.a: there is no setting prefx.*Did you mean prefix/],
  [{ buses: { a: 'apb' } }, /buses\.a: expected an object, got "apb"/],
  [{ sources: 'a.sv' }, /sources: expected a list, got "a\.sv"/],
])('%j is refused', async (wrong, message) => {
  const options = { ...plain, ...wrong } as SimulateOptions
  expect(() => checkOptions(options)).toThrow(message)
  for (const refused of [simulate(options), simulateInChild(options)]) {
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toBeInstanceOf(InputError)
  }
})

test('what is built without a simulation has the same values, and may have more', async () => {
  const wrong = { ...plain, warnings: 'errors' } as unknown as SimulateOptions
  await expect(buildModel(wrong)).rejects.toThrow(/options of the build: warnings: expected/)
  await expect(readPorts({ ...plain, language: 'foo' as '1800-2017' })).rejects.toThrow(/language: expected/)
})

test('every option that there is passes', () => {
  const all = {
    ...{ ...plain, language: '1800-2017', includeDirs: [], parameters: { a: 1, b: 2n, c: true, d: 'e' } },
    ...{
      timing: { period: '1ns' },
      defines: { A: '' },
      simulator: 'verilator',
      trace: true,
      coverage: false,
    },
    ...{
      randomiseUnknowns: true,
      portTypes: 'a.d.ts',
      warnings: 'show',
      verilatorFlags: ['-O0'],
      cFlags: [],
    },
    ...{ ldFlags: [], cacheDir: 'cache', fresh: true, environment: undefined, clock: false, clocks: {} },
    ...{ reset: false, streams: {}, plusargs: {}, seed: 1, stalls: {}, memories: {}, deadlineMs: 1 },
    ...{ waveform: { file: 'a.fst', fromCycle: 0, toCycle: 9 }, restartable: true },
  }
  expect(() => checkOptions(all)).not.toThrow()
})
