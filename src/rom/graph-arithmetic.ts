/** The arithmetic that the RTL needs for a graph, and whether its numbers fit. */
import type { Profile } from '../arithmetic/profile.ts'
import { addsZeroPoint, type Stage } from '../arithmetic/stages.ts'
import { accumulatorRanges, signedBits } from '../golden/accumulator.ts'
import { codeOffset, profileOf } from '../golden/code-range.ts'
import type { IntegerAdd, IntegerConv, IntegerGraph } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { type ArithmeticWords, arithmeticWords } from './arithmetic-words.ts'
import { type AddUnit, type RtlArithmetic, rtlArithmetic, SUM_BITS } from './rtl-arithmetic.ts'

export interface GraphArithmetic {
  readonly profile: Profile
  readonly units: RtlArithmetic
  readonly words: ArithmeticWords
}

/** @throws InputError for a profile that the RTL cannot compute, and for numbers of the graph that its units do not hold */
export function arithmeticOf(graph: Pick<IntegerGraph, 'nodes' | 'profile'>): GraphArithmetic {
  const profile = profileOf(graph)
  const units = rtlArithmetic(profile)
  const bits = new Map(graph.nodes.map((node) => [node.name, node.quant.bits]))
  for (const node of graph.nodes) {
    if (node.op === 'conv') checkConv(node, bits.get(node.inputs[0])!, profile, units)
    if (node.op === 'add') checkAdd(node, Math.max(...node.inputs.map((name) => bits.get(name)!)), units.add)
  }
  return { profile, units, words: arithmeticWords(units) }
}

/**
 * Z as the units add it: of codes as they are carried. Where the stages add none it is that of the hardware's code 0.
 */
export const carriedZero = (
  profile: Profile,
  stages: readonly Stage[],
  { zeroPoint, bits }: { readonly zeroPoint: number; readonly bits: number },
): number => (addsZeroPoint(stages) ? zeroPoint : codeOffset(profile, bits))

type Refuse = (what: string) => never
const refuserOf =
  (where: string): Refuse =>
  (what) => {
    throw new InputError(what, where, 'The RTL cannot run this network.')
  }

/** With codes of at most 16 bits and their zero points, what is beyond this is a code at the end of its range. */
const BEYOND_CODES = 2 ** 17

function checkConv(
  node: IntegerConv,
  inputBits: number,
  profile: Profile,
  { requantise }: RtlArithmetic,
): void {
  const { overflow, bits } = profile.accumulator
  const wraps = overflow === 'wrap' && bits <= SUM_BITS
  for (const range of accumulatorRanges(node, inputBits, profile)) {
    const refuse = refuserOf(`${node.name}, output channel ${range.channel}`)
    const sumBits = signedBits(range)
    if (!wraps && sumBits > SUM_BITS)
      refuse(`its sums take ${sumBits} bits, signed; those of the RTL have ${SUM_BITS}`)
    const multiplier = node.multiplier[range.channel]!
    const shift = node.shift[range.channel]!
    checkFactor(multiplier, shift, requantise, refuse)
    const accBits = Math.min(sumBits, requantise.AccBits)
    const saturates = shift < 0 && requantise.LeftShift === 1 && accBits - shift > SUM_BITS
    if (saturates && requantise.DoublingHigh === 1 && multiplier > 0 && multiplier < BEYOND_CODES)
      refuse(`M of ${multiplier} behind a shift of ${-shift} bits to the left, which leaves ${SUM_BITS} bits`)
  }
}

function checkFactor(
  multiplier: number,
  shift: number,
  { MultiplierBits, MostShift }: { readonly MultiplierBits: number; readonly MostShift: number },
  refuse: Refuse,
): void {
  if (MultiplierBits > 0 && multiplier >= 2 ** MultiplierBits)
    refuse(`M of ${multiplier} has more than ${MultiplierBits} bits`)
  if (MostShift > 0 && shift > MostShift) refuse(`s of ${shift} is above ${MostShift}`)
}

function checkAdd({ name, multipliers, shift, stages }: IntegerAdd, inputBits: number, unit: AddUnit): void {
  const refuse = refuserOf(name)
  if (unit.Staged === 0) {
    for (const multiplier of multipliers) checkFactor(multiplier, shift, unit, refuse)
    return
  }
  if (stages === undefined) throw new RangeError(`${name}: expected the parameters of its stages, got none`)
  if (unit.SumScales === 1) checkFactor(stages.multiplier, shift, unit, refuse)
  for (const [index, multiplier] of multipliers.entries()) {
    const own = stages.shifts[index]!
    checkFactor(multiplier, own, unit, refuse)
    // A code less its zero point has one bit more.
    const wide = inputBits + 1 + unit.OperandLeft + (unit.LeftShift === 1 ? Math.max(-own, 0) : 0)
    if (wide >= SUM_BITS)
      refuse(`an operand takes ${wide} bits behind its shift to the left, the RTL has ${SUM_BITS - 1}`)
  }
}
