/** From a profile to parameters of `rtl/requantise.sv` and `rtl/add_codes.sv`, which have them by these names. */
import type { Profile } from '../arithmetic/profile.ts'
import { ROUNDINGS, type Stage } from '../arithmetic/stages.ts'
import { InputError } from '../input/input-error.ts'

/** Of assay_pkg. */
const OVERFLOWS = ['none', 'wrap', 'saturate'] as const
type Overflow = (typeof OVERFLOWS)[number]
export const overflowOf = (name: Overflow): number => OVERFLOWS.indexOf(name)

/** What multiplies and shifts; 1 is yes. */
interface Scaling {
  readonly MultiplierBits: number
  readonly DoublingHigh: number
  readonly LeftShift: number
  /** Index of `ROUNDINGS`. */
  readonly Rounding: number
  readonly MostShift: number
}

/** `rtl/requantise.sv`. */
export interface RequantiseUnit extends Scaling {
  readonly AccBits: number
  readonly AccOverflow: number
  readonly Between: number
  readonly CodeOverflow: number
}

/** `rtl/add_codes.sv`. */
export interface AddUnit extends Scaling {
  readonly Staged: number
  readonly OperandLeft: number
  readonly SumScales: number
  readonly CodeOverflow: number
}

export interface RtlArithmetic {
  readonly requantise: RequantiseUnit
  readonly add: AddUnit
}

/** Bits of a sum of products in the RTL. */
export const SUM_BITS = 32
/** An operand of 8 bits less its zero point, so far to the left, and the sum of two of them fit 32 bits. */
const MOST_OPERAND_LEFT = 22

/**
 * The parameters with which the RTL computes what a profile declares.
 *
 * @throws InputError naming the field that the RTL has no parameter for
 */
export function rtlArithmetic(profile: Profile): RtlArithmetic {
  const { accumulator, productShift } = profile
  if (productShift !== undefined) refuse(profile, 'productShift', 'a shift of each product')
  if (accumulator.at === 'product' && accumulator.overflow === 'saturate')
    refuse(profile, 'accumulator.at', 'a sum that saturates at each product')
  if (profile.concat !== undefined) refuse(profile, 'concat', 'a concat that requantises')
  return { requantise: requantiseUnit(profile), add: addUnit(profile) }
}

function refuse(profile: Profile, field: string, what: string): never {
  throw new InputError(
    `${field}: the RTL has no parameter for ${what}`,
    `profile ${profile.name}`,
    'Diff a module of your own (`assay sim --module`), or choose another profile: `assay profiles` lists them.',
  )
}

/** The stages of a list, taken one by one in the order in which the RTL has them. */
interface Cursor {
  readonly next: () => Stage | undefined
  /** The next stage if it is this one. */
  readonly take: <Name extends Stage['stage']>(name: Name) => Extract<Stage, { stage: Name }> | undefined
  /** Refuses what is left. */
  readonly end: () => void
  /** Refuses the stage that was taken last. */
  readonly refuse: (what: string) => never
}

function cursorOf(profile: Profile, field: string, stages: readonly Stage[]): Cursor {
  let at = 0
  return {
    next: () => stages[at],
    take: (name) => {
      const stage = stages[at]
      if (stage?.stage !== name) return undefined
      at++
      return stage as Extract<Stage, { stage: typeof name }>
    },
    end: () => {
      if (at < stages.length) refuse(profile, `${field}.${at}`, `a stage ${stages[at]!.stage} there`)
    },
    refuse: (what) => refuse(profile, `${field}.${at - 1}`, what),
  }
}

/** `shift-left` by −s, a multiplication, `shift-right` by s, each or none. */
function takeScaling(cursor: Cursor): Scaling {
  const left = cursor.take('shift-left')
  if (left?.by !== undefined) cursor.refuse('a shift by a fixed number of bits there')
  const multiply = cursor.take('multiply')
  const doubling = multiply === undefined ? cursor.take('doubling-high-multiply') : undefined
  if (doubling?.bits === 16) cursor.refuse('a doubling high multiply of 16 bits')
  const right = cursor.take('shift-right')
  if (right?.by !== undefined) cursor.refuse('a shift by a fixed number of bits there')
  if (right?.fractionBits !== undefined) cursor.refuse('fractionBits')
  return {
    MultiplierBits: doubling === undefined ? (multiply?.bits ?? 0) : doubling.bits - 1,
    DoublingHigh: doubling === undefined ? 0 : 1,
    LeftShift: left === undefined ? 0 : 1,
    Rounding: ROUNDINGS.indexOf(right?.rounding ?? 'floor'),
    MostShift: right === undefined ? 0 : (right.most ?? 63),
  }
}

/** A narrowing to 32 bits, if it is next. */
function takeNarrow(cursor: Cursor): Overflow {
  const next = cursor.next()
  if (next?.stage !== 'narrow' || next.bits === undefined) return 'none'
  cursor.take('narrow')
  if (next.bits !== SUM_BITS || !next.signed) cursor.refuse('a narrowing to other than 32 bits, signed')
  return next.overflow
}

