/** Which M, s, Z and scales a module can be given, and what that says of it. */
import type { ModuleShape } from '../../arithmetic/candidates.ts'
import { InputError } from '../../input/input-error.ts'
import type { ProbePorts, Setting } from '../../operator/probe-ports.ts'
import type { ProbeBench } from '../../operator/probe-types.ts'
import type { ProbeRanges } from './stimulus.ts'

export type Range = readonly [least: number, greatest: number]

/** What the user says of the values, beside the ports. */
export interface SaidRanges {
  /** Bits of a code. Default: those of its port. */
  readonly bits?: number | undefined
  readonly multipliers?: Range | undefined
  readonly shifts?: Range | undefined
  readonly zeroPoints?: Range | undefined
}

/** What a module is driven with, and what is known of it. */
export interface ProbePlan {
  readonly ranges: ProbeRanges
  readonly shape: ModuleShape
}

const MOST_MULTIPLIER_BITS = 31
const MOST_SHIFT = 63
const WIDEST_CODE = 16
const SCALES = [1, 0.5, 0.25, 2 ** -8, 0.1, 0.003, 1 / 3, 1.7e-5, 0.0217, 0.7].map(Math.fround)

/**
 * Plans for a module: one, or where a shift is signed one for each of its signs, of which either may be to the right.
 *
 * @throws InputError naming the option whose port is too narrow or whose range does not fit it
 */
export function planProbe(ports: ProbePorts, said: SaidRanges): readonly ProbePlan[] {
  const { acc, code } = ports
  const codeBits = said.bits ?? code.width
  if (codeBits > code.width)
    throw new InputError(
      `expected at most ${code.width}, the bits of ${code.name}, got ${codeBits}`,
      '--bits',
    )
  if (codeBits > WIDEST_CODE)
    throw new InputError(
      `expected codes of at most ${WIDEST_CODE} bits, ${code.name} has ${code.width}`,
      '--bits',
      'Say how many of them, the lowest, are the code.',
    )
  const multiplier = multiplierRange(ports, said.multipliers)
  const multiplierBits = ports.multiplier === null ? null : bitsOf(multiplier[1], ports.multiplier)
  const zeroPoint = zeroPointRange(ports.zeroPoint, codeBits, said.zeroPoints)
  const scales = scalesOf(ports.scale)
  const isSigned = ports.zeroPoint !== null && (!('name' in ports.zeroPoint) || ports.zeroPoint.signed)
  return shiftRanges(ports, acc.width + (multiplierBits ?? 0) - 1, said.shifts).map((shift) => ({
    ranges: {
      ...{ accBits: acc.width, codeBits, multiplier, shift, zeroPoint, scales },
      isShiftInside: ports.shift === null && scales.length === 0,
    },
    shape: {
      multiplierBits,
      shift:
        ports.shift === null && scales.length === 0
          ? null
          : { signed: shift[0] < 0, least: shift[0], greatest: shift[1] },
      zeroPoint:
        ports.zeroPoint === null
          ? null
          : { signed: isSigned, bits: 'name' in ports.zeroPoint ? ports.zeroPoint.width : codeBits },
      scale: scales.length > 0,
      codeSigned: code.signed,
    },
  }))
}

function multiplierRange({ multiplier }: ProbePorts, said: Range | undefined): Range {
  if (multiplier === null) return [0, 0]
  if (!('name' in multiplier)) {
    if (Number.isInteger(multiplier.value) && multiplier.value >= 1 && multiplier.value < 2 ** 31)
      return [multiplier.value, multiplier.value]
    throw new InputError(
      `expected a port, or a whole number from 1 to 2^31 − 1, got ${multiplier.value}`,
      '--multiplier',
    )
  }
  const bits = Math.min(multiplier.width - (multiplier.signed ? 1 : 0), MOST_MULTIPLIER_BITS)
  if (bits < 2)
    throw new InputError(
      `expected a port of at least 3 bits, ${multiplier.name} has ${multiplier.width}`,
      '--multiplier',
    )
  return within('--multipliers', said, [1, 2 ** bits - 1])
}

