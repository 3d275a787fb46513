/** What max-pool, upsampling, slices and concats may do instead: they pass codes on. */
import { codeOffset } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerConcat, IntegerMaxPool, IntegerSlice, IntegerUpsample } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import {
  type At,
  type Change,
  type Hypothesis,
  listStale,
  predictAt,
  type Surroundings,
} from './hypothesis.ts'
import { listNoPadding } from './memory.ts'

/** Codes of a tensor by place; outside of it, what is said. */
function reader(
  { codes, shape: [channels, height, width] }: Pick<CodeTensor, 'codes' | 'shape'>,
  outside = -1,
) {
  return (channel: number, y: number, x: number): number =>
    channel < 0 || channel >= channels || y < 0 || y >= height || x < 0 || x >= width
      ? outside
      : codes[(channel * height + y) * width + x]!
}

const made = (
  { shape }: { readonly shape: Shape },
  [id, change, says]: readonly [string, Change, string],
  at: At,
): Hypothesis => ({ ...{ id, change, says }, predict: () => predictAt(shape, at) })

export function listPoolHypotheses(
  node: IntegerMaxPool,
  input: CodeTensor,
  around: Surroundings,
): readonly Hypothesis[] {
  const { kernel } = node
  const reach = kernel >> 1
  const { bits, zeroPoint } = input.quant
  const last = 2 ** bits - 1
  const offset = codeOffset(around.profile, bits)
  const taps = Array.from(
    { length: kernel * kernel },
    (_, i) => [Math.floor(i / kernel), i % kernel] as const,
  )
  type Pick = (left: number, right: number) => number
  const pool =
    (read: At, pick: Pick, isTap: (ky: number, kx: number) => boolean, dy = 0, dx = 0): At =>
    (channel, y, x) => {
      let found = -1
      for (const [ky, kx] of taps) {
        if (!isTap(ky, kx)) continue
        const code = read(channel, y + ky - reach + dy, x + kx - reach + dx)
        if (code >= 0) found = found < 0 ? code : pick(found, code)
      }
      return found < 0 ? 0 : found
    }
  const all = (): boolean => true
  const padded = (code: number): At => reader(input, code)
  const signedMax: Pick = (left, right) =>
    (left ^ ((last + 1) / 2)) > (right ^ ((last + 1) / 2)) ? left : right
  const shifts = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx] as const))
  return [
    made(
      node,
      ['min-pool', 'arithmetic', 'the smallest code instead of the largest'],
      pool(padded(-1), Math.min, all),
    ),
    made(
      node,
      ['min-pool-padded', 'arithmetic', 'the smallest code, padding among them'],
      pool(padded(0), Math.min, all),
    ),
    made(
      node,
      ['pool-other-sign', 'sign', `codes compared as ${offset === 0 ? 'signed' : 'unsigned'}`],
      pool(padded(-1), signedMax, all),
    ),
    ...[
      { id: 'padding-zero', code: offset },
      { id: 'padding-zero-point', code: zeroPoint },
      { id: 'padding-greatest', code: last },
    ]
      .filter(({ code }) => code > 0)
      .map(({ id, code }) =>
        made(
          node,
          [id, 'border', `padding with code ${code - offset} instead of ${0 - offset}`],
          pool(padded(code), Math.max, all),
        ),
      ),
    ...taps.map(([y, x]) =>
      made(
        node,
        [`no-tap-${y}-${x}`, 'input', `no tap (${y}, ${x}) of the window (ky, kx)`],
        pool(padded(-1), Math.max, (ky, kx) => ky !== y || kx !== x),
      ),
    ),
    made(
      node,
      ['no-first-row', 'input', 'no first row of the window'],
      pool(padded(-1), Math.max, (ky) => ky > 0),
    ),
    made(
      node,
      ['no-last-row', 'input', 'no last row of the window'],
      pool(padded(-1), Math.max, (ky) => ky < kernel - 1),
    ),
    made(
      node,
      ['no-first-column', 'input', 'no first column of the window'],
      pool(padded(-1), Math.max, (_, kx) => kx > 0),
    ),
    made(
      node,
      ['no-last-column', 'input', 'no last column of the window'],
      pool(padded(-1), Math.max, (_, kx) => kx < kernel - 1),
    ),
    made(node, ['no-pool', 'input', 'no pooling: the input as it is'], padded(-1)),
    ...listNoPadding(input.codes, around, (outside) => {
      const inside = padded(-1)
      const read: At = (channel, y, x) => {
        const code = inside(channel, y, x)
        return code < 0 ? outside(channel, y, x) : code
      }
      return predictAt(node.shape, pool(read, Math.max, all))
    }),
    ...(['first', 'last'] as const).map((which) =>
      made(
        node,
        [`${which}-of-window`, 'input', `the ${which} code of the window instead of the largest`],
        pool(padded(0), Math.max, (ky, kx) => ky === kx && ky === (which === 'first' ? 0 : kernel - 1)),
      ),
    ),
    ...shifts
      .filter(([dy, dx]) => dy !== 0 || dx !== 0)
      .map(([dy, dx]) =>
        made(
          node,
          [`taps-${dy}-${dx}`, 'input', `a window ${dy} rows and ${dx} columns further`],
          pool(padded(-1), Math.max, all, dy, dx),
        ),
      ),
    ...listStale(input, around).map((other) =>
      made(node, ['stale-input', 'input', `${other.name} as the input`], pool(reader(other), Math.max, all)),
    ),
  ]
}

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
