import { expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface DividerPorts {
  start_i: number
  dividend_i: number
  divisor_i: number
  readonly done_o: number
  readonly quotient_o: number
}

const divider = { top: 'divider', sources: ['rtl/divider.sv'], verilatorFlags: ['--assert'] }

test('divides 5-bit divisors into 4-bit quotients, every one of them', async () => {
  await using dut = await simulate<DividerPorts>({
    ...divider,
    parameters: { DivisorBits: 5, QuotientBits: 4 },
  })
  const { ports } = dut
  for (let divisor = 1; divisor < 32; divisor++) {
    for (let dividend = 0; dividend < divisor * 16; dividend++) {
      Object.assign(ports, { start_i: 1, dividend_i: dividend, divisor_i: divisor })
      dut.tick()
      ports.start_i = 0
      expect(dut.until(() => ports.done_o === 1, { withinCycles: 4 })).toBe(4)
      expect(ports.quotient_o, `${dividend} / ${divisor}`).toBe(Math.floor(dividend / divisor))
      dut.tick()
      expect(ports.done_o).toBe(0)
    }
  }
})

test('divides at the widths of A-8: extremes and random numbers, started anew while busy', async () => {
  await using dut = await simulate<DividerPorts>(divider)
  const { ports } = dut
  const random = makeRandom(4)
  const divisors = [1, 2, 3, 65535, 65536, 2 ** 20 - 1]
  for (let round = 0; round < 300; round++) {
    const divisor = divisors[round] ?? 1 + random(2 ** 20 - 1)
    for (const dividend of [0, divisor - 1, divisor, divisor * 2 ** 15 - 1, random(divisor * 2 ** 15)]) {
      Object.assign(ports, { start_i: 1, dividend_i: random(divisor), divisor_i: divisor })
      dut.tick(1 + random(3))
      ports.dividend_i = dividend
      dut.tick()
      ports.start_i = 0
      dut.until(() => ports.done_o === 1, { withinCycles: 16 })
      expect(ports.quotient_o, `${dividend} / ${divisor}`).toBe(Math.floor(dividend / divisor))
    }
  }
})

test('an overflow is an assertion', async () => {
  await using dut = await simulate<DividerPorts>(divider)
  Object.assign(dut.ports, { start_i: 1, dividend_i: 2 ** 15, divisor_i: 1 })
  expect(() => dut.tick()).toThrow('32768 / 1 does not fit 15 bits')
})

test('is done once, and the quotient holds until the next start', async () => {
  await using dut = await simulate<DividerPorts>({
    ...divider,
    parameters: { DivisorBits: 5, QuotientBits: 4 },
  })
  const { ports } = dut
  Object.assign(ports, { start_i: 1, dividend_i: 100, divisor_i: 9 })
  dut.tick()
  ports.start_i = 0
  dut.until(() => ports.done_o === 1, { withinCycles: 4 })
  // Longer than the step counter would take to come round.
  for (let cycle = 0; cycle < 40; cycle++) {
    dut.tick()
    expect([ports.done_o, ports.quotient_o]).toEqual([0, 11])
  }
})
