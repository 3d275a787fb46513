/** What is a clock or a reset by its name alone, and what is said where nothing is. */
import { describe, expect, test } from 'vitest'
import { resolveClocks, resolveResets } from '../../../src/simulate/boundary/clocks.ts'
import { simulate } from '../../../src/simulate/index.ts'

const moduleOf = (...names: readonly string[]) => ({
  name: 'm',
  ports: names.map((name) => ({
    name,
    direction: 'input' as const,
    width: 1,
    signed: false,
    elements: null,
  })),
  parameters: [],
  clocked: true,
})

describe('a clock is recognised', () => {
  test.each(
    'clk_i clk clock clock_i aclk i_clk CLK ap_clk S_AXI_ACLK s_axis_aclk sys_clk sysclk wb_clk_i clk_in PCLK HCLK core_clk'.split(
      ' ',
    ),
  )('%s', (port) => {
    expect(resolveClocks(moduleOf('en', port, 'clk_en', 'd'), {})).toEqual({ kind: 'one', port })
  })

  test('that belongs to nothing, beside one that does', () => {
    expect(resolveClocks(moduleOf('s_axi_aclk', 'clk'), {})).toEqual({ kind: 'one', port: 'clk' })
  })

  const oneOf = "Name it: clock: 'port'"
  test.each([
    [
      ['s_axis_aclk', 'm_axis_aclk', 'clk_en'],
      'Name them: clocks: { s_axis_aclk: { period: 10 }, m_axis_aclk: { period: 10 } }',
    ],
    [['clk', 'clock_i'], 'Name them: clocks: { clk: { period: 10 }, clock_i: { period: 10 } }'],
    [['ck', 'strobe', 'clk_en'], oneOf],
  ])('none of %j: the 1-bit inputs are listed', (names, advice) => {
    expect(() => resolveClocks(moduleOf(...names), {})).toThrow(
      `Expected a clock of m, which has processes that wait for an edge; its 1-bit inputs are ${names.join(', ')}. ${advice}, or clock: false where the test drives it`,
    )
  })

  test('none of a module without inputs: it may make its own', () => {
    expect(() => resolveClocks(moduleOf(), {})).toThrow(
      'Expected a clock of m, which has processes that wait for an edge and no 1-bit input. If it makes its own clock, by delays, give timing: true; clock: false lets nothing rise',
    )
  })

  test('none where no process waits for an edge, or where the test drives it', () => {
    expect(resolveClocks({ ...moduleOf('a'), clocked: false }, {})).toEqual({ kind: 'none' })
    expect(resolveClocks(moduleOf('clk'), { clock: false })).toEqual({ kind: 'none' })
  })
})

describe('a reset is recognised', () => {
  const resets = {
    0: 'rst_ni rst_n rst_n_i aresetn resetn reset_n nreset ARESETN ap_rst_n S_AXI_ARESETN sys_rst_n rstn PRESETn arst_n nrst',
    1: 'rst_i rst reset reset_i arst_i i_rst i_reset ap_rst RST wb_rst_i sys_reset areset',
  }
  for (const [active, names] of Object.entries(resets))
    test.each(names.split(' '))(`%s, active at ${active}`, (port) => {
      expect(resolveResets(moduleOf('clk', port, 'rst_done', 'reset_value'), {})).toEqual([
        { port, active: Number(active) },
      ])
    })

  test('each of several', () => {
    expect(resolveResets(moduleOf('s_axi_aresetn', 'm_axi_aresetn', 'rst'), {})).toEqual([
      { port: 's_axi_aresetn', active: 0 },
      { port: 'm_axi_aresetn', active: 0 },
      { port: 'rst', active: 1 },
    ])
  })

  test('no clock is its own', () => {
    const clocks = { slow_i: { period: 7 }, video_clk_i: { period: 2 } }
    expect(resolveResets(moduleOf('slow_i', 'video_clk_i', 'video_rst_i'), { clocks })).toEqual([
      { port: 'video_rst_i', active: 1 },
    ])
  })
})

describe('a module as HLS names its ports', () => {
  const source = { top: 'hls_counter', sources: ['test/simulate/fixtures/hls_counter.sv'] }

  test('is clocked and reset', async () => {
    await using dut = await simulate(source)
    dut.tick(5)
    expect([dut.cycle, dut.ports.n_o]).toEqual([7, 5])
  })

  test("is the test's to clock where it says so", async () => {
    await using dut = await simulate({ ...source, clock: false, reset: false })
    dut.ports.ap_rst_n = 1
    for (const ap_clk of [1, 0, 1, 0, 1]) {
      dut.ports.ap_clk = ap_clk
      dut.tick()
    }
    expect(dut.ports.n_o).toBe(3)
  })

  test('is refused where its clock has a name that nobody knows', async () => {
    const own = { top: 'strobed', sources: ['test/simulate/fixtures/hls_counter.sv'] }
    await expect(simulate(own)).rejects.toThrow(/its 1-bit inputs are strobe, d_i. Name it/)
    await using dut = await simulate({ ...own, clock: 'strobe' })
    dut.ports.d_i = 1
    dut.tick()
    expect(dut.ports.q_o).toBe(1)
  })
})
