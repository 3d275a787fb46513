/** `rtl/round_code.sv` at the values where a code changes, beside the specification of the stages. */
import { describe, expect, test } from 'vitest'
import { runStages } from '../../src/arithmetic/run-stages.ts'
import { ROUNDINGS, type Stage } from '../../src/arithmetic/stages.ts'
import { overflowOf } from '../../src/rom/rtl-arithmetic.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { openUnits, runBeat, type Unit } from './many-units.ts'

const SOURCES = ['rtl/assay_pkg.sv', 'rtl/round_code.sv']
const LATENCY = 5

interface Ending {
  readonly valueBits: number
  readonly codeBits: number
  readonly rounding: (typeof ROUNDINGS)[number]
  readonly between: 'wrap' | 'saturate' | null
  readonly overflow: 'wrap' | 'saturate'
}

const endings: readonly Ending[] = ROUNDINGS.flatMap((rounding, index) =>
  ([null, 'wrap', 'saturate'] as const).flatMap((between) =>
    (['wrap', 'saturate'] as const).map((overflow) => ({
      ...{ rounding, between, overflow },
      ...[
        { valueBits: 49, codeBits: 12 },
        { valueBits: 32, codeBits: 8 },
        { valueBits: 64, codeBits: 32 },
      ][index % 3]!,
    })),
  ),
)

const isDouble = ({ rounding }: Ending): boolean => rounding === 'tosa-double'
/** The largest shift: with room for what rounding adds. */
const mostOf = (ending: Ending): number => Math.min(63, ending.valueBits + 8 - Number(isDouble(ending)))
const slotOf = ({ valueBits }: Ending): number => Math.floor(valueBits / 32) * 32 + 32

const unitOf = (ending: Ending, Lanes = 1): Unit => {
  const { valueBits, codeBits, rounding, between, overflow } = ending
  return {
    parameters: {
      ...{ Lanes, ValueBits: valueBits, CodeBits: codeBits },
      Width: Math.max(valueBits, mostOf(ending) + Number(isDouble(ending))) + 1,
      Rounding: ROUNDINGS.indexOf(rounding),
      Between: between === null ? 0 : overflowOf(between),
      CodeOverflow: overflowOf(overflow),
    },
    ports: {
      inputs: { value_i: Lanes * slotOf(ending), shift_i: 8 * Lanes, zero_i: codeBits, max_i: codeBits },
      outputs: { code_o: Lanes * codeBits },
    },
  }
}

interface Beat {
  readonly value: bigint
  readonly shift: number
  readonly zero: number
  readonly bits: number
}

function expectedOf({ rounding, between, overflow }: Ending, { value, shift, zero, bits }: Beat): number {
  const stages: readonly Stage[] = [
    { stage: 'shift-right', rounding },
    ...(between === null
      ? []
      : [{ stage: 'narrow', bits: 32, signed: true, overflow: between } as const satisfies Stage]),
    { stage: 'add-zero-point' },
    { stage: 'narrow', signed: false, overflow },
  ]
  return Number(runStages(stages, value, { multiplier: 0, shift, scale: 0, zeroPoint: zero, codeBits: bits }))
}

const random = makeRandom(31)
const pick = <T>(values: readonly T[]): T => values[random(values.length)]!

/** A value beside a boundary: of a code, of 32 bits, of the range; or anywhere. */
function randomBeat(ending: Ending): Beat {
  const { valueBits, codeBits } = ending
  const shift = random(mostOf(ending) + 1)
  const bits = codeBits === 32 ? 31 : 4 + random(codeBits - 3)
  const zero = pick([0, 1, 2 ** bits - 1, random(2 ** bits)])
  const half = (1n << BigInt(shift)) >> 1n
  const sign = pick([1n, -1n])
  // Behind the shift: around the zero point, the ends of a code, and 32 bits.
  const whole =
    pick([0n, BigInt(random(8)), BigInt(zero), BigInt(2 ** bits - zero), 1n << 31n, 1n << 32n, 1n << 40n]) *
    sign
  const extra = isDouble(ending) && shift > 31 ? pick([1n, -1n]) << 30n : 0n
  const near = (whole << BigInt(shift)) + pick([0n, half, -half]) + extra + BigInt(random(5) - 2)
  const most = 1n << BigInt(valueBits - 1)
  const ends = pick([most - 1n, -most, BigInt(random(2 ** 32)) * sign])
  const value = near >= -most && near < most ? near : ends
  return { value: BigInt.asIntN(valueBits, value), shift, zero, bits }
}

