/** Coverage of meaning: which rules of docs/arithmetic.md the inputs of a run made a difference to, counted in the reference model. */

/** How often something happened in a layer, and whether its parameters let it happen at all. */
export interface Hit {
  readonly count: number
  readonly possible: boolean
}

export interface ConvMeaning {
  readonly kind: 'conv'
  /**
   * Sums from 0 on, and below 0, that roundings of the profile's kind bring to different outputs: to the nearest, those exactly between
   * two codes that the clamp and the table leave apart.
   */
  readonly tiesAbove: Hit
  readonly tiesBelow: Hit
  /** What the last narrow limits, or wraps. */
  readonly clampLow: Hit
  readonly clampHigh: Hit
  /** Sums that the accumulator does not hold; absent where the profile refuses them. */
  readonly overflow?: Hit
  /** Products with a tap in the padding. */
  readonly padding: Hit
  /** 1 for each table entry, or code where there is no table, that was read. */
  readonly entries: Uint8Array
  readonly entriesReachable: number
  readonly hasTable: boolean
  /** Bits, signed, of the widest accumulator seen, and of the widest that the weights allow. */
  readonly sumBits: number
  readonly sumBitsPossible: number
}

export interface AddMeaning {
  readonly kind: 'add'
  readonly tiesAbove: Hit
  readonly tiesBelow: Hit
  readonly clampLow: Hit
  readonly clampHigh: Hit
}

export type LayerMeaning = ConvMeaning | AddMeaning

/** Counts for q_NMS and what comes before it, one per rule. */
export const DETECT_RULES = [
  'noCandidate',
  'scoreTies',
  'classTies',
  'keptBySameClass',
  'suppressedBySameClass',
  'crossClassOverlaps',
  'overlapAtThreshold',
  'overlapJustOver',
  'overlapJustUnder',
  'capacityReached',
  'capacityExceeded',
  'maxDetectionsReached',
  'negativeCorners',
  'zeroAreaBoxes',
] as const
export type DetectRule = (typeof DETECT_RULES)[number]
export type DetectMeaning = Readonly<Record<DetectRule, Hit>>

export interface MeaningCoverage {
  readonly layers: ReadonlyMap<string, LayerMeaning>
  /** Null if no DETECT ran. */
  readonly detect: DetectMeaning | null
}

export const NO_COVERAGE: MeaningCoverage = { layers: new Map(), detect: null }

const addHits = (a: Hit, b: Hit): Hit => ({ count: a.count + b.count, possible: a.possible || b.possible })

function mergeLayers(a: LayerMeaning, b: LayerMeaning): LayerMeaning {
  const shared = {
    tiesAbove: addHits(a.tiesAbove, b.tiesAbove),
    tiesBelow: addHits(a.tiesBelow, b.tiesBelow),
    clampLow: addHits(a.clampLow, b.clampLow),
    clampHigh: addHits(a.clampHigh, b.clampHigh),
  }
  if (a.kind === 'add' || b.kind === 'add') return { kind: 'add', ...shared }
  return {
    ...a,
    ...shared,
    ...(a.overflow && b.overflow ? { overflow: addHits(a.overflow, b.overflow) } : {}),
    padding: addHits(a.padding, b.padding),
    entries: a.entries.map((read, index) => read | b.entries[index]!),
    sumBits: Math.max(a.sumBits, b.sumBits),
  }
}

export function mergeCoverage(a: MeaningCoverage, b: MeaningCoverage): MeaningCoverage {
  const layers = new Map(a.layers)
  for (const [name, own] of b.layers) {
    const known = layers.get(name)
    layers.set(name, known === undefined ? own : mergeLayers(known, own))
  }
  const detect =
    a.detect === null || b.detect === null
      ? (a.detect ?? b.detect)
      : (Object.fromEntries(
          DETECT_RULES.map((rule) => [rule, addHits(a.detect![rule], b.detect![rule])]),
        ) as DetectMeaning)
  return { layers, detect }
}
