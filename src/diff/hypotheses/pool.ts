/** What max-pool may do instead. */
import { codeOffset } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerMaxPool } from '../../golden/types.ts'
import { listAddresses, listNoPadding } from './addresses.ts'
import { type At, type Hypothesis, listStale, predictAt, type Surroundings } from './hypothesis.ts'
import { made, reader } from './places.ts'

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
  const sideways = (dy: number, dx: number): string =>
    [dy < 0 ? 'up' : dy > 0 ? 'down' : '', dx < 0 ? 'left' : dx > 0 ? 'right' : '']
      .filter(Boolean)
      .join(' and ')
  const smaller = `a window of ${kernel - 1}x${kernel - 1}`
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
    ...(
      [
        ['no-first-row', 'no first row of the window', (ky) => ky > 0],
        ['no-last-row', 'no last row of the window', (ky) => ky < kernel - 1],
        ['no-first-column', 'no first column of the window', (_, kx) => kx > 0],
        ['no-last-column', 'no last column of the window', (_, kx) => kx < kernel - 1],
        [
          'window-smaller-last',
          `${smaller}: without the last row and column`,
          (ky, kx) => ky < kernel - 1 && kx < kernel - 1,
        ],
        [
          'window-smaller-first',
          `${smaller}: without the first row and column`,
          (ky, kx) => ky > 0 && kx > 0,
        ],
      ] satisfies [string, string, (ky: number, kx: number) => boolean][]
    ).map(([id, says, isTap]) => made(node, [id, 'input', says], pool(padded(-1), Math.max, isTap))),
    made(node, ['no-pool', 'input', 'no pooling: the input as it is'], padded(-1)),
    ...listNoPadding(input, -1, around, (outside) => {
      const inside = padded(-1)
      const read: At = (channel, y, x) => {
        const code = inside(channel, y, x)
        return code < 0 ? outside(channel, y, x) : code
      }
      return predictAt(node.shape, pool(read, Math.max, all))
    }),
    ...listAddresses(input, around, (inside) => {
      const own = padded(-1)
      const read: At = (channel, y, x) => (own(channel, y, x) < 0 ? -1 : inside(channel, y, x))
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
          [`taps-${dy}-${dx}`, 'input', `the window one pixel further ${sideways(dy, dx)}`],
          pool(padded(-1), Math.max, all, dy, dx),
        ),
      ),
    ...listStale(input, around).map((other) =>
      made(node, ['stale-input', 'input', `${other.name} as the input`], pool(reader(other), Math.max, all)),
    ),
  ]
}