/** Bits of a slot above its value do not count. */
const slotted = (ending: Ending, value: bigint): bigint => {
  const above = BigInt(random(2 ** 8)) << BigInt(ending.valueBits)
  return BigInt.asUintN(slotOf(ending), BigInt.asUintN(ending.valueBits, value) | above)
}

const portsOf = (ending: Ending, { value, shift, zero, bits }: Beat) => ({
  value_i: slotted(ending, value),
  // Two more bits than a shift has.
  shift_i: shift | (random(4) << 6),
  ...{ zero_i: zero, max_i: 2 ** bits - 1 },
})

describe('round_code', () => {
  test('gives the code of its stages at every rounding, narrowing and end', async () => {
    await using dut = await openUnits(
      'round_code',
      SOURCES,
      endings.map((ending) => unitOf(ending)),
    )
    const wrong = new Map<string, string>()
    const latency = endings.map(() => LATENCY)
    for (let i = 0; i < 800; i++) {
      const beats = endings.map(randomBeat)
      const ports = beats.map((beat, k) => portsOf(endings[k]!, beat))
      runBeat(dut, ports, 'code_o', latency).forEach((code, k) => {
        const [ending, beat] = [endings[k]!, beats[k]!]
        const expected = expectedOf(ending, beat)
        const { value, ...others } = beat
        if (code !== expected)
          wrong.set(
            Object.values(ending).join(),
            `${value} ${JSON.stringify(others)}: expected ${expected}, received ${code}`,
          )
      })
    }
    expect(Object.fromEntries(wrong)).toEqual({})
  })

  test('takes a beat a cycle, with gaps, in every lane, and holds its codes in them', async () => {
    const ending: Ending = {
      valueBits: 33,
      codeBits: 8,
      rounding: 'half-up',
      between: null,
      overflow: 'saturate',
    }
    const lanes = 3
    await using dut = await openUnits('round_code', SOURCES, [unitOf(ending, lanes)])
    const { ports, tick } = dut
    const settled = { zero: 17, bits: 7 }
    const due: (bigint | null)[] = new Array(LATENCY - 1).fill(null)
    let last = BigInt(Number(ports.code_o_0))
    for (let cycle = 0; cycle < 2000; cycle++) {
      const beats = Array.from({ length: lanes }, () => ({ ...randomBeat(ending), ...settled }))
      const isValid = cycle > 0 && random(3) > 0
      const joined = (bits: number, part: (beat: Beat) => bigint): bigint =>
        beats.reduce((sum, beat, lane) => sum | (BigInt.asUintN(bits, part(beat)) << BigInt(lane * bits)), 0n)
      ports.valid_i_0 = Number(isValid)
      ports.value_i_0 = joined(slotOf(ending), ({ value }) => slotted(ending, value))
      ports.shift_i_0 = Number(joined(8, ({ shift }) => BigInt(shift)))
      Object.assign(ports, { zero_i_0: settled.zero, max_i_0: 127 })
      due.push(isValid ? joined(8, (beat) => BigInt(expectedOf(ending, beat))) : null)
      tick()
      const now = due.shift()!
      last = now ?? last
      expect([ports.valid_o_0, BigInt(Number(ports.code_o_0))], `cycle ${cycle}`).toEqual([
        Number(now !== null),
        last,
      ])
    }
  })
})
