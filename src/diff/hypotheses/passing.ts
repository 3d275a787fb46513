/** What upsampling, slices and concats may do instead: they pass codes on. */
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerConcat, IntegerSlice, IntegerUpsample } from '../../golden/types.ts'
import { listAddresses, listReadOn } from './addresses.ts'
import { type At, type Hypothesis, listStale, predictAt, type Surroundings } from './hypothesis.ts'
import { made, reader } from './places.ts'

/** The pixel beside, of those that are doubled. */
const STEPS = [
  ['right', 'pixel', 0, 1],
  ['below', 'row', 1, 0],
  ['below-right', 'row and pixel', 1, 1],
  ['left', 'column', 0, -1],
  ['above', 'row', -1, 0],
  ['above-left', 'row and column', -1, -1],
] as const

export function listUpsampleHypotheses(
  node: IntegerUpsample,
  input: CodeTensor,
  around: Surroundings,
): readonly Hypothesis[] {
  const [, height, width] = input.shape
  const read = reader(input)
  return [
    ...STEPS.flatMap(([where, what, dy, dx]) => {
      const beside =
        (at: At): At =>
        (channel, y, x) =>
          at(channel, (y + dy) >> 1, (x + dx) >> 1)
      const held: At = (channel, y, x) =>
        read(channel, Math.min(height - 1, Math.max(0, y)), Math.min(width - 1, Math.max(0, x)))
      const says = dy + dx < 0 ? `pixels doubled one ${what} too far` : `the next ${what} at every other one`
      const beyond = {
        ...{ id: `neighbour-${where}-memory`, change: 'border' as const },
        says: `${says}, and what the memory holds beside the input`,
      }
      return [
        made(node, [`neighbour-${where}`, 'input', says], beside(held)),
        ...listReadOn(beyond, input, around, (at) => predictAt(node.shape, beside(at))),
      ]
    }),
    ...listAddresses(input, around, (inside) =>
      predictAt(node.shape, (channel, y, x) => inside(channel, y >> 1, x >> 1)),
    ),
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
