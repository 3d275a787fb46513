/** What upsampling, slices and concats may do instead: they pass codes on. */
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerConcat, IntegerSlice, IntegerUpsample } from '../../golden/types.ts'
import { type At, type Hypothesis, listStale, predictAt, type Surroundings } from './hypothesis.ts'
import { listNoPadding } from './memory.ts'
import { made, reader } from './places.ts'

export function listUpsampleHypotheses(
  node: IntegerUpsample,
  input: CodeTensor,
  around: Surroundings,
): readonly Hypothesis[] {
  const [, height, width] = input.shape
  const read = reader(input)
  const half = (side: number, last: number, by: number): number => Math.min(last - 1, (side + by) >> 1)
  return [
    made(node, ['neighbour-right', 'input', 'the next pixel at every other column'], (channel, y, x) =>
      read(channel, y >> 1, half(x, width, 1)),
    ),
    made(node, ['neighbour-below', 'input', 'the next row at every other row'], (channel, y, x) =>
      read(channel, half(y, height, 1), x >> 1),
    ),
    made(
      node,
      ['neighbour-below-right', 'input', 'the next row and pixel at every other one'],
      (channel, y, x) => read(channel, half(y, height, 1), half(x, width, 1)),
    ),
    ...(
      [
        ['left', 'column', 0, 1],
        ['above', 'row', 1, 0],
        ['above-left', 'row and column', 1, 1],
      ] as const
    ).flatMap(([where, what, dy, dx]) => {
      const at =
        (outside: At): At =>
        (channel, y, x) => {
          const [row, column] = [(y - dy) >> 1, (x - dx) >> 1]
          return row < 0 || column < 0 ? outside(channel, row, column) : read(channel, row, column)
        }
      return [
        made(
          node,
          [`phase-${where}`, 'input', `pixels doubled from the second ${what} on: the first is there once`],
          at((channel, y, x) => read(channel, Math.max(0, y), Math.max(0, x))),
        ),
        ...listNoPadding(input, -1, around, (outside) => predictAt(node.shape, at(outside)))
          .slice(0, 1)
          .map(({ change, predict }) => ({
            ...{ id: `phase-${where}-memory`, change, predict },
            says: `pixels doubled one ${what} too far, with what the memory holds before the input`,
          })),
      ]
    }),
    made(node, ['repeated', 'order', 'the input side by side instead of each pixel twice'], (channel, y, x) =>
      read(channel, y % height, x % width),
    ),
    ...listStale(input, around).map((other) => {
      const stale = reader(other)
      return made(node, ['stale-input', 'input', `${other.name} as the input`], (channel, y, x) =>
        stale(channel, y >> 1, x >> 1),
      )
    }),
  ]
}

export function listSliceHypotheses(
  node: IntegerSlice,
  input: CodeTensor,
  around: Surroundings,
): readonly Hypothesis[] {
  const { begin, shape } = node
  const read = reader(input)
  const from = (id: string, says: string, channel: number): readonly Hypothesis[] =>
    channel < 0 || channel === begin || channel + shape[0] > input.shape[0]
      ? []
      : [made(node, [id, 'input', says], (own, y, x) => read(own + channel, y, x))]
  return [
    ...from('slice-other-half', 'the other half of the channels', begin === 0 ? shape[0] : begin - shape[0]),
    ...from('slice+1', 'the channels one further', begin + 1),
    ...from('slice-1', 'the channels one less far', begin - 1),
    ...from('slice+group', `the channels ${around.inputLanes} further`, begin + around.inputLanes),
    ...from('slice-group', `the channels ${around.inputLanes} less far`, begin - around.inputLanes),
  ]
}

export function listConcatHypotheses(
  node: IntegerConcat,
  inputs: readonly CodeTensor[],
): readonly Hypothesis[] {
  const orders = [
    { id: 'parts-reversed', says: 'its parts in reverse order', parts: inputs.toReversed() },
    {
      id: 'first-part-only',
      says: 'its first part in the place of all',
      parts: inputs.map(() => inputs[0]!),
    },
    { id: 'parts-turned', says: 'its parts turned by one', parts: [...inputs.slice(1), inputs[0]!] },
  ]
  const channelsOf = (parts: readonly CodeTensor[]): number =>
    parts.reduce((sum, { shape }) => sum + shape[0], 0)
  return orders
    .filter(({ parts }) => channelsOf(parts) === node.shape[0])
    .map(({ id, says, parts }) => {
      const readers = parts.flatMap((part) => {
        const read = reader(part)
        return Array.from(
          { length: part.shape[0] },
          (_, channel) => (y: number, x: number) => read(channel, y, x),
        )
      })
      return made(node, [id, 'order', says], (channel, y, x) => readers[channel]!(y, x))
    })
}
