/** The coverage of meaning in reports: one row per rule, and in words what nothing exercised. */
import * as v from 'valibot'
import { type Checked, count, described, openObject } from '../input/schema.ts'
import {
  DETECT_RULES,
  type DetectRule,
  type Hit,
  type LayerMeaning,
  type MeaningCoverage,
} from './coverage.ts'

const MOST_NAMED = 3

const coverageRowSchema = openObject({
  rule: v.string(),
  unit: described(v.picklist(['layers', 'entries', 'q_NMS']), 'What hit and of count; q_NMS is one place.'),
  hit: described(count, 'Places where the rule made a difference.'),
  of: described(count, 'Places where it can, with these weights and settings; 0 if nowhere.'),
  count: described(count, 'How often it made a difference; of table entries and bits the same as hit.'),
  missing: described(v.array(v.string()), 'The first layers where it can and did not.'),
})
export type CoverageRow = Checked<typeof coverageRowSchema>

export const coverageSummarySchema = openObject({
  rows: described(v.array(coverageRowSchema), 'Coverage of meaning, one row per rule of the arithmetic.'),
  notExercised: described(v.array(v.string()), 'In words, what can matter and no input exercised.'),
  impossible: described(v.array(v.string()), 'In words, what no input can exercise.'),
})
export type CoverageSummary = Checked<typeof coverageSummarySchema>

interface Rule {
  readonly rule: string
  readonly kind: LayerMeaning['kind']
  /** Undefined where the arithmetic does not have it. */
  readonly hitOf: (meaning: LayerMeaning) => Hit | undefined
  /** What is missing: `no …`. */
  readonly lack: string
}

const bits = (meaning: LayerMeaning): Hit =>
  meaning.kind === 'conv'
    ? { count: Number(meaning.sumBits === meaning.sumBitsPossible), possible: true }
    : { count: 0, possible: false }
const overflow = (meaning: LayerMeaning): Hit | undefined =>
  meaning.kind === 'conv' ? meaning.overflow : undefined
const padding = (meaning: LayerMeaning): Hit =>
  meaning.kind === 'conv' ? meaning.padding : { count: 0, possible: false }

const RULES: readonly Rule[] = [
  {
    rule: 'rounding ties',
    kind: 'conv',
    hitOf: ({ tiesAbove }) => tiesAbove,
    lack: 'sum from 0 on whose rounding tie shows',
  },
  {
    rule: 'rounding ties below 0',
    kind: 'conv',
    hitOf: ({ tiesBelow }) => tiesBelow,
    lack: 'sum below 0 whose rounding tie shows',
  },
  { rule: 'clamped low', kind: 'conv', hitOf: ({ clampLow }) => clampLow, lack: 'code clamped at 0' },
  {
    rule: 'clamped high',
    kind: 'conv',
    hitOf: ({ clampHigh }) => clampHigh,
    lack: 'code clamped at the largest',
  },
  { rule: 'accumulator bits', kind: 'conv', hitOf: bits, lack: 'sum of all the bits that weights allow' },
  {
    rule: 'accumulator overflows',
    kind: 'conv',
    hitOf: overflow,
    lack: 'sum that the accumulator does not hold',
  },
  { rule: 'padding taps', kind: 'conv', hitOf: padding, lack: 'tap in the padding' },
  {
    rule: 'ties of additions',
    kind: 'add',
    hitOf: ({ tiesAbove }) => tiesAbove,
    lack: 'addition on a rounding tie from 0 on',
  },
  {
    rule: 'ties of additions below 0',
    kind: 'add',
    hitOf: ({ tiesBelow }) => tiesBelow,
    lack: 'addition on a rounding tie below 0',
  },
  {
    rule: 'additions saturated low',
    kind: 'add',
    hitOf: ({ clampLow }) => clampLow,
    lack: 'addition saturated at 0',
  },
  {
    rule: 'additions saturated high',
    kind: 'add',
    hitOf: ({ clampHigh }) => clampHigh,
    lack: 'addition saturated at the largest code',
  },
]

const DETECT_LACKS: Readonly<Record<DetectRule, string>> = {
  noCandidate: 'run without a candidate',
  scoreTies: 'two candidates with one code',
  classTies: 'anchor of which two classes have the best code',
  keptBySameClass: 'box kept beside an overlapping one of its class',
  suppressedBySameClass: 'box suppressed',
  crossClassOverlaps: 'cross-class overlap',
  overlapAtThreshold: 'overlap exactly at the threshold',
  overlapJustOver: 'overlap just over the threshold',
  overlapJustUnder: 'overlap just under the threshold',
  capacityReached: 'as many candidates as the capacity',
  capacityExceeded: 'more candidates than the capacity',
  maxDetectionsReached: 'as many boxes as may be kept',
  negativeCorners: 'corner left of or above the image',
  zeroAreaBoxes: 'box without area',
}

