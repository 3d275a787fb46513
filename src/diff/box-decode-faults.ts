/** Box decode with another rule: distances, strides, corners. */
import { HEAD_RULES, type HeadRules } from '../golden/head-rules.ts'
import { type Draft, spaced, wrap } from './box-fault.ts'
import { signed } from './hypotheses/hypothesis.ts'

export const listDistanceFaults = (): readonly Draft[] => [
  {
    id: 'half-missing',
    says: 'no half of den in the dividend of A-8: it rounds down',
    rules: { half: () => 0 },
  },
  {
    id: 'rounded-up',
    says: 'the whole of den − 1 in the dividend of A-8: it rounds up',
    rules: { half: (den) => den - 1 },
  },
  ...[1, -1].flatMap((by) => [
    {
      id: `exp-index${signed(by)}`,
      says: `E at m − l ${spaced(by)} in A-8`,
      rules: { expIndex: (drop: number, size: number) => wrap(drop + by, size) },
    },
    {
      id: `exp-index${signed(by)}-held`,
      says: `E at m − l ${spaced(by)} in A-8, within the table`,
      rules: { expIndex: (drop: number, size: number) => Math.min(size - 1, Math.max(0, drop + by)) },
    },
  ]),
  {
    id: 'bin-last-missing',
    says: 'sums of A-8 without the last bin of a side',
    rules: { isSummed: (bin, count) => bin < count - 1 },
  },
  {
    id: 'bin-first-missing',
    says: 'sums of A-8 without the first bin of a side',
    rules: { isSummed: (bin) => bin > 0 },
  },
  {
    id: 'largest-first',
    says: "a side's first logit as its largest",
    rules: { largest: ([first]) => first!, expIndex: (drop, size) => wrap(drop, size) },
  },
  {
    id: 'largest-last',
    says: "a side's last logit as its largest",
    rules: { largest: (logits) => logits.at(-1)!, expIndex: (drop, size) => wrap(drop, size) },
  },
]

export const listStrideFaults = (): readonly Draft[] =>
  (
    [
      ['next', 'the next level', (level: number, count: number) => (level + 1) % count],
      ['previous', 'the level before', (level: number, count: number) => (level + count - 1) % count],
      ['first', 'the first level', () => 0],
      ['last', 'the last level', (_level: number, count: number) => count - 1],
    ] as const
  ).flatMap(([id, says, choose]) => {
    const draft = (end: string, what: string, own: readonly ('side' | 'centre')[]): Draft => ({
      id: `stride-${id}${end}`,
      says: `the stride of ${says}${what}`,
      rules: {
        strides: (levels, level) => {
          const right = levels[level]!.stride
          const wrong = levels[choose(level, levels.length)]!.stride
          return {
            side: own.includes('side') ? wrong : right,
            centre: own.includes('centre') ? wrong : right,
          }
        },
      },
    })
    return [
      draft('', '', ['side', 'centre']),
      draft('-sides', ' in the distances', ['side']),
      draft('-centres', ' in the centres', ['centre']),
    ]
  })

export function listCornerFaults(): readonly Draft[] {
  const corners = (change: HeadRules['corners']): Pick<HeadRules, 'corners'> => ({ corners: change })
  const right = HEAD_RULES.corners
  const swap = (id: string, says: string, change: HeadRules['corners']): Draft => ({
    ...{ id, says },
    rules: corners(change),
  })
  return [
    {
      id: 'centre-corner',
      says: "the cell's corner in place of its centre: half a cell is missing",
      rules: { centre: (cell, stride) => cell * stride * 16 },
    },
    {
      id: 'centre-next',
      says: 'the centre half a cell further',
      rules: { centre: (cell, stride) => (cell + 1) * stride * 16 },
    },
    ...(['x', 'y'] as const).flatMap((axis): readonly Draft[] => {
      const along =
        (change: (cell: number, stride: number) => number): HeadRules['centre'] =>
        (cell, stride, own) =>
          own === axis ? change(cell, stride) : HEAD_RULES.centre(cell, stride, own)
      return [
        {
          id: `centre-corner-${axis}`,
          says: `the cell's corner in place of its centre along ${axis}`,
          rules: { centre: along((cell, stride) => cell * stride * 16) },
        },
        {
          id: `centre-next-${axis}`,
          says: `the centre half a cell further along ${axis}`,
          rules: { centre: along((cell, stride) => (cell + 1) * stride * 16) },
        },
      ]
    }),
    ...(['x0', 'y0', 'x1', 'y1'] as const).flatMap((corner) =>
      [1, -1].map((by) =>
        swap(`${corner}${signed(by)}`, `${corner} ${spaced(by)} sixteenth`, (x, y, sides) => {
          const box = right(x, y, sides)
          return { ...box, [corner]: box[corner] + by }
        }),
      ),
    ),
    ...[1, -1].flatMap((by) => [
      {
        id: `centre${signed(by)}`,
        says: `centres ${spaced(by)} sixteenth`,
        rules: {
          centre: (cell: number, stride: number, axis: 'x' | 'y') =>
            HEAD_RULES.centre(cell, stride, axis) + by,
        },
      },
      swap(`side${signed(by)}`, `distances ${spaced(by)} sixteenth`, (x, y, [l, t, r, b]) =>
        right(x, y, [l + by, t + by, r + by, b + by]),
      ),
    ]),
    swap('left-right', 'left and right exchanged', (x, y, [l, t, r, b]) => right(x, y, [r, t, l, b])),
    swap('top-bottom', 'top and bottom exchanged', (x, y, [l, t, r, b]) => right(x, y, [l, b, r, t])),
    swap('opposite', 'left and right, and top and bottom, exchanged', (x, y, [l, t, r, b]) =>
      right(x, y, [r, b, l, t]),
    ),
    swap('sides-xy', 'the distances of x and y exchanged', (x, y, [l, t, r, b]) => right(x, y, [t, l, b, r])),
    swap('centre-xy', 'the centres of x and y exchanged', (x, y, sides) => right(y, x, sides)),
    swap('corners-xy', 'x and y exchanged', (x, y, [l, t, r, b]) => right(y, x, [t, l, b, r])),
    swap('signs', 'distances added where they are subtracted', (x, y, [l, t, r, b]) =>
      right(x, y, [-l, -t, -r, -b]),
    ),
  ]
}
