import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface RequantisePorts {
  valid_i: number
  sum_i: number
  param_i: bigint
  zero_i: number
  max_i: number
  readonly valid_o: number
  readonly code_o: number
}

interface Beat {
  readonly sum?: number
  readonly bias?: number
  readonly m?: number
  readonly s?: number
  readonly zero?: number
  readonly bits?: number
}

const LATENCY = 8

const open = (Lanes = 1, CodeBits = 12) =>
  simulate<RequantisePorts>({
    top: 'requantise',
    sources: ['rtl/assay_pkg.sv', 'rtl/round_code.sv', 'rtl/requantise.sv'],
    parameters: { Lanes, CodeBits },
    verilatorFlags: ['--assert'],
  })

function drive({ ports }: Dut<RequantisePorts>, beat: Beat): void {
  const { sum = 0, bias = 0, m = 0, s = 0, zero = 0, bits = 8 } = beat
  ports.valid_i = 1
  ports.sum_i = sum >>> 0
  ports.param_i = BigInt(bias >>> 0) | (BigInt(m) << 32n) | (BigInt(s) << 48n)
  ports.zero_i = zero
  ports.max_i = 2 ** bits - 1
}

/** One beat, on its own. Its zero point and largest code hold, as they do for a layer. */
function requantise(dut: Dut<RequantisePorts>, beat: Beat): number {
  drive(dut, beat)
  dut.tick()
  dut.ports.valid_i = 0
  for (let cycle = 1; cycle < LATENCY; cycle++) dut.tick()
  expect(dut.ports.valid_o).toBe(1)
  return dut.ports.code_o
}

/** A-4, in integers without a width. BigInt division truncates, so the floor is a shift. */
function reference({ sum = 0, bias = 0, m = 0, s = 0, zero = 0, bits = 8 }: Beat): number {
  const half = s > 0 ? 1n << BigInt(s - 1) : 0n
  const code = BigInt(zero) + (((BigInt(sum) + BigInt(bias)) * BigInt(m) + half) >> BigInt(s))
  const max = (1n << BigInt(bits)) - 1n
  return Number(code < 0n ? 0n : code > max ? max : code)
}

describe('requantise', () => {
  const half = { m: 32768, s: 16 }
  test.each([
    { because: '0.5 rounds up', beat: { ...half, sum: 1 }, code: 1 },
    { because: '-0.5 rounds up too', beat: { ...half, sum: -1, zero: 3 }, code: 3 },
    { because: '-1.5 rounds up to -1', beat: { ...half, sum: -3, zero: 3 }, code: 2 },
    { because: 'just below 0.5 rounds down', beat: { m: 32767, s: 16, sum: 1 }, code: 0 },
    { because: 'just below -0.5 rounds down', beat: { m: 32769, s: 16, sum: -1, zero: 3 }, code: 2 },
    { because: 'without a shift there is no half', beat: { m: 1, s: 0, sum: 7 }, code: 7 },
    { because: 'the bias counts before the product', beat: { ...half, sum: 10, bias: -4 }, code: 3 },
    {
      because: 'the zero point is added after the rounding',
      beat: { ...half, sum: 1, zero: 100 },
      code: 101,
    },
    { because: 'the clamp comes last', beat: { ...half, sum: 1000, zero: 4 }, code: 255 },
    { because: 'and below', beat: { ...half, sum: -1000, zero: 255 }, code: 0 },
    { because: 'a clamp to 5 bits', beat: { ...half, sum: 1000, bits: 5 }, code: 31 },
    { because: 'a clamp to 12 bits', beat: { ...half, sum: 1e6, bits: 12 }, code: 4095 },
    { because: 'the largest product', beat: { m: 65535, s: 47, sum: 2 ** 31 - 1 }, code: 1 },
    { because: 'the smallest product', beat: { m: 65535, s: 47, sum: -(2 ** 31), zero: 9 }, code: 8 },
    { because: 'a lane without a channel gives Z', beat: { m: 0, s: 0, sum: 0, zero: 77 }, code: 77 },
  ])('$because', async ({ beat, code }) => {
    await using dut = await open()
    expect(requantise(dut, beat)).toBe(code)
    expect(reference(beat)).toBe(code)
  })

  test('equals the reference around every power of two and at the ends, for every shift', async () => {
    await using dut = await open()
    const sums = new Set<number>()
    for (let i = 0; i <= 31; i++)
      for (const sign of [-1, 1]) for (const offset of [-2, -1, 0, 1, 2]) sums.add(sign * 2 ** i + offset)
    const inside = [...sums, 0].filter((sum) => sum >= -(2 ** 31) && sum < 2 ** 31)
    let wrong = 0
    for (let s = 0; s <= 47; s++)
      for (const m of [0, 1, 32767, 32768, 32769, 43690, 65535])
        for (const sum of inside) {
          const beat = { sum, m, s, zero: (s * 37) % 4096, bits: 12 }
          if (requantise(dut, beat) !== reference(beat)) wrong++
        }
    expect(wrong).toBe(0)
  })

  test('a beat a cycle, each eight cycles later, in gaps nothing', async () => {
    await using dut = await open()
    const random = makeRandom(11)
    const expected: number[] = []
    const received: number[] = []
    for (let i = 0; i < 4000; i++) {
      const beat = {
        sum: random(2 ** 32) - 2 ** 31,
        m: random(65536),
        s: 24 + random(24),
        zero: 40,
        bits: 10,
      }
      drive(dut, beat)
      dut.ports.valid_i = i < 3980 && random(4) > 0 ? 1 : 0
      if (dut.ports.valid_i) expected.push(reference(beat))
      dut.tick()
      if (dut.ports.valid_o) received.push(dut.ports.code_o)
    }
    expect(received).toEqual(expected)
  })

  test('a bias wraps with its sum: only what they make together needs to fit', async () => {
    await using dut = await open()
    const beat = { sum: 2 ** 31 - 1, bias: -(2 ** 31) + 6, m: 1, s: 0 }
    expect(requantise(dut, beat)).toBe(5)
  })

  test('a shift above 47 is an assertion', async () => {
    await using dut = await open()
    drive(dut, { s: 48 })
    expect(() => dut.tick()).toThrow('requantise')
  })
})
