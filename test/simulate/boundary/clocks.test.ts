import { describe, expect, test } from 'vitest'
import { resolveClocks } from '../../../src/simulate/boundary/clocks.ts'
import { type ClockTiming, type ModuleInterface, simulate } from '../../../src/simulate/index.ts'

const queue = {
  top: 'two_clocks',
  sources: ['test/simulate/fixtures/two_clocks.sv'],
  streams: {
    in: { direction: 'input', valid: 'in_valid_i', ready: 'in_ready_o', fields: { data: 'in_data_i' } },
    out: {
      direction: 'output',
      valid: 'out_valid_o',
      ready: 'out_ready_i',
      clock: 'clk_b_i',
      fields: { data: 'out_data_o' },
    },
  },
} as const

describe('several clocks', () => {
  test.each([
    { a: 2, b: 2, phase: 0, edgesOfB: 60 },
    { a: 2, b: 4, phase: 0, edgesOfB: 30 },
    { a: 2, b: 4, phase: 3, edgesOfB: 29 },
    { a: 7, b: 2, phase: 0, edgesOfB: 209 },
    { a: 3, b: 5, phase: 1, edgesOfB: 36 },
  ])('of periods $a and $b rise as often as they should', async ({ a, b, phase, edgesOfB }) => {
    const clocks = { clk_a_i: { period: a }, clk_b_i: { period: b, phase } }
    await using dut = await simulate({ ...queue, clocks, reset: false })
    Object.assign(dut.ports, { rst_a_ni: 1, rst_b_i: 0 })
    dut.tick(60)
    expect(dut.cycle).toBe(60)
    expect(dut.ports.count_a_o).toBe(60)
    // Rising edges of b up to the 60th of a, which comes at 60 * a - floor(a / 2).
    const last = 60 * a - Math.floor(a / 2)
    const first = phase + b - Math.floor(b / 2)
    expect(edgesOfB).toBe(Math.floor((last - first) / b) + 1)
    expect(dut.ports.count_b_o).toBe(edgesOfB)
  })

  test.each([
    { a: 2, b: 2, phase: 1 },
    { a: 2, b: 6, phase: 0 },
    { a: 9, b: 2, phase: 0 },
    { a: 5, b: 7, phase: 2 },
  ])('carry streams, each at its own: $a, $b', async ({ a, b, phase }) => {
    const clocks = { clk_a_i: { period: a }, clk_b_i: { period: b, phase } }
    const stalls = { probability: 0.3, seed: a + b }
    await using dut = await simulate({ ...queue, clocks, stalls })
    const beats = Array.from({ length: 300 }, (_, i) => ({ data: (i * 77) & 255 }))
    await dut.in.send(beats)
    expect(await dut.out.receive(300)).toEqual(beats)
    expect((await dut.out.receivePacked()).data).toHaveLength(0)
  })

  test('are reset each by its own reset, found by its name', async () => {
    const clocks = { clk_a_i: { period: 2 }, clk_b_i: { period: 20, phase: 15 } }
    await using dut = await simulate({ ...queue, clocks, randomiseUnknowns: true })
    expect(dut.ports.rst_a_ni).toBe(1)
    expect(dut.ports.rst_b_i).toBe(0)
    expect([dut.ports.count_a_o, dut.ports.count_b_o]).toEqual([0, 0])
    expect(dut.ports.out_valid_o).toBe(0)
  })

  test.each<{ clocks: Record<string, ClockTiming>; message: RegExp }>([
    { clocks: { clk_c_i: { period: 2 } }, message: /clk_c_i to be a 1-bit input/ },
    { clocks: { clk_a_i: { period: 1 } }, message: /period of clk_a_i of at least 2/ },
    { clocks: { clk_a_i: { period: 2 } }, message: /Expected a clock of stream out, got clk_b_i/ },
    { clocks: {}, message: /at least one clock/ },
  ])('are refused where they make no sense: %o', async ({ clocks, message }) => {
    await expect(simulate({ ...queue, clocks })).rejects.toThrow(message)
  })
})

describe('a stream that is found by name, of several clocks', () => {
  const exchange = { top: 'exchange', sources: ['test/simulate/fixtures/exchange.sv'] }
  const clocks = { s_clk: { period: 4 }, m_clk: { period: 10, phase: 1 } }
  const words = Array.from({ length: 20 }, (_, i) => ({ data: i * 5 }))

  test('moves at the clock of its prefix', async () => {
    await using dut = await simulate({ ...exchange, clocks })
    await dut.stream('s').send(words)
    expect(await dut.stream('m').receive(20, { withinCycles: 1000 })).toEqual(words)
  })

  test('is refused where no clock has its name, and takes the one that it is given', async () => {
    const renamed = {
      ...exchange,
      top: 'exchange_renamed',
      clocks: { s_clk: { period: 4 }, out_clk: { period: 10 } },
    }
    await expect(simulate(renamed)).rejects.toThrow(
      "Expected a clock that stream m is called after, its ports begin with m_axis_tvalid; the clocks are s_clk, out_clk. Name its clock: streams: { m: { clock: 's_clk' } }",
    )
    await using dut = await simulate({ ...renamed, streams: { m: { clock: 'out_clk' } } })
    await dut.stream('s').send(words)
    expect(await dut.stream('m').receive(20, { withinCycles: 1000 })).toEqual(words)
  })

  test('cannot be given a clock if there is none of its name', async () => {
    await expect(simulate({ ...exchange, clocks, streams: { q: { clock: 's_clk' } } })).rejects.toThrow(
      'Expected q to be a stream of exchange, streams found by name are s, m',
    )
  })
})

test('a model with delays needs no clock where nothing comes from outside, and one where something does', () => {
  const moduleOf = (...names: readonly string[]): ModuleInterface => ({
    name: 'm',
    ports: names.map((name) => ({ name, direction: 'input', width: 1, signed: false, elements: null })),
    parameters: [],
    clocked: true,
  })
  expect(resolveClocks(moduleOf(), {}, true)).toEqual({ kind: 'none' })
  expect(() => resolveClocks(moduleOf(), {})).toThrow(/Expected a clock of m/)
  expect(() => resolveClocks(moduleOf('strobe'), {}, true)).toThrow(/its 1-bit inputs are strobe/)
  expect(resolveClocks(moduleOf('clk', 'strobe'), {}, true)).toEqual({ kind: 'one', port: 'clk' })
})
