/**
 * What may follow a convolution's shift instead: another zero point, clamp or table. All of these are functions of one value, that
 * behind the zero point and before the clamp, so that one computation serves them all.
 */
import { codeOffset, codeRange } from '../../golden/code-range.ts'
import { clamp } from '../../golden/fixed-point.ts'
import type { Codes, IntegerConv } from '../../golden/types.ts'
import { convolveChanged } from './convolve-changed.ts'
import {
  type Change,
  type Convolved,
  type Hypothesis,
  type Surroundings,
  signed,
  tooFar,
} from './hypothesis.ts'

/** The value is computed as a signed code of 16 bits: what is beyond has long saturated. */
const WIDE = 16
const HALF = 2 ** (WIDE - 1)

const modulo = (value: number, bits: number): number => {
  const whole = 2 ** bits
  return ((value % whole) + whole) % whole
}

/** How a value becomes a code of the layer: the functions below are put together from these. */
interface Ends {
  readonly low: number
  readonly high: number
  /** Bits of the index, and of the output. */
  readonly indexBits: number
  readonly outputBits: number
  /** What is carried above the hardware's own index and output. */
  readonly outputOffset: number
  readonly table: Codes | null
}

/** The output, as it is carried, of a value before the clamp. */
type Finish = (value: number) => number

interface Rule {
  readonly id: string
  readonly change: Change
  readonly says: string
  readonly finish: Finish
}

const lookUp = ({ table }: Ends, index: number): number => (table === null ? index : table[index]!)
const clamped = ({ low, high }: Ends, value: number): number => clamp(value, low, high) - low
const wrapped = ({ low, indexBits }: Ends, value: number): number => modulo(value - low, indexBits)
/** As the hardware should. */
const finishOf = (ends: Ends, value: number): number => lookUp(ends, clamped(ends, value))

export function listCodeHypotheses(own: Convolved, around: Surroundings): readonly Hypothesis[] {
  const { node, profile } = own
  const [low, high] = codeRange(profile, node.requantBits)
  const ends: Ends = {
    ...{ low, high, indexBits: node.requantBits, outputBits: node.quant.bits, table: node.table },
    outputOffset: codeOffset(profile, node.quant.bits),
  }
  const values = valuesOf(own)
  return [
    ...zeroPoints(ends, node.requantZeroPoint + low),
    ...clamps(ends),
    ...(node.table === null ? [] : [...indices(ends), ...otherTables(ends, node, around.convolutions)]),
    ...outputs(ends),
  ].map(({ id, change, says, finish }) => ({
    ...{ id, change, says },
    predict: () => ({
      at: (index) => finish(values.at(index)),
      all: () => {
        const valueAt = values.all()
        return valueAt === null ? null : (index) => finish(valueAt(index))
      },
    }),
  }))
}

/** Values before the clamp: computed once, of a sample and of all elements. */
function valuesOf({ node, input, profile }: Convolved) {
  const zeroPoint = node.requantZeroPoint - codeOffset(profile, node.requantBits) + HALF
  const wide: IntegerConv = {
    ...node,
    ...{ requantBits: WIDE, requantZeroPoint: zeroPoint, table: null },
    quant: { ...node.quant, bits: WIDE, zeroPoint },
  }
  const { at, all } = convolveChanged({ node: wide, input, profile })
  const known = new Map<number, number>()
  let every: ReturnType<NonNullable<typeof all>> | undefined
  return {
    at: (index: number): number => {
      const value = known.get(index) ?? at(index) - HALF
      known.set(index, value)
      return value
    },
    all: (): ((index: number) => number) | null => {
      if (every === undefined) every = all!()
      const codeAt = every
      return codeAt === null ? null : (index) => codeAt(index) - HALF
    },
  }
}

/** Steps of a zero point that are tried. */
const STEPS = [1, -1, 2, -2, 3, -3, 4, -4]

/** Z of A-4. */
function zeroPoints(ends: Ends, zeroPoint: number): readonly Rule[] {
  const where = ends.table === null ? "the output's zero point" : "the zero point of the table's index"
  const steps = STEPS.map(
    (step): Rule => ({
      id: `zero-point${signed(step)}`,
      change: 'parameters',
      says: `${where}, ${tooFar(step)}: ${zeroPoint + step} instead of ${zeroPoint}`,
      finish: (value) => finishOf(ends, value + step),
    }),
  )
  if (zeroPoint === 0) return steps
  const missing: Rule = {
    id: 'no-zero-point',
    change: 'parameters',
    says: `no zero point: ${zeroPoint} is not added behind the shift`,
    finish: (value) => finishOf(ends, value - zeroPoint),
  }
  return [...steps, missing]
}

