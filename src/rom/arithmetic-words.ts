/** Header words 11 and 12 of a program: the arithmetic that it is for (docs/detector.md, "Arithmetic"). */
import { ASSAY } from '../arithmetic/built-in.ts'
import { ROUNDINGS } from '../arithmetic/stages.ts'
import { type AddUnit, type RequantiseUnit, type RtlArithmetic, rtlArithmetic } from './rtl-arithmetic.ts'

/** Parameters of a unit and their bits in its word, lowest first. */
type Fields<Unit> = readonly (readonly [keyof Unit & string, number])[]

export const REQUANTISE_FIELDS: Fields<RequantiseUnit> = [
  ['AccBits', 6],
  ['AccOverflow', 2],
  ['MultiplierBits', 6],
  ['DoublingHigh', 1],
  ['LeftShift', 1],
  ['Rounding', 3],
  ['MostShift', 6],
  ['Between', 2],
  ['CodeOverflow', 2],
]
export const ADD_FIELDS: Fields<AddUnit> = [
  ['MultiplierBits', 6],
  ['Rounding', 3],
  ['MostShift', 6],
  ['CodeOverflow', 2],
  ['Staged', 1],
  ['DoublingHigh', 1],
  ['OperandLeft', 5],
  ['LeftShift', 1],
  ['SumScales', 1],
]

/** The header words; 0 is what `assay` has. */
export interface ArithmeticWords {
  readonly requantise: number
  readonly add: number
}

function encode<Unit>(fields: Fields<Unit>, unit: Unit): number {
  let at = 0
  return fields.reduce((word, [name, bits]) => {
    const shifted = Number(unit[name]) * 2 ** at
    at += bits
    return word + shifted
  }, 0)
}

/** The fields as they are, also of `assay`: the defaults of rtl/assay_pkg.sv. */
export const packRequantise = (unit: RequantiseUnit): number => encode(REQUANTISE_FIELDS, unit)
export const packAdd = (unit: AddUnit): number => encode(ADD_FIELDS, unit)

const usual = rtlArithmetic(ASSAY)
const unlessUsual = (word: number, own: number): number => (word === own ? 0 : word)

export const arithmeticWords = ({ requantise, add }: RtlArithmetic): ArithmeticWords => ({
  requantise: unlessUsual(packRequantise(requantise), packRequantise(usual.requantise)),
  add: unlessUsual(packAdd(add), packAdd(usual.add)),
})

/** Bits of a lane in a word of the parameter ROM. */
export const paramBits = ({ MultiplierBits }: Pick<RequantiseUnit, 'MultiplierBits'>): number =>
  MultiplierBits > 16 ? 96 : 64

/** Whether the requantiser of a header word adds a half, or nearly so: it rounds neither down nor toward zero. */
export const addsHalf = ({ requantise }: ArithmeticWords): boolean =>
  requantise === 0 || ((requantise >>> 16) & 7) > ROUNDINGS.indexOf('toward-zero')
