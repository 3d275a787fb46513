/** Hardware that reads on where it should pad, or has its input or its output at another place of the memory. */
import type { CodeTensor } from '../../golden/codes.ts'
import type { Codes } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import type { Placement } from '../../rom/placement.ts'
import { type At, type Hypothesis, type Prediction, predictAt, type Surroundings } from './hypothesis.ts'
import { readOn, readWritten } from './memory.ts'

type IsThere = (shape: Shape, y: number, x: number) => boolean

const isRow = ([, height]: Shape, y: number): boolean => y >= 0 && y < height
const isColumn = ([, , width]: Shape, x: number): boolean => x >= 0 && x < width

/** Nowhere is padding, or not at one side; at its corners there is the padding of the other side. */
const SIDES: readonly (readonly [end: string, where: string, isThere: IsThere])[] = [
  ['', '', () => true],
  ['-above', ' above', (shape, y, x) => y < 0 && isColumn(shape, x)],
  ['-below', ' below', (shape, y, x) => y >= shape[1] && isColumn(shape, x)],
  ['-left', ' to the left', (shape, y, x) => x < 0 && isRow(shape, y)],
  ['-right', ' to the right', (shape, y, x) => x >= shape[2] && isRow(shape, y)],
]

/**
 * A hypothesis of hardware that reads the memory at every pixel; none where nothing says what the memory holds.
 *
 * @param predict what the layer gives with these codes inside of its input and around it
 * @param from where the input is looked for; where it is unless given
 */
export const listReadOn = (
  about: Omit<Hypothesis, 'predict'>,
  { codes }: CodeTensor,
  { memory, written }: Surroundings,
  predict: (read: At) => Prediction,
  from: Partial<Placement> = {},
): readonly Hypothesis[] =>
  memory === undefined || written === undefined
    ? []
    : [{ ...about, predict: () => predict(readOn(codes, written, memory, { ...memory.input, ...from })) }]

/**
 * @param padding the code of padding
 * @param predict what the layer gives with these codes outside of its input
 */
export const listNoPadding = (
  input: CodeTensor,
  padding: number,
  around: Surroundings,
  predict: (outside: At) => Prediction,
): readonly Hypothesis[] =>
  SIDES.flatMap(([end, where, isThere]) => {
    const says = `no padding${where}: what the memory holds beside the input`
    return listReadOn({ id: `no-padding${end}`, change: 'border', says }, input, around, (read) =>
      predict((channel, y, x) => (isThere(input.shape, y, x) ? read(channel, y, x) : padding)),
    )
  })

/** Steps of an address, in rows of the memory. */
const STEPS = [1, -1] as const

function listPlaces(of: 'input' | 'output', { base, plane, pitch, blocks, height }: Placement) {
  const steps = (
    id: string,
    what: (step: number) => string,
    change: (step: number) => Partial<Placement>,
    isSeen = true,
  ) =>
    (isSeen ? STEPS : []).map((step) => ({
      id: `${of}-${id}${step > 0 ? '+1' : '-1'}`,
      says: what(step),
      change: change(step),
    }))
  const apart = (step: number): string =>
    `one row of the memory ${step > 0 ? 'further apart' : 'closer together'}`
  return [
    ...steps(
      'base',
      (step) => `the ${of} from one row of the memory ${step > 0 ? 'further' : 'earlier'} on`,
      (step) => ({ base: base + step }),
    ),
    ...steps(
      'plane',
      (step) => `groups of ${of} channels ${apart(step)}`,
      (step) => ({ plane: plane + step }),
      blocks > 1,
    ),
    ...steps(
      'pitch',
      (step) => `lines of the ${of} ${apart(step)}`,
      (step) => ({ pitch: pitch + step }),
      height > 1,
    ),
    ...(blocks > 1 && of === 'input'
      ? [
          {
            id: 'input-first-group',
            says: 'the first group of input channels in the place of all',
            change: { plane: 0 },
          },
        ]
      : []),
  ]
}

/** @param predict what the layer gives with these codes inside of its input */
export const listAddresses = (
  input: CodeTensor,
  around: Surroundings,
  predict: (inside: At) => Prediction,
): readonly Hypothesis[] =>
  around.memory === undefined
    ? []
    : listPlaces('input', around.memory.input).flatMap(({ id, says, change }) =>
        listReadOn({ id, says, change: 'input' }, input, around, predict, change),
      )

/** A result that is written at another place, where what follows may overwrite it. */
export const listWrittenElsewhere = (
  expected: Codes,
  shape: Shape,
  { memory }: Surroundings,
): readonly Hypothesis[] =>
  memory === undefined
    ? []
    : listPlaces('output', memory.output).map(({ id, says, change }) => ({
        ...{ id, says, change: 'order' },
        predict: () => {
          const place = { ...memory.output, ...change }
          return predictAt(shape, readWritten(expected, memory.output, place, memory))
        },
      }))