interface End {
  readonly between: Overflow
  readonly code: Overflow
}

/** The end of a list: a narrowing to 32 bits or none, the zero point or none, the code. */
function takeEnd(cursor: Cursor): End {
  const between = takeNarrow(cursor)
  cursor.take('add-zero-point')
  const next = cursor.next()
  const code = next?.stage === 'narrow' && next.bits === undefined ? cursor.take('narrow') : undefined
  cursor.end()
  // What saturates to fewer bits in any case need not saturate to 32 before.
  const isIdle = between === 'saturate' && code?.overflow === 'saturate'
  return { between: isIdle ? 'none' : between, code: code?.overflow ?? 'none' }
}

function requantiseUnit(profile: Profile): RequantiseUnit {
  const { accumulator, requantise } = profile
  const cursor = cursorOf(profile, 'requantise', requantise)
  // A sum has 32 bits: its narrowing to as many changes nothing.
  takeNarrow(cursor)
  const scaling = takeScaling(cursor)
  const { between, code } = takeEnd(cursor)
  if (scaling.LeftShift === 1 && (between === 'wrap' || code === 'wrap'))
    cursor.refuse('what wraps behind a shift to the left')
  const { bits, overflow } = accumulator
  const isNarrow = overflow !== 'refuse' && bits < SUM_BITS
  return {
    AccBits: isNarrow ? bits : SUM_BITS,
    AccOverflow: overflowOf(isNarrow ? overflow : 'none'),
    ...scaling,
    Between: overflowOf(between),
    CodeOverflow: overflowOf(code),
  }
}

function addUnit(profile: Profile): AddUnit {
  const { add } = profile
  if (add.form === 'float32') return refuse(profile, 'add.form', 'an addition in float32')
  const [only] = add.operand
  return add.operand.length === 1 && only?.stage === 'multiply'
    ? jointUnit(profile, only.bits, add.sum)
    : stagedUnit(profile, add.operand, add.sum)
}

/** Both operands multiplied, and one rounding of their sum. */
function jointUnit(profile: Profile, bits: number, stages: readonly Stage[]): AddUnit {
  const cursor = cursorOf(profile, 'add.sum', stages)
  const { Rounding, MostShift, LeftShift, ...scaling } = takeScaling(cursor)
  if (LeftShift === 1 || scaling.MultiplierBits > 0)
    cursor.refuse('a sum that is scaled where its operands are, without a rounding of theirs')
  const { between, code } = takeEnd(cursor)
  if (between !== 'none') cursor.refuse('a narrowing to 32 bits before a code')
  return {
    ...{ Staged: 0, MultiplierBits: bits, Rounding, MostShift, CodeOverflow: overflowOf(code) },
    ...{ DoublingHigh: 0, OperandLeft: 0, LeftShift: 0, SumScales: 0 },
  }
}

/** Each operand by stages of its own, and so their sum; both saturate to 32 bits. */
function stagedUnit(profile: Profile, operand: readonly Stage[], sum: readonly Stage[]): AddUnit {
  const cursor = cursorOf(profile, 'add.operand', operand)
  const next = cursor.next()
  const fixed = next?.stage === 'shift-left' && next.by !== undefined ? cursor.take('shift-left') : undefined
  const OperandLeft = fixed?.by ?? 0
  if (OperandLeft > MOST_OPERAND_LEFT) cursor.refuse(`a shift of more than ${MOST_OPERAND_LEFT} bits there`)
  const scaling = takeScaling(cursor)
  const narrowed = takeNarrow(cursor)
  if (narrowed === 'wrap') cursor.refuse('an operand that wraps')
  cursor.end()
  const isWide = scaling.MultiplierBits > 0 && scaling.DoublingHigh === 0
  if (isWide && narrowed === 'none') cursor.refuse('an operand that is not saturated to 32 bits')

  const total = cursorOf(profile, 'add.sum', sum)
  const first = takeNarrow(total)
  if (first === 'wrap') total.refuse('a sum that wraps at 32 bits')
  const own = takeScaling(total)
  const { between, code } = takeEnd(total)
  if (between !== 'none' || code !== 'saturate') total.refuse('a sum that wraps')
  if (isScaling(own)) {
    if (isWide && first === 'none')
      refuse(profile, 'add.sum.0', 'a sum of two operands that is not saturated to 32 bits')
    for (const key of ['MultiplierBits', 'DoublingHigh', 'Rounding'] as const)
      if (own[key] !== scaling[key])
        refuse(profile, 'add.sum', 'another multiplier or rounding than an operand has')
    if (own.LeftShift === 1) refuse(profile, 'add.sum', 'a shift of the sum to the left')
  }
  return {
    ...{ Staged: 1, OperandLeft, ...scaling, SumScales: isScaling(own) ? 1 : 0 },
    MostShift: Math.max(scaling.MostShift, own.MostShift),
    CodeOverflow: overflowOf(code),
  }
}

const isScaling = ({ MultiplierBits, LeftShift, MostShift }: Scaling): boolean =>
  MultiplierBits > 0 || LeftShift === 1 || MostShift > 0