/** Of a constant the width is not known: 16 bits, or 31 where it has more. */
const bitsOf = (greatest: number, multiplier: Setting): number => {
  const own = Math.floor(Math.log2(greatest)) + 1
  if (!('name' in multiplier)) return own <= 16 ? 16 : MOST_MULTIPLIER_BITS
  return Math.min(multiplier.width - (multiplier.signed ? 1 : 0), MOST_MULTIPLIER_BITS)
}

function shiftRanges({ shift }: ProbePorts, useful: number, said: Range | undefined): readonly Range[] {
  if (shift === null) return [[0, 0]]
  if (!('name' in shift)) {
    const { value } = shift
    if (Number.isInteger(value) && Math.abs(value) <= MOST_SHIFT) return [[value, value]]
    throw new InputError(`expected a port, or a whole number from −63 to 63, got ${value}`, '--shift')
  }
  const most = Math.min(2 ** (shift.width - (shift.signed ? 1 : 0)) - 1, useful, MOST_SHIFT)
  const least = shift.signed ? -Math.min(2 ** (shift.width - 1), useful, MOST_SHIFT) : 0
  if (said !== undefined) return [within('--shifts', said, [least, most])]
  return least < 0
    ? [
        [0, most],
        [least, 0],
      ]
    : [[0, most]]
}

function zeroPointRange(zeroPoint: Setting | null, codeBits: number, said: Range | undefined): Range {
  if (zeroPoint === null) return [0, 0]
  if (!('name' in zeroPoint)) {
    const { value } = zeroPoint
    if (Number.isInteger(value) && Math.abs(value) < 2 ** WIDEST_CODE) return [value, value]
    throw new InputError(
      `expected a port, or a whole number of at most 16 bits, got ${value}`,
      '--zero-point',
    )
  }
  const bits = Math.min(zeroPoint.width, codeBits)
  return within(
    '--zero-points',
    said,
    zeroPoint.signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1],
  )
}

function scalesOf(scale: Setting | null): readonly number[] {
  if (scale === null) return []
  if ('name' in scale) return SCALES
  if (scale.value > 0 && Number.isFinite(scale.value)) return [Math.fround(scale.value)]
  throw new InputError(`expected a port, or a number above 0, got ${scale.value}`, '--scale')
}

/** @param possible what the port can hold and the module can use */
function within(option: string, said: Range | undefined, possible: Range): Range {
  if (said === undefined) return possible
  if (said[0] >= possible[0] && said[1] <= possible[1]) return said
  throw new InputError(`expected numbers from ${possible.join(' to ')}, got ${said.join('..')}`, option)
}

/** The plans of a bench that the user wrote, which says itself what it takes. */
export function planBench(bench: ProbeBench, said: SaidRanges): readonly ProbePlan[] {
  const { accBits, codeBits, scale = false } = bench
  const part = (option: string, own: Range | undefined, other: Range | undefined): Range => {
    if (own !== undefined) return within(option, other, own)
    if (other === undefined) return [0, 0]
    throw new InputError('the bench does not take any', option)
  }
  const multiplier = part('--multipliers', bench.multiplier, said.multipliers)
  const shift = part('--shifts', bench.shift, said.shifts)
  const zeroPoint = part('--zero-points', bench.zeroPoint, said.zeroPoints)
  const isInside = bench.shift === undefined && !scale
  return [
    {
      ranges: {
        ...{ accBits, codeBits, multiplier, shift, zeroPoint, scales: scale ? SCALES : [] },
        isShiftInside: isInside,
      },
      shape: {
        multiplierBits:
          bench.multiplier === undefined ? null : Math.floor(Math.log2(bench.multiplier[1])) + 1,
        shift: isInside ? null : { signed: shift[0] < 0, least: shift[0], greatest: shift[1] },
        zeroPoint: bench.zeroPoint === undefined ? null : { signed: true, bits: codeBits },
        scale,
        codeSigned: true,
      },
    },
  ]
}
