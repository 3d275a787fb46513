/** Streams side by side on vector ports: each has its bit of valid and ready, and its slice of every field. */
import { describe, expect, test } from 'vitest'
import { renderPorts } from '../../src/cli/commands/ports.ts'
import type { ModuleInterface, Port } from '../../src/simulate/boundary/module-interface.ts'
import { findStreams, resolveStreams } from '../../src/simulate/boundary/stream-ports.ts'
import { type SimulateOptions, simulate } from '../../src/simulate/index.ts'
import { testWith } from '../witness.ts'

const lanes: SimulateOptions = { top: 'lanes', sources: ['test/simulate/fixtures/lanes.sv'] }
const sent = (lane: number, count: number, width: number) =>
  Array.from({ length: count }, (_, i) => ({
    data: (i * 97 + lane * 31) % 2 ** width,
    last: Number(i % (lane + 2) === 0),
  }))

async function passThrough(options: SimulateOptions, count: number, width: number): Promise<number> {
  await using dut = await simulate(options)
  const numbers = Array.from({ length: count }, (_, lane) => lane)
  // Of different lengths, so that a lane runs dry while others go on.
  const beats = numbers.map((lane) => sent(lane, 10 + 3 * lane, width))
  for (const lane of numbers) await dut.stream(`in_${lane}`).send(beats[lane]!)
  for (const lane of numbers.toReversed()) {
    const expected = beats[lane]!.map(({ data, last }) => ({ data: (data + lane) % 2 ** width, last }))
    expect(await dut.stream(`m_${lane}`).receive(expected.length), `lane ${lane}`).toEqual(expected)
  }
  dut.tick(20)
  for (const lane of numbers) expect((await dut.stream(`m_${lane}`).receivePacked()).cycles).toHaveLength(0)
  return dut.cycle
}

describe('lanes of vector ports', () => {
  test('carry their own beats, with stalls and without, in 3 lanes of 11 bits and in 40 of 13', async () => {
    const quick = await passThrough(lanes, 3, 11)
    expect(await passThrough({ ...lanes, stalls: { probability: 0.4, seed: 3 } }, 3, 11)).toBeGreaterThan(
      quick,
    )
    const many = { ...lanes, parameters: { Count: 40, Width: 13 }, stalls: { pattern: '0110' } }
    await passThrough(many, 40, 13)
  })

  test('leave the bits of the others alone', async () => {
    await using dut = await simulate(lanes)
    dut.ports.in_valid_i = 0b101
    dut.ports.in_data_i = Number((1234n << 22n) | 321n)
    await dut.stream('in_1').send([{ data: 77, last: 1 }])
    dut.tick()
    expect(dut.ports.m_axis_tvalid).toBe(0b111)
    expect(BigInt(dut.ports.m_axis_tdata!)).toBe((1236n << 22n) | (78n << 11n) | 321n)
    dut.tick()
    expect(dut.ports.in_valid_i).toBe(0b101)
  })

  testWith('iverilog', 'carry the same in the same cycles under Icarus', async () => {
    const options: SimulateOptions = { ...lanes, stalls: { probability: 0.3, seed: 5 } }
    expect(await passThrough({ ...options, simulator: 'icarus' }, 3, 11)).toBe(
      await passThrough(options, 3, 11),
    )
  })
})

const port = (name: string, direction: Port['direction'], width: number): Port => ({
  ...{ name, direction, width, signed: false, elements: null },
})
const pair: ModuleInterface = {
  name: 'pair',
  parameters: [],
  ports: [
    ...[
      port('s_axis_tvalid', 'input', 2),
      port('s_axis_tready', 'output', 2),
      port('s_axis_tdata', 'input', 16),
    ],
    ...[port('q_valid_o', 'output', 2), port('q_data_o', 'output', 7), port('r_valid_o', 'output', 2)],
    ...[port('r_ready_i', 'input', 3), port('r_data_o', 'output', 8)],
  ],
}

describe('lanes are found', () => {
  test('where ready and all fields have a share for each', async () => {
    const found = findStreams(pair)
    expect(
      found.map(({ name, lane, fields }) => [name, lane?.index, lane?.count, fields[0]!.port.width]),
    ).toEqual([
      ['s_0', 0, 2, 8],
      ['s_1', 1, 2, 8],
    ])
    expect(await renderPorts(pair)).toMatch(/s_axis_tdata\s+input\s+16\s+s_0, s_1/)
    const three = {
      name: 'three',
      parameters: [],
      ports: [port('tvalid', 'input', 3), port('go', 'input', 1)],
    }
    expect(await renderPorts(three)).toMatch(/tvalid\s+input\s+3\s+in_0 to in_2\n.*go\s+input\s+1\s*$/)
  })

  test('and left out or clocked by their own name or that of all', () => {
    const names = (mapping: Parameters<typeof resolveStreams>[1]) =>
      resolveStreams(pair, mapping).map(({ name, clock }) => `${name} ${clock ?? ''}`)
    expect(names({ s: null })).toEqual([])
    expect(names({ s_1: null })).toEqual(['s_0 '])
    expect(names({ s: { clock: 'a' }, s_1: { clock: 'b' } })).toEqual(['s_0 a', 's_1 b'])
    expect(() => names({ t: { clock: 'a' } })).toThrow(/Expected t to be a stream of pair/)
  })

  test('or named one by one', () => {
    const named = (lane: number | undefined, data = 'r_data_o') =>
      resolveStreams(pair, { r: { direction: 'output', valid: 'r_valid_o', lane, fields: { data } } })
    expect(named(1)[0]).toMatchObject({
      lane: { index: 1, count: 2 },
      fields: [{ name: 'data', port: { width: 4 } }],
    })
    expect(() => named(undefined)).toThrow(
      /Expected a 1-bit port r_valid_o .* got 2 bits; name one of its lanes: lane: 0 to 1/,
    )
    const answered = {
      direction: 'output',
      valid: 'r_valid_o',
      ready: 'r_ready_i',
      lane: 0,
      fields: {},
    } as const
    expect(() => resolveStreams(pair, { r: answered })).toThrow(/Expected 2 bits of r_ready_i .* got 3/)
    expect(() => named(2)).toThrow(/Expected a lane from 0 to 1 of r_valid_o for stream r, got 2/)
    expect(() => named(0, 'q_data_o')).toThrow(/Expected 2 slices of q_data_o for stream r, got 7 bits/)
  })
})
