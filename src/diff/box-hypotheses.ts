/**
 * The ways in which a detect head is wrong: each is one rule or setting of A-8 to A-10 that is another one. Where two
 * explain the same boxes, the one that changes less comes first.
 */
import type { DetectGeometry } from '../golden/head-geometry.ts'
import { bestClass, HEAD_RULES } from '../golden/head-rules.ts'
import type { IntegerBox, IntegerHead, NmsOptions } from '../golden/types.ts'
import { listCornerFaults, listDistanceFaults, listStrideFaults } from './box-decode-faults.ts'
import { type BoxHypothesis, type Draft, spaced, wrap } from './box-fault.ts'
import { listOverlapFaults } from './box-overlap-faults.ts'
import type { FaultName } from './fault-kinds.ts'
import { signed } from './hypotheses/hypothesis.ts'

const of = (name: FaultName, drafts: readonly Draft[]): readonly BoxHypothesis[] =>
  drafts.map((draft) => ({ ...draft, name }))

/** What the head is made for. */
interface Made {
  readonly geometry: DetectGeometry
  readonly head: Pick<IntegerHead, 'sigmoidTable'>
  readonly options: NmsOptions
  /** Channels of a word of the feature memory, PI. */
  readonly lanes: number
}

export function listBoxHypotheses({ geometry, head, options, lanes }: Made): readonly BoxHypothesis[] {
  const codes = head.sigmoidTable.length
  return [
    ...of('box-candidates', listCandidateFaults(options, codes)),
    ...of('box-class', listClassFaults(lanes, geometry.classes)),
    ...of('box-overlap', listOverlapFaults(options)),
    ...of('box-order', listOrderFaults()),
    ...of('box-limit', listLimitFaults(options)),
    ...of('box-score', listScoreFaults()),
    ...of('box-decode', [
      ...listDistanceFaults(lanes),
      ...listStrideFaults(geometry.levels.length),
      ...listCornerFaults(),
    ]),
  ]
}

const listCandidateFaults = ({ minCode, multiLabel }: NmsOptions, codes: number): readonly Draft[] => [
  {
    id: 'threshold+1',
    says: `a threshold of minCode + 1, or > in place of >= (minCode is ${minCode})`,
    options: { minCode: minCode + 1 },
  },
  { id: 'threshold-1', says: 'a threshold of minCode − 1', options: { minCode: minCode - 1 } },
  {
    id: 'class-last',
    says: 'the last of the classes with the largest code, in place of the first',
    rules: { bestClass: lastBestClass },
  },
  {
    id: 'class-signed',
    says: 'the largest class by codes that are read as signed',
    rules: { bestClass: (own) => bestClass(Array.from(own, (code) => code ^ (codes >> 1))) },
  },
  {
    id: 'threshold-signed',
    says: 'codes compared with minCode as signed numbers',
    rules: { reaches: (code, least) => (code ^ (codes >> 1)) >= (least ^ (codes >> 1)) },
  },
  ...[1, -1].map((by) => ({
    id: `anchor${signed(by)}`,
    says: `anchors counted ${spaced(by)}`,
    rules: { carriedAnchor: (anchor: number) => anchor + by },
  })),
  multiLabel
    ? { id: 'single-label', says: "each anchor's best class alone", options: { multiLabel: false } }
    : { id: 'multi-label', says: 'every class that reaches minCode', options: { multiLabel: true } },
]

function lastBestClass(codes: ArrayLike<number>): number {
  let best = 0
  for (let classIndex = 1; classIndex < codes.length; classIndex++)
    if (codes[classIndex]! >= codes[best]!) best = classIndex
  return best
}

const listClassFaults = (lanes: number, classes: number): readonly Draft[] => [
  {
    id: 'class-ignored',
    says: 'suppression across classes: no test of the class',
    rules: { rivals: (kept) => kept },
  },
  {
    id: 'class-inverted',
    says: 'suppression by boxes of other classes only',
    rules: { rivals: (kept, _met, box) => kept.filter(({ classIndex }) => classIndex !== box.classIndex) },
  },
  ...[1, 2, 3, 4, 5, 6]
    .filter((bits) => 2 ** bits < classes)
    .map((bits) => ({
      id: `class-${bits}-bits`,
      says: `classes compared in their low ${bits === 1 ? 'bit' : `${bits} bits`} alone`,
      rules: {
        rivals: (kept: readonly IntegerBox[], _met: readonly IntegerBox[], box: IntegerBox) =>
          kept.filter(({ classIndex }) => (classIndex ^ box.classIndex) % 2 ** bits === 0),
      },
    })),
  {
    id: 'class-offset-lost',
    says: "a class's lane in place of the class: the first class of its word is lost",
    rules: { carriedClass: (classIndex) => classIndex % lanes },
  },
  ...[1, -1].map((by) => ({
    id: `class${signed(by)}`,
    says: `class ${spaced(by)}`,
    rules: { carriedClass: (classIndex: number) => classIndex + by },
  })),
]

