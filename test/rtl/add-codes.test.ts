import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface AddPorts {
  valid_i: number
  a_i: number
  b_i: number
  zero_a_i: number
  zero_b_i: number
  zero_y_i: number
  max_i: number
  multiplier_a_i: number
  multiplier_b_i: number
  shift_i: number
  readonly valid_o: number
  readonly code_o: number
}

type Inputs = Omit<AddPorts, 'valid_i' | 'valid_o' | 'code_o'>

const plain: Inputs = {
  ...{ a_i: 0, b_i: 0, zero_a_i: 0, zero_b_i: 0, zero_y_i: 0, max_i: 255 },
  ...{ multiplier_a_i: 1, multiplier_b_i: 1, shift_i: 1 },
}

const open = (CodeBits: number) =>
  simulate<AddPorts>({
    top: 'add_codes',
    sources: ['rtl/assay_pkg.sv', 'rtl/round_code.sv', 'rtl/add_codes.sv'],
    parameters: { Lanes: 1, CodeBits },
    verilatorFlags: ['--assert'],
  })

function add(dut: Dut<AddPorts>, inputs: Inputs): number {
  Object.assign(dut.ports, inputs, { valid_i: 1 })
  dut.tick()
  dut.ports.valid_i = 0
  for (let cycle = 1; cycle < 8; cycle++) dut.tick()
  expect(dut.ports.valid_o).toBe(1)
  return dut.ports.code_o
}

/** A-6, in integers without a width. */
function reference(i: Inputs): number {
  const product = (code: number, zero: number, m: number) => BigInt(code - zero) * BigInt(m)
  const sum =
    product(i.a_i, i.zero_a_i, i.multiplier_a_i) +
    product(i.b_i, i.zero_b_i, i.multiplier_b_i) +
    (1n << BigInt(i.shift_i - 1))
  const code = Number(sum >> BigInt(i.shift_i)) + i.zero_y_i
  return Math.min(Math.max(code, 0), i.max_i)
}

describe('add_codes', () => {
  test.each([
    { because: '1.5 rounds up', inputs: { a_i: 1, b_i: 2 }, code: 2 },
    { because: '-1.5 rounds up', inputs: { zero_a_i: 1, zero_b_i: 2, zero_y_i: 9 }, code: 8 },
    { because: 'one rounding for the sum: 0.5 + 0.5 is 1', inputs: { a_i: 1, b_i: 1 }, code: 1 },
    { because: 'the clamp above', inputs: { a_i: 255, b_i: 255, zero_y_i: 1 }, code: 255 },
    { because: 'the clamp of a narrower output', inputs: { a_i: 20, b_i: 30, max_i: 15 }, code: 15 },
    { because: 'just below that clamp', inputs: { a_i: 14, b_i: 15, max_i: 15 }, code: 15 },
    { because: 'one less', inputs: { a_i: 14, b_i: 14, max_i: 15 }, code: 14 },
    { because: 'the clamp below', inputs: { zero_a_i: 255, zero_b_i: 255 }, code: 0 },
    {
      because: 'the largest sum',
      inputs: { a_i: 255, b_i: 255, multiplier_a_i: 65535, multiplier_b_i: 65535, shift_i: 31 },
      code: 0,
    },
    {
      because: 'the smallest sum',
      inputs: {
        zero_a_i: 255,
        zero_b_i: 255,
        zero_y_i: 9,
        multiplier_a_i: 65535,
        multiplier_b_i: 65535,
        shift_i: 20,
      },
      code: 0,
    },
  ])('$because', async ({ inputs, code }) => {
    await using dut = await open(8)
    expect(add(dut, { ...plain, ...inputs })).toBe(code)
    expect(reference({ ...plain, ...inputs })).toBe(code)
  })

  test('every pair of 4-bit codes', async () => {
    await using dut = await open(4)
    for (let a_i = 0; a_i < 16; a_i++)
      for (let b_i = 0; b_i < 16; b_i++) {
        const inputs = {
          a_i,
          b_i,
          zero_a_i: 5,
          zero_b_i: 9,
          zero_y_i: 7,
          max_i: 15,
          multiplier_a_i: 33000,
          multiplier_b_i: 41000,
          shift_i: 16,
        }
        expect(add(dut, inputs), `${a_i} and ${b_i}`).toBe(reference(inputs))
      }
  })

  test.each([4, 8])('random beats of %i bits, at every shift', async (bits) => {
    await using dut = await open(bits)
    const random = makeRandom(bits)
    const code = () => random(2 ** bits)
    for (let i = 0; i < 6200; i++) {
      const inputs = {
        ...{ a_i: code(), b_i: code(), zero_a_i: code(), zero_b_i: code(), zero_y_i: code() },
        max_i: 2 ** (1 + random(bits)) - 1,
        ...{ multiplier_a_i: random(65536), multiplier_b_i: random(65536), shift_i: 1 + (i % 31) },
      }
      expect(add(dut, inputs), JSON.stringify(inputs)).toBe(reference(inputs))
    }
  })
})