const DETECT_NAMES: Readonly<Record<DetectRule, string>> = {
  noCandidate: 'no candidate',
  scoreTies: 'ties of scores',
  classTies: 'ties of classes',
  keptBySameClass: 'kept beside the same class',
  suppressedBySameClass: 'suppressed',
  crossClassOverlaps: 'overlaps across classes',
  overlapAtThreshold: 'overlap at the threshold',
  overlapJustOver: 'overlap just over it',
  overlapJustUnder: 'overlap just under it',
  capacityReached: 'capacity reached',
  capacityExceeded: 'capacity exceeded',
  maxDetectionsReached: 'max_det reached',
  negativeCorners: 'negative corners',
  zeroAreaBoxes: 'boxes without area',
}

const TABLE_ENTRIES = 'table entries'

/** All names of rules, as rows have them. */
export const RULE_NAMES: readonly string[] = [
  ...RULES.map(({ rule }) => rule),
  TABLE_ENTRIES,
  ...Object.values(DETECT_NAMES),
]

/** What a rule is counted in, by its name in a row. */
export function unitOfRule(rule: string): CoverageRow['unit'] {
  if (rule === TABLE_ENTRIES) return 'entries'
  return Object.values(DETECT_NAMES).includes(rule) ? 'q_NMS' : 'layers'
}

interface Lack {
  readonly row: CoverageRow
  readonly text: string
}

export function summariseCoverage({ layers, detect }: MeaningCoverage): CoverageSummary {
  const found: Lack[] = []
  for (const { rule, kind, hitOf, lack } of RULES) {
    const own = [...layers].flatMap(([name, meaning]) => {
      const hit = meaning.kind === kind ? hitOf(meaning) : undefined
      return hit === undefined ? [] : [{ name, ...hit }]
    })
    if (own.length === 0) continue
    const possible = own.filter((layer) => layer.possible)
    const missed = possible.filter(({ count }) => count === 0).map(({ name }) => name)
    const row: CoverageRow = {
      rule,
      unit: 'layers',
      hit: possible.length - missed.length,
      of: possible.length,
      count: own.reduce((sum, layer) => sum + layer.count, 0),
      missing: missed.slice(0, MOST_NAMED),
    }
    found.push({ row, text: describeLayers(row, lack, missed.length) })
  }
  found.push(...countEntries(layers))
  if (detect !== null)
    found.push(
      ...DETECT_RULES.map((rule): Lack => {
        const { count, possible } = detect[rule]
        const row: CoverageRow = {
          rule: DETECT_NAMES[rule],
          unit: 'q_NMS',
          hit: count > 0 ? 1 : 0,
          of: possible ? 1 : 0,
          count,
          missing: [],
        }
        return { row, text: `q_NMS: no ${DETECT_LACKS[rule]}` }
      }),
    )
  return {
    rows: found.map(({ row }) => row),
    notExercised: found.flatMap(({ row, text }) => (row.hit < row.of ? [text] : [])),
    impossible: found.flatMap(({ row, text }) => (row.of === 0 ? [text] : [])),
  }
}

function describeLayers({ of, missing }: CoverageRow, lack: string, missed: number): string {
  if (of === 0) return `no ${lack} in any layer`
  const more = missed > missing.length ? ` and ${missed - missing.length} more` : ''
  return `${missing.join(', ')}${more}: no ${lack}`
}

/** Entries of activation tables, of those that some input can read. */
function countEntries(layers: MeaningCoverage['layers']): readonly Lack[] {
  const own = [...layers].flatMap(([name, meaning]) =>
    meaning.kind === 'conv' && meaning.hasTable
      ? [{ name, read: meaning.entries.reduce((a, b) => a + b, 0), of: meaning.entriesReachable }]
      : [],
  )
  if (own.length === 0) return []
  const read = own.reduce((sum, layer) => sum + layer.read, 0)
  const of = own.reduce((sum, layer) => sum + layer.of, 0)
  const missed = own.filter((layer) => layer.read < layer.of)
  const row: CoverageRow = {
    rule: TABLE_ENTRIES,
    unit: 'entries',
    hit: read,
    of,
    count: read,
    missing: missed.slice(0, MOST_NAMED).map(({ name }) => name),
  }
  return [
    {
      row,
      text: `${(of - read).toLocaleString('en-US')} of ${of.toLocaleString('en-US')} table entries not read, in ${missed.length} layer${missed.length === 1 ? '' : 's'}`,
    },
  ]
}