/** The clamp of A-4: at one end, at neither, or of another width. */
function clamps(ends: Ends): readonly Rule[] {
  const { low, high, indexBits, outputBits } = ends
  const rule = (id: string, says: string, finish: Finish): Rule => ({
    id,
    change: 'arithmetic',
    says,
    finish,
  })
  const own = (value: number): number => lookUp(ends, wrapped(ends, value))
  const half = 2 ** (indexBits - 1)
  const read = low === 0 ? 'signed' : 'unsigned'
  const least = low === 0 ? -half : 0
  return [
    rule('no-clamp-low', `no clamp at ${low}: a value below it wraps`, (value) => own(Math.min(value, high))),
    rule('no-clamp-high', `no clamp at ${high}: a value above it wraps`, (value) =>
      own(Math.max(value, low)),
    ),
    rule(`clamp-${read}`, `a clamp to ${least} and ${least + 2 * half - 1}, as of ${read} codes`, (value) =>
      own(clamp(value, least, least + 2 * half - 1)),
    ),
    ...(outputBits === indexBits || ends.table === null
      ? []
      : [
          rule(
            'clamp-output-bits',
            `a clamp of ${outputBits} bits, those of the output, before the table`,
            (value) =>
              lookUp(
                ends,
                clamp(
                  value,
                  low / 2 ** (indexBits - outputBits),
                  low / 2 ** (indexBits - outputBits) + 2 ** outputBits - 1,
                ) - low,
              ),
          ),
        ]),
  ]
}

/** The table at another index, and none. */
function indices(ends: Ends): readonly Rule[] {
  const { low, indexBits, outputBits, outputOffset } = ends
  const last = 2 ** indexBits - 1
  const rule = (id: string, says: string, finish: Finish): Rule => ({ id, change: 'table', says, finish })
  const at = (id: string, says: string, indexOf: (index: number) => number): Rule =>
    rule(id, says, (value) => lookUp(ends, indexOf(clamped(ends, value))))
  const tooWide = indexBits - outputBits
  return [
    ...[1, -1].flatMap((step) => [
      at(`table-index${signed(step)}`, `the activation table's index, ${tooFar(step)} (it wraps)`, (index) =>
        modulo(index + step, indexBits),
      ),
      at(
        `table-index${signed(step)}-clamped`,
        `the activation table's index, ${tooFar(step)} (it saturates)`,
        (index) => clamp(index + step, 0, last),
      ),
    ]),
    rule('no-table', 'no activation table: the low bits of its index', (value) =>
      modulo(clamped(ends, value) + low + outputOffset, outputBits),
    ),
    ...(tooWide === 0
      ? []
      : [
          rule(
            'no-table-high',
            'no activation table: the upper bits of its index',
            (value) => clamped(ends, value) >> tooWide,
          ),
          rule('no-table-clamped', 'no activation table: its index, clamped to a code', (value) =>
            clamp(clamped(ends, value) + low + outputOffset, 0, 2 ** outputBits - 1),
          ),
        ]),
    at(
      'table-index-sign',
      "the activation table's index with its top bit inverted, as signed for unsigned",
      (index) => index ^ (2 ** (indexBits - 1)),
    ),
    at('table-reversed', 'the activation table in reverse order', (index) => last - index),
  ]
}

/** The table of another layer. */
function otherTables(ends: Ends, node: IntegerConv, all: readonly IntegerConv[]): readonly Rule[] {
  const own = all.findIndex(({ name }) => name === node.name)
  if (own < 0) return []
  const placed = all.map((other, place) => ({ other, steps: place - own }))
  // The nearest first.
  placed.sort((a, b) => Math.abs(a.steps + 0.1) - Math.abs(b.steps + 0.1))
  const before = placed.find(({ other, steps }) => steps < 0 && other.table !== null)
  const after = placed.find(({ other, steps }) => steps > 0 && other.table !== null)
  return placed.flatMap((place): readonly Rule[] => {
    const { table, name, quant } = place.other
    if (place.steps === 0 || table === null || table.length !== ends.table!.length) return []
    if (quant.bits !== ends.outputBits) return []
    const which = place === before ? ' (the layer before)' : place === after ? ' (the layer after)' : ''
    return [
      {
        id: place === before ? 'table-before' : place === after ? 'table-after' : `table-of-${name}`,
        change: 'table',
        says: `the activation table of ${name}${which}`,
        finish: (value) => table[clamped(ends, value)]!,
      },
    ]
  })
}

/** The output behind everything. */
function outputs(ends: Ends): readonly Rule[] {
  const last = 2 ** ends.outputBits - 1
  if (ends.table === null) return []
  return [1, -1].map((step) => ({
    id: `output${signed(step)}`,
    change: 'parameters' as const,
    says: `the output's zero point, behind the table, ${tooFar(step)}`,
    finish: (value) => clamp(finishOf(ends, value) + step, 0, last),
  }))
}
