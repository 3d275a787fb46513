import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'

/** A unit with something to do, and what must be 0 in reset and stay so until it is started. */
interface Unit {
  readonly top: string
  readonly files: readonly string[]
  readonly parameters?: Readonly<Record<string, number>>
  readonly start: Readonly<Record<string, number | bigint>>
  /** Cycles from the start in which something is under way. */
  readonly busyAfter: number
  readonly quiet: readonly string[]
}

const units: readonly Unit[] = [
  { top: 'requantise', files: ['round_code', 'requantise'], parameters: { Lanes: 1 }, start: { valid_i: 1 }, busyAfter: 8, quiet: ['valid_o'] }, // biome-ignore format: a unit a line
  { top: 'add_codes', files: ['round_code', 'add_codes'], parameters: { Lanes: 1 }, start: { valid_i: 1, shift_i: 1 }, busyAfter: 8, quiet: ['valid_o'] }, // biome-ignore format: a unit a line
  { top: 'divider', files: ['divider'], parameters: { DivisorBits: 5, QuotientBits: 4 }, start: { start_i: 1, divisor_i: 3 }, busyAfter: 5, quiet: ['done_o'] }, // biome-ignore format: a unit a line
  { top: 'box_decode', files: ['box_decode', 'divider'], parameters: { PI: 1, PX: 1 }, start: { in_valid_i: 1, bins_i: 2, table_data_i: 7 }, busyAfter: 118, quiet: ['out_valid_o', 'read_valid_o'] }, // biome-ignore format: a unit a line
]

describe.each(units)('a reset of $top', ({ top, files, parameters, start, busyAfter, quiet }) => {
  const sources = ['rtl/assay_pkg.sv', ...files.map((file) => `rtl/${file}.sv`)]
  const open = async (seed: number) => {
    const options = { top, sources, seed, parameters }
    const dut = await simulate<Record<string, number | bigint>>({ ...options, randomiseUnknowns: true })
    // Inputs come up at random as well.
    for (const { name, direction } of dut.module.ports)
      if (direction === 'input' && !/^(clk|rst)/.test(name)) dut.ports[name] = 0
    return dut
  }
  const isQuiet = (dut: Dut<Record<string, number | bigint>>) => quiet.every((name) => dut.ports[name] === 0)

  // Registers come up at random: a dozen seeds leave none that is right by chance.
  test('needs no luck: nothing is under way after it, whatever was in the registers', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      await using dut = await open(seed)
      for (let cycle = 0; cycle < busyAfter + 3; cycle++) {
        expect(isQuiet(dut), `seed ${seed}, cycle ${cycle}`).toBe(true)
        dut.tick()
      }
    }
  })

  test.each([
    { how: 'over an edge of the clock', edges: 1 },
    { how: 'between two edges', edges: 0 },
  ])('ends what is under way, at once and for good: $how', async ({ edges }) => {
    for (let delay = 1; delay <= busyAfter; delay += busyAfter > 20 ? 4 : 1) {
      await using dut = await open(1)
      Object.assign(dut.ports, start)
      dut.tick()
      // A start is a pulse; a valid beat may stay.
      if ('start_i' in start) dut.ports.start_i = 0
      dut.tick(delay - 1)
      dut.ports.rst_ni = 0
      expect(isQuiet(dut)).toBe(true)
      for (const name of Object.keys(start)) if (/valid|start/.test(name)) dut.ports[name] = 0
      dut.tick(edges)
      dut.ports.rst_ni = 1
      for (let cycle = 0; cycle < busyAfter + 3; cycle++) {
        expect(isQuiet(dut), `after ${delay} cycles`).toBe(true)
        dut.tick()
      }
    }
  })

  test('is what keeps them quiet: without it they are not', async () => {
    await using dut = await open(1)
    Object.assign(dut.ports, start)
    dut.tick()
    if ('start_i' in start) dut.ports.start_i = 0
    dut.tick(busyAfter - 1)
    expect(isQuiet(dut)).toBe(false)
  })
})
