/** Models with delays: they wait between the edges of the clock, whose period has a length. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Clocks } from '../../src/simulate/boundary/clocks.ts'
import { usesTiming } from '../../src/simulate/build/source-flags.ts'
import { readPorts, type SimulateOptions, simulate, simulateInChild } from '../../src/simulate/index.ts'
import { readPeriod, scaleClocks } from '../../src/simulate/timing.ts'
import { testWith } from '../witness.ts'

const sources = ['test/simulate/fixtures/timed.sv']
const timed: SimulateOptions = { top: 'timed', sources, timing: true }

describe('a model with delays', () => {
  test('changes after its delays, which fall between the edges', async () => {
    await using dut = await simulate(timed)
    const read = () => [dut.ports.soon_o, dut.ports.exact_o, dut.ports.late_o, dut.ports.edge_time_o]
    dut.ports.d_i = 5
    dut.tick()
    // The edge is in the middle of 10 ns: 5 ns after it the cycle ends, 7 ns after it another has begun.
    expect(read()).toEqual([5, 5, 0, 5])
    dut.ports.d_i = 6
    dut.tick()
    expect(read()).toEqual([6, 6, 5, 15])
    dut.tick(3)
    expect(read()).toEqual([6, 6, 6, 45])
  })

  test('has clocks of its own, waits, and ends', async () => {
    await using dut = await simulate(timed)
    // Edges of a clock of 6 ns, the first at 3 ns, up to the end of each cycle.
    for (const count of [2, 3, 5, 7]) {
      dut.tick()
      expect(dut.ports.own_count_o).toBe(count)
    }
    expect(dut.ports.done_o).toBe(0)
    dut.ports.go_i = 1
    dut.tick()
    expect(dut.ports.done_o).toBe(0)
    expect(dut.until(() => dut.ports.done_o === 1)).toBe(1)
    dut.tick(2)
    expect(dut.finished).toBe(false)
    dut.tick()
    expect(dut.finished).toBe(true)
    expect(() => dut.tick(2)).toThrow(/\$finish at .*timed\.sv:28/)
  })

  test('has cycles of the period that is given', async () => {
    await using dut = await simulate({ ...timed, timing: { period: '2.5ns' } })
    dut.ports.d_i = 9
    dut.tick()
    expect([dut.ports.soon_o, dut.ports.exact_o]).toEqual([9, 0])
    dut.tick(2)
    expect([dut.ports.exact_o, dut.ports.late_o]).toEqual([9, 0])
    expect(dut.ports.own_count_o).toBe(1)
    dut.tick()
    expect([dut.ports.late_o, dut.ports.own_count_o]).toEqual([9, 2])
  })

  test('needs no clock from outside where nothing comes from there', async () => {
    await using dut = await simulate({ top: 'alone', sources, timing: true })
    dut.tick(8)
    expect(dut.ports.count_o).toBe(2)
    await using child = await simulateInChild({ top: 'alone', sources, timing: { period: '40ns' } })
    await child.step(8)
    expect(await child.read('count_o')).toEqual([8])
    await expect(simulate({ top: 'alone', sources, timing: { period: '1fs' } })).rejects.toThrow(
      /timing\.period/,
    )
  })

  test('has streams and several clocks', async () => {
    const clocks = { clk_i: { period: 4 }, other_clk_i: { period: 10, phase: 1 } }
    const streams = { in: { clock: 'clk_i' }, out: { clock: 'clk_i' } }
    const stalls = { probability: 0.3, seed: 4 }
    const beats = Array.from({ length: 50 }, (_, i) => ({ data: (i * 37) & 255 }))
    for (const own of [{ clocks, streams }, { clock: 'clk_i' }]) {
      const options = { top: 'slow_slice', sources, timing: { period: '8ns' }, stalls, ...own }
      await using dut = await simulate(options)
      await dut.in.send(beats)
      expect(await dut.out.receive(beats.length)).toEqual(beats)
      const start = [dut.cycle, dut.ports.other_o!]
      dut.tick(100)
      // 800 ns are 40 periods of 20 ns, of the one that is driven.
      expect([dut.cycle - start[0]!, dut.ports.other_o! - start[1]!]).toEqual([100, 'clocks' in own ? 40 : 0])
      // What an edge starts, and is over before the next one, is there after the cycle.
      await using quick = await simulate({ ...options, stalls: undefined })
      Object.assign(quick.ports, { in_valid_i: 1, in_data_i: 77 })
      quick.tick()
      expect([quick.ports.out_valid_o, quick.ports.out_data_o]).toEqual([1, 77])
    }
  })

  testWith('fst2vcd', 'has them in its waveform, in its own time', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'assay-timed-')), 'timed.fst')
    const dut = await simulate({ ...timed, waveform: { file } })
    dut.ports.d_i = 5
    dut.tick(2)
    expect(await dut.takeOutput()).toBe('')
    await dut.close()
    const vcd = execFileSync('fst2vcd', [file], { encoding: 'utf8' })
    expect(vcd).toMatch(/\$timescale\s+1ps/)
    const name = /\$var \w+ 8 (\S+) soon_o/.exec(vcd)![1]!
    const changes = [...vcd.matchAll(/^#(\d+)\n((?:[^#].*\n)*)/gm)].flatMap(([, time, values]) =>
      values!.split('\n').includes(`b101 ${name}`) || values!.split('\n').includes(`b00000101 ${name}`)
        ? [Number(time)]
        : [],
    )
    expect(changes).toEqual([6000])
  })

  testWith('iverilog', 'is for Verilator alone', async () => {
    await expect(simulate({ ...timed, simulator: 'icarus' })).rejects.toThrow(/Icarus gives no delays here/)
  })

  test('is refused without timing, where it cannot do without, with what to give', async () => {
    await expect(readPorts({ top: 'timed', sources })).rejects.toThrow(
      /timed\.sv:26.*[\s\S]*Give timing: true \(assay ports: --flag=--timing\)/,
    )
    expect((await readPorts({ top: 'timed', sources, timing: true })).ports).toHaveLength(9)
    expect((await readPorts({ top: 'timed', sources, verilatorFlags: ['--timing'] })).ports).toHaveLength(9)
  })
})

describe('a process that waits and then fails', () => {
  const file = 'test/simulate/fixtures/late_failure.sv'
  const lines = readFileSync(file, 'utf8').split('\n')

  test.each([
    [1, 'assertion', 0, 'at once'],
    [2, 'assertion', 5, 'late'],
    [3, 'assertion', 5, 'worse'],
    [4, 'stop', 5, '$stop'],
    [5, 'assertion', 5, 'in a task'],
    [6, 'assertion', 5, 'of two'],
    [7, 'assertion', 5, 'there-is-none.mem: $readmem file not found'],
    [8, 'assertion', 6, 'at an edge'],
    [9, 'assertion', 8, 'before an endless loop'],
  ])('%i fails as every model does: %s in cycle %i', async (how, kind, cycle, message) => {
    const options = { top: 'late_failure', sources: [file], timing: true, plusargs: { how } }
    const line = how === 7 ? null : lines.findIndex((text) => text.includes(`how == ${how}`)) + 1
    const place = how === 9 ? { file, line: line! + 1 } : how === 7 ? { line: null } : { file, line }
    const expected = {
      name: 'SimulationError',
      kind,
      cycle,
      ...place,
      message: expect.stringContaining(message),
    }
    const here = async () => {
      await using dut = await simulate(options)
      dut.tick(20)
    }
    const inChild = async () => {
      await using dut = await simulateInChild(options)
      await dut.step(20)
    }
    await expect(here()).rejects.toMatchObject(expected)
    await expect(inChild()).rejects.toMatchObject(expected)
    // This process is well, and so is the next instance.
    await using dut = await simulate({ ...options, plusargs: {} })
    dut.tick(20)
    expect(dut.ports.count_o).toBe(20)
  })
})

test.each([
  [undefined, [], false],
  [true, [], true],
  [{ period: '1ns' }, [], true],
  [false, ['--timing'], true],
  [true, ['--no-timing'], false],
  [undefined, ['-no-timing', '-timing'], true],
])('timing %j with the flags %j: %j', (timing, flags, expected) => {
  expect(usesTiming({ timing }, flags)).toBe(expected)
})

describe('a period', () => {
  test.each([
    [true, -12, 10_000],
    [undefined, -9, 10],
    [{ period: '2.5ns' }, -12, 2500],
    [{ period: '0.3 us' }, -9, 300],
    [{ period: '2ps' }, -12, 2],
    [{ period: '1s' }, -3, 1000],
  ])('%j in units of 10^%i s is %i', (timing, precision, units) => {
    expect(readPeriod(timing, precision)).toBe(units)
  })

  test.each([
    ['10', /timing\.period: expected a time such as 10ns, got 10/],
    ['-1ns', /such as 10ns/],
    ['1ns', /whole number of 10\^-9 s, at least two, got 1ns\. The timescale/],
    ['2.5ns', /whole number of 10\^-9 s/],
    ['0ns', /at least two/],
  ])('%s is refused', (period, message) => {
    expect(() => readPeriod({ period }, -9)).toThrow(message)
  })

  test('of the first of several clocks scales them all', () => {
    const clocks: Extract<Clocks, { kind: 'several' }> = {
      kind: 'several',
      clocks: [
        { port: 'a', period: 4, phase: 0 },
        { port: 'b', period: 6, phase: 1 },
      ],
    }
    expect(scaleClocks(clocks, 1000).clocks).toEqual([
      { port: 'a', period: 1000, phase: 0 },
      { port: 'b', period: 1500, phase: 250 },
    ])
    expect(() => scaleClocks(clocks, 10)).toThrow(
      /10 units of time for a cycle of a are no multiple of its period 4/,
    )
  })
})

test('a module with a clock of its own and no inputs is told what to give', async () => {
  const source = join(mkdtempSync(join(tmpdir(), 'assay-own-clock-')), 'free.sv')
  const text =
    'module free(output logic [7:0] n_o); timeunit 1ns; timeprecision 1ns; logic c = 0; initial n_o = 0; always #5 c = ~c; always @(posedge c) n_o <= n_o + 1; endmodule\n'
  writeFileSync(source, text)
  const free: SimulateOptions = { top: 'free', sources: [source] }
  await expect(simulate(free)).rejects.toThrow(/no 1-bit input\. .*give timing: true/)
  await using dut = await simulate({ ...free, timing: true })
  dut.tick(3)
  expect(dut.ports.n_o).toBe(3)
  // Of two modules the nearest is named, or all.
  await expect(readPorts({ ...free, top: 'fre' })).rejects.toThrow(
    /no module fre: .*free\.sv holds free\. Did you mean free\?/,
  )
  writeFileSync(source, `/* module old; */ // module older;\n${text}module automatic other; endmodule\n`)
  await expect(readPorts({ ...free, top: 'top' })).rejects.toThrow(
    /holds free, other\. Give one of them as top/,
  )
})
