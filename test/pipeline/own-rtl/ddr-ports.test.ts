/** Modules that have a memory behind a bus, and ports beside it: started and done by ports, or with a stream for the output. */
import { describe, expect, test } from 'vitest'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runOperatorSimulation } from '../../../src/pipeline/own-rtl/simulation.ts'
import { chooseNamed, prepareDefault } from '../prepared.ts'
import { ownOptions, UPSAMPLER } from './upsampler.ts'

const { prepared } = await prepareDefault()

const base: OperatorConfig = {
  top: 'ddr_upsample',
  sources: ['ddr_upsample.sv'],
  layers: { op: 'upsample' },
  ports: { channels_i: '$inputChannels', height_i: '$inputHeight', width_i: '$inputWidth' },
  buses: { ddr: { kind: 'axi-memory', prefix: 'm_axi', stalls: 0.2, latency: [1, 5] } },
  regions: [{ tensor: 'input', order: 'i y x', at: 0x1000 }],
  inputs: [],
  output: { tensor: 'output', order: 'o y x', at: 0x8000 },
  start: 'start_i',
  done: 'done_o',
}
const run = (own: Partial<OperatorConfig> = {}) =>
  runOperatorSimulation(
    ownOptions(
      { prepared },
      { ...UPSAMPLER, config: { ...base, ...own } },
      { waveform: false, choose: chooseNamed(['model.10']) },
    ),
    silent,
  )

describe('a memory behind a bus', () => {
  test('of a module that ports start and end: its output is read when it is done', async () => {
    expect(await run()).toMatchObject({ verdict: 'exact', totals: { elements: 12_800, mismatches: 0 } })
  })

  test('of a module whose output leaves by a stream: its input is laid all the same', async () => {
    const output = { tensor: 'output', order: 'o y x', stream: 'out' } as const
    const result = await run({ parameters: { Stream: 1 }, output, done: undefined })
    expect(result).toMatchObject({ verdict: 'exact', totals: { elements: 12_800, mismatches: 0 } })
  })

  test('of a module that is never done: red, with the port that did not come', async () => {
    const { layers } = await run({ parameters: { Hang: 1 }, withinCycles: 900_000 })
    expect(layers[0]!.error).toMatch(/done_o/)
  })
})

test('without steps and without a port that says when it is done, an output in memory is refused', async () => {
  const { checkConfig } = await import('../../../src/operator/check-config.ts')
  const { done: _done, ...own } = base
  expect(() => checkConfig(own, 'c')).toThrow(
    /program: expected steps that start the module and wait for it, or a port done/,
  )
  expect(checkConfig(base, 'c')).toBe(base)
})
