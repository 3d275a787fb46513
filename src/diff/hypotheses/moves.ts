/** The right codes in other places: rows for columns, channels, lanes and pixels in another order. Every operator can show it. */
import { clamp } from '../../golden/fixed-point.ts'
import type { Codes } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import { laneMapsOf, listChannelMaps } from './channel-maps.ts'
import { type At, type Change, type Hypothesis, predictAt, type Surroundings } from './hypothesis.ts'

export function listMoves(expected: Codes, shape: Shape, around: Surroundings): readonly Hypothesis[] {
  const [channels, height, width] = shape
  const indexOf: At = (channel, y, x) => (channel * height + y) * width + x
  const move = (id: string, change: Change, says: string, origin: At): Hypothesis => ({
    ...{ id, change, says },
    predict: () => predictAt(shape, (channel, y, x) => expected[origin(channel, y, x)] ?? -1),
  })
  const { outputLanes, pixels, lanes } = around
  return [
    ...(height === width && height > 1
      ? [
          move(
            'output-transposed',
            'transposed',
            'the output with rows and columns exchanged',
            (channel, y, x) => indexOf(channel, x, y),
          ),
        ]
      : []),
    move('output-mirrored-x', 'order', 'the output mirrored in x', (channel, y, x) =>
      indexOf(channel, y, width - 1 - x),
    ),
    move('output-mirrored-y', 'order', 'the output mirrored in y', (channel, y, x) =>
      indexOf(channel, height - 1 - y, x),
    ),
    move('output-pixels-reversed', 'order', 'the pixels of the output in reverse order', (channel, y, x) =>
      indexOf(channel, height - 1 - y, width - 1 - x),
    ),
    move('output-reversed-all', 'order', 'the elements of the output in reverse order', (channel, y, x) =>
      indexOf(channels - 1 - channel, height - 1 - y, width - 1 - x),
    ),
    ...listChannelMaps(channels, outputLanes, lanes?.outputs).map((map) =>
      move(
        `output-${map.id}`,
        map.id.startsWith('lanes-') && channels > outputLanes ? 'lanes' : 'permuted',
        `output channels ${map.says}`,
        (channel, y, x) => (map.from(channel) < 0 ? -1 : indexOf(map.from(channel), y, x)),
      ),
    ),
    ...[...new Set([pixels, 2 * pixels, 2, 4])]
      .filter((n) => n > 1 && n <= width)
      .flatMap((n) =>
        laneMapsOf(n).map((map) =>
          move(
            `output-pixels-${map.id}-${n}`,
            'lanes',
            `pixels ${map.says} in each group of ${n}`,
            (channel, y, x) => {
              const from = x - (x % n) + map.from(x % n)
              return from < width ? indexOf(channel, y, from) : -1
            },
          ),
        ),
      ),
    ...otherOrders(shape).map(({ order, place }) =>
      move(`output-order-${order}`, 'order', `the output in the order ${order} instead of c y x`, place),
    ),
  ]
}

/** Every code otherwise, in its own place. */
export function listCodeMaps(
  expected: Codes,
  maxCode: number,
  zeroPoint: number | null,
): readonly Hypothesis[] {
  const map = (id: string, says: string, become: (code: number) => number): Hypothesis => ({
    ...{ id, says, change: 'sign' },
    predict: () => ({ at: (index) => become(expected[index]!) }),
  })
  const inverted = map(
    'output-sign',
    'codes with their top bit inverted: signed taken for unsigned',
    (code) => code ^ ((maxCode + 1) / 2),
  )
  if (zeroPoint === null) return [inverted]
  const mirrored = map(
    'output-negated',
    'codes mirrored about the zero point: the sign is inverted',
    (code) => clamp(2 * zeroPoint - code, 0, maxCode),
  )
  return [inverted, mirrored]
}

/** The elements in the order of other axes, from the slowest to the fastest. */
function otherOrders([channels, height, width]: Shape): readonly {
  readonly order: string
  /** The index whose code is at a place. */
  readonly place: At
}[] {
  const sizes = { c: channels, y: height, x: width }
  const orders = [
    ['y', 'x', 'c'],
    ['x', 'y', 'c'],
    ['c', 'x', 'y'],
    ['y', 'c', 'x'],
    ['x', 'c', 'y'],
  ] as const
  return orders.map((axes) => ({
    order: axes.join('-'),
    // The element that lies so far into the others' order.
    place: (channel, y, x) => {
      let rest = (channel * height + y) * width + x
      const at = { c: 0, y: 0, x: 0 }
      for (const axis of axes.toReversed()) {
        at[axis] = rest % sizes[axis]
        rest = Math.floor(rest / sizes[axis])
      }
      return (at.c * height + at.y) * width + at.x
    },
  }))
}
