/** A convolution whose taps read other pixels than its stride and its padding say. */
import { paddingCode } from '../../golden/code-range.ts'
import { allocateCodes, type CodeTensor } from '../../golden/codes.ts'
import { listAddresses, listNoPadding } from './addresses.ts'
import { convolveChanged } from './convolve-changed.ts'
import {
  type At,
  type Change,
  type Convolved,
  type Hypothesis,
  type Prediction,
  type Surroundings,
  signed,
} from './hypothesis.ts'

/** The row, or column, that a tap of an output row, or column, reads. Outside of the tensor it is padding. */
type Side = (output: number, tap: number) => number
interface Reading {
  readonly row: Side
  readonly column: Side
  /** The codes there; those of padding unless given. */
  readonly outside?: At
  /** The codes of the tensor; its own unless given. */
  readonly inside?: At
}

export const listReadings = (own: Convolved, around: Surroundings): readonly Hypothesis[] => [
  ...strides(own, around.pixels),
  ...tiles(own, around.pixels),
  ...borders(own, around),
  ...listAddresses(own.input, around, (inside) => {
    const { stride, padding } = own.node
    const placeOf: Side = (output, tap) => output * stride + tap - padding
    return convolveReading(own, { row: placeOf, column: placeOf, inside })
  }),
]

/** The other stride: of both axes, of one, or of the pixels that are computed at the same time. */
function strides(own: Convolved, pixels: number): readonly Hypothesis[] {
  const { kernel, stride, padding } = own.node
  if (stride > 2) return []
  const other = 3 - stride
  const by =
    (step: number): Side =>
    (output, tap) =>
      output * step + tap - padding
  const within: Side = (output, tap) =>
    (output - (output % pixels)) * stride + (output % pixels) * other + tap - padding
  const says = `stride ${other} instead of ${stride}`
  const made = (id: string, where: string, row: Side, column: Side): Hypothesis =>
    toHypothesis(
      own,
      { id: `stride-${other}${id}`, says: `${says}${where}`, change: 'input' },
      { row, column },
    )
  const [plain, changed] = [by(stride), by(other)]
  return kernel > 1 || stride > 1
    ? [
        made('', '', changed, changed),
        made('-columns', ' from column to column', plain, changed),
        made('-rows', ' from row to row', changed, plain),
        made('-within-tiles', ` within the ${pixels} pixels of a cycle`, plain, within),
      ]
    : []
}

/** The pixels that are computed at the same time begin elsewhere than behind those before. */
function tiles(own: Convolved, pixels: number): readonly Hypothesis[] {
  const { stride, padding, shape } = own.node
  if (shape[2] <= pixels) return []
  const row: Side = (output, tap) => output * stride + tap - padding
  return [-2, -1, 1, 2].map((by) => {
    const column: Side = (output, tap) => row(output, tap) + by * Math.floor(output / pixels)
    const says = `every ${pixels} columns ${Math.abs(by)} of the input's ${by > 0 ? 'further apart' : 'closer together'}`
    return toHypothesis(own, { id: `tile-step${signed(by)}`, says, change: 'input' }, { row, column })
  })
}

/** Pixels of the tensor in the place of its padding. */
function borders(own: Convolved, around: Surroundings): readonly Hypothesis[] {
  const { node, input } = own
  const { stride, padding } = node
  if (padding === 0) return []
  const [, height, width] = input.shape
  const placeOf: Side = (output, tap) => output * stride + tap - padding
  const made = (id: string, says: string, fold: (at: number, side: number) => number): Hypothesis => {
    const side =
      (length: number): Side =>
      (output, tap) =>
        fold(placeOf(output, tap), length)
    const reading = { row: side(height), column: side(width) }
    return toHypothesis(
      own,
      { id: `padding-${id}`, says: `${says} instead of padding`, change: 'border' },
      reading,
    )
  }
  return [
    ...listNoPadding(input, paddingCode(own.profile, input.quant), around, (outside) =>
      convolveReading(own, { row: placeOf, column: placeOf, outside }),
    ),
    made('nearest', 'the nearest pixel', (at, length) => Math.min(length - 1, Math.max(0, at))),
    made('opposite', 'the pixels of the opposite border', (at, length) => (at + length) % length),
    made('mirrored', 'the pixels mirrored at the border', (at, length) =>
      at < 0 ? -at : at < length ? at : 2 * (length - 1) - at,
    ),
  ]
}

const toHypothesis = (
  own: Convolved,
  about: { readonly id: string; readonly says: string; readonly change: Change },
  reading: Reading,
): Hypothesis => ({ ...about, predict: () => convolveReading(own, reading) })

/** With the pixels of every tap side by side, a convolution whose stride is its kernel. */
function convolveReading(
  { node, input, profile }: Convolved,
  { row, column, outside: outsideOf, inside }: Reading,
): Prediction {
  const { kernel, shape } = node
  const [channels, height, width] = shape
  const plain = { ...node, stride: kernel, padding: 0 }
  const padding = paddingCode(profile, input.quant)
  const outside = outsideOf ?? (() => padding)
  const sides = (outputs: readonly number[], side: Side): readonly number[] =>
    outputs.flatMap((output) => Array.from({ length: kernel }, (_, tap) => side(output, tap)))
  const upTo = (length: number): readonly number[] => Array.from({ length }, (_, output) => output)
  return {
    at: (index) => {
      const [channel, rest] = [Math.floor(index / (height * width)), index % (height * width)]
      const rows = sides([Math.floor(rest / width)], row)
      const patch = gather(input, rows, sides([rest % width], column), outside, inside)
      const alone = { ...plain, shape: [channels, 1, 1] } as const
      return convolveChanged({ node: alone, input: patch, profile }).at(channel)
    },
    all: () => {
      const gathered = gather(input, sides(upTo(height), row), sides(upTo(width), column), outside, inside)
      return convolveChanged({ node: plain, input: gathered, profile }).all!()
    },
  }
}

/** The pixels in these rows and columns. */
function gather(
  input: CodeTensor,
  rows: readonly number[],
  columns: readonly number[],
  outside: At,
  inside: At = (channel, y, x) => input.codes[(channel * input.shape[1] + y) * input.shape[2] + x]!,
): CodeTensor {
  const [channels, height, width] = input.shape
  const codes = allocateCodes(channels * rows.length * columns.length, input.quant.bits)
  let at = 0
  for (let channel = 0; channel < channels; channel++)
    for (const y of rows)
      for (const x of columns) {
        const isInside = y >= 0 && y < height && x >= 0 && x < width
        codes[at++] = (isInside ? inside : outside)(channel, y, x)
      }
  return { ...input, codes, shape: [channels, rows.length, columns.length] }
}
