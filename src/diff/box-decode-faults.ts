/** Box decode with another rule: distances, strides, corners. */
import { HEAD_RULES, type HeadRules, type Sides } from '../golden/head-rules.ts'
import { type Draft, spaced, wrap } from './box-fault.ts'
import { signed } from './hypotheses/hypothesis.ts'

/** @param lanes channels of a word of the feature memory, PI */
export const listDistanceFaults = (lanes: number): readonly Draft[] => [
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
  ...[1, -1].map((by) => ({
    id: `bin${signed(by)}`,
    says: `bins counted ${spaced(by)} in the sums of A-8`,
    rules: { weightOf: (bin: number) => bin + by },
  })),
  {
    id: 'bins-reversed',
    says: 'the bins of a side in reverse order',
    rules: { weightOf: (bin, count) => count - 1 - bin },
  },
  {
    id: 'bin-word-first',
    says: `the first ${lanes} logits of a side in the place of all`,
    rules: { logitOf: (bin) => bin % lanes },
  },
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

/** @param count of levels */
export const listStrideFaults = (count: number): readonly Draft[] =>
  (
    [
      ['next', 'the next level', (level: number, count: number) => (level + 1) % count],
      ['previous', 'the level before', (level: number, count: number) => (level + count - 1) % count],
      ['first', 'the first level', () => 0],
      ['last', 'the last level', (_level: number, count: number) => count - 1],
    ] as const
  ).flatMap(([id, says, choose]) => {
    const draft = (end: string, what: string, own: readonly ('side' | 'centre')[], only?: number): Draft => ({
      id: `stride-${id}${end}`,
      says: `the stride of ${says}${what}`,
      rules: {
        strides: (levels, level) => {
          const right = levels[level]!.stride
          const isOther = only === undefined || level === only
          const wrong = isOther ? levels[choose(level, levels.length)]!.stride : right
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
      ...Array.from({ length: id === 'next' || id === 'previous' ? count : 0 }, (_, level) =>
        draft(`-of-level-${level}`, ` for level ${level}`, ['side', 'centre'], level),
      ),
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
    ...(
      [
        ['left-right', 'left and right exchanged', ([l, t, r, b]: Sides): Sides => [r, t, l, b]],
        ['top-bottom', 'top and bottom exchanged', ([l, t, r, b]: Sides): Sides => [l, b, r, t]],
        [
          'opposite',
          'left and right, and top and bottom, exchanged',
          ([l, t, r, b]: Sides): Sides => [r, b, l, t],
        ],
        ['left-top', 'left and top exchanged', ([l, t, r, b]: Sides): Sides => [t, l, r, b]],
        ['left-bottom', 'left and bottom exchanged', ([l, t, r, b]: Sides): Sides => [b, t, r, l]],
        ['top-right', 'top and right exchanged', ([l, t, r, b]: Sides): Sides => [l, r, t, b]],
        ['right-bottom', 'right and bottom exchanged', ([l, t, r, b]: Sides): Sides => [l, t, b, r]],
        ['sides-first', 'the distance to the left for all four', ([l]: Sides): Sides => [l, l, l, l]],
        ['sides-next', 'the distances turned by one', ([l, t, r, b]: Sides): Sides => [t, r, b, l]],
        ['sides-before', 'the distances turned back by one', ([l, t, r, b]: Sides): Sides => [b, l, t, r]],
        ['sides-xy', 'the distances of x and y exchanged', ([l, t, r, b]: Sides): Sides => [t, l, b, r]],
      ] as const
    ).map(([id, says, turn]) => swap(id, says, (x, y, sides) => right(x, y, turn(sides)))),
    swap('centre-xy', 'the centres of x and y exchanged', (x, y, sides) => right(y, x, sides)),
    swap('corners-xy', 'x and y exchanged', (x, y, [l, t, r, b]) => right(y, x, [t, l, b, r])),
    swap('signs', 'distances added where they are subtracted', (x, y, [l, t, r, b]) =>
      right(x, y, [-l, -t, -r, -b]),
    ),
  ]
}