const listOrderFaults = (): readonly Draft[] => [
  {
    id: 'ties-later',
    says: 'the higher anchor first where codes are equal',
    rules: { compare: (a, b) => b.code - a.code || b.anchor - a.anchor || a.classIndex - b.classIndex },
  },
  {
    id: 'ties-class',
    says: 'the higher class first where code and anchor are equal',
    rules: { compare: (a, b) => b.code - a.code || a.anchor - b.anchor || b.classIndex - a.classIndex },
  },
  {
    id: 'ties-reversed',
    says: 'the last found first where codes are equal',
    rules: { compare: (a, b) => b.code - a.code || b.anchor - a.anchor || b.classIndex - a.classIndex },
  },
  {
    id: 'unsorted',
    says: 'candidates in order of anchor: they are not sorted',
    rules: { compare: (a, b) => a.anchor - b.anchor || a.classIndex - b.classIndex },
  },
  {
    id: 'ascending',
    says: 'ascending codes in place of descending ones',
    rules: { compare: (a, b) => a.code - b.code || a.anchor - b.anchor || a.classIndex - b.classIndex },
  },
  {
    id: 'cut-first',
    says: 'the first K candidates that were found, in place of the first K of the order',
    rules: { cut: (candidates, capacity, compare) => candidates.slice(0, capacity).sort(compare) },
  },
  {
    id: 'levels-reversed',
    says: 'the levels in the opposite order',
    rules: { levelOrder: (count) => HEAD_RULES.levelOrder(count).toReversed() },
  },
]

const listLimitFaults = ({ maxDetections, capacity }: NmsOptions): readonly Draft[] => [
  ...[-1, 1].flatMap((by) => [
    {
      id: `maximum${signed(by)}`,
      says: `a maximum of ${maxDetections} ${spaced(by)} boxes`,
      options: { maxDetections: maxDetections + by },
    },
    {
      id: `capacity${signed(by)}`,
      says: `a capacity of ${capacity} ${spaced(by)} candidates`,
      options: { capacity: capacity + by },
    },
  ]),
  ...truncations(maxDetections).map((left) => ({
    id: 'maximum-truncated',
    says: `a maximum of ${left} boxes: ${maxDetections} has lost its upper bits`,
    options: { maxDetections: left },
  })),
  ...truncations(capacity).map((left) => ({
    id: 'capacity-truncated',
    says: `a capacity of ${left} candidates: ${capacity} has lost its upper bits`,
    options: { capacity: left },
  })),
]

/** What is left of a number without its upper bits; from 4 bits on. */
const truncations = (value: number): readonly number[] => {
  const lefts = Array.from({ length: 12 }, (_, i) => value % 2 ** (15 - i))
  return [...new Set(lefts)].filter((left) => left !== value && left > 0)
}

const listScoreFaults = (): readonly Draft[] => [
  {
    id: 'score-code',
    says: 'the code as the score: no score table',
    rules: { score: (_table, code) => code },
  },
  ...[4, 8].flatMap((bits) => [
    {
      id: `score-low-${bits}-bits-lost`,
      says: `scores without their low ${bits} bits`,
      rules: { score: (table: Uint16Array, code: number) => table[code]! - (table[code]! % 2 ** bits) },
    },
    {
      id: `score-high-${bits}-bits-lost`,
      says: `scores without their high ${bits} bits`,
      rules: { score: (table: Uint16Array, code: number) => table[code]! % 2 ** (16 - bits) },
    },
  ]),
  ...[1, -1].map((by) => ({
    id: `score-index${signed(by)}`,
    says: `the score table at code ${spaced(by)}`,
    rules: { score: (table: Uint16Array, code: number) => table[wrap(code + by, table.length)]! },
  })),
]
