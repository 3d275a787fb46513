/**
 * Why boxes differ: the golden head is computed again with one other rule at a time (box-hypotheses.ts), until it finds the
 * boxes that the hardware found.
 */
import type { DetectGeometry } from '../golden/head-geometry.ts'
import { type Candidate, type Corners, HEAD_RULES, type HeadRules } from '../golden/head-rules.ts'
import { decodeCandidate, keepBoxes, listCandidates } from '../golden/head-spec.ts'
import type { Codes, IntegerBox, IntegerHead, NmsOptions, NmsResult } from '../golden/types.ts'
import type { BoxHypothesis } from './box-fault.ts'
import { listBoxHypotheses } from './box-hypotheses.ts'
import { compareBoxes, isSame } from './boxes.ts'
import { count, share } from './fault-evidence.ts'
import type { FaultKind } from './fault-kinds.ts'

/** What DETECT was given. */
export interface HeadInput {
  readonly geometry: DetectGeometry
  readonly head: IntegerHead
  /** A tensor a level, [4 * regMax, height, width] and [classes, height, width]. */
  readonly boxCodes: readonly Codes[]
  readonly classCodes: readonly Codes[]
  readonly options: NmsOptions
  /** Channels of a word of the feature memory, PI. */
  readonly lanes: number
}

interface Attempt {
  readonly hypothesis: BoxHypothesis
  /** Boxes that are as it predicts, of all. */
  readonly explained: number
  readonly elements: number
}

/** A hypothesis that leaves boxes unexplained is named if it explains so many, and this share, of the wrong ones. */
const ENOUGH_BOXES = 8
const ENOUGH_SHARE = 0.9

/**
 * Names the rule by which the boxes were found instead.
 *
 * @param actual the boxes that differ from those of the golden head.
 * @returns null if no rule explains them.
 */
export function explainBoxes(input: HeadInput, expected: NmsResult, actual: NmsResult): FaultKind | null {
  const predict = predictor(input)
  const attempts = listBoxHypotheses(input).map((hypothesis) => {
    const predicted = predict(hypothesis)
    const boxes = takeWhileLike(predicted.boxes, actual.boxes)
    return { hypothesis, ...countExplained({ ...predicted, boxes }, actual) }
  })
  const complete = attempts.filter(({ explained, elements }) => explained === elements)
  if (complete.length > 0) return nameComplete(complete)
  const { explained: right } = countExplained(expected, actual)
  const best = attempts.reduce((most, attempt) => (attempt.explained > most.explained ? attempt : most))
  if (!isConvincing(best, right)) return null
  const { explained, elements, hypothesis } = best
  return toKind(
    best,
    `${share(explained, elements)} boxes are explained by: ${hypothesis.says}; without it ${count(right)} are right`,
  )
}

/** The boxes of a hypothesis, up to where too many are other ones than the hardware's. */
function takeWhileLike(boxes: Iterable<IntegerBox>, actual: readonly IntegerBox[]): readonly IntegerBox[] {
  const taken: IntegerBox[] = []
  let wrong = 0
  for (const box of boxes) {
    const found = actual[taken.push(box) - 1]
    if (found === undefined || !isSame(box, found)) wrong++
    if (wrong > (1 - ENOUGH_SHARE) * actual.length) break
  }
  return taken
}

/** Compares by place, with the totals; where there is no box, the totals are one element. */
function countExplained(predicted: NmsResult, actual: NmsResult): Omit<Attempt, 'hypothesis'> {
  const elements = Math.max(1, predicted.boxes.length, actual.boxes.length)
  return { elements, explained: Math.max(0, elements - compareBoxes(predicted, actual).mismatches) }
}

const isConvincing = ({ explained, elements }: Attempt, right: number): boolean =>
  explained - right >= Math.max(ENOUGH_BOXES, ENOUGH_SHARE * (elements - right))

function nameComplete([first, ...others]: readonly Attempt[]): FaultKind {
  const named = others.slice(0, 3).map(({ hypothesis }) => hypothesis.says)
  const also = named.length === 0 ? '' : `. On these boxes the same as: ${named.join('; or ')}`
  const alike = others.map(({ hypothesis: { id, says } }) => ({ id, says }))
  const kind = toKind(first!, `explained completely by: ${first!.hypothesis.says}${also}`)
  return alike.length === 0 ? kind : { ...kind, cause: { ...kind.cause!, others: alike } }
}

function toKind({ hypothesis, explained, elements }: Attempt, evidence: string): FaultKind {
  const { id, name, says } = hypothesis
  return { name, evidence, cause: { id, says, explained, elements } }
}

/** A hypothesis' boxes, as they are asked for, and its totals. */
interface Prediction extends Pick<NmsResult, 'candidates' | 'overflow'> {
  readonly boxes: Iterable<IntegerBox>
}

const LISTING = [
  ...['bestClass', 'carriedAnchor', 'carriedClass', 'levelOrder', 'minCode', 'multiLabel', 'reaches'],
] as const
const ORDER = ['compare', 'cut', 'capacity'] as const
const DECODE = [
  ...['expIndex', 'isSummed', 'logitOf', 'weightOf', 'largest', 'half', 'strides', 'centre', 'corners'],
] as const

/** What a hypothesis leaves as it is, lists, order and decoded boxes, is computed once for all. */
function predictor({ geometry, head, boxCodes, classCodes, options }: HeadInput) {
  const offers = listOffers(geometry, classCodes, options.minCode - 1)
  const list = (own: NmsOptions, rules: HeadRules) =>
    listCandidates(
      ...([geometry, classCodes, own, rules] as const),
      // What makes a candidate may be any code.
      (level, cell) => rules.reaches !== HEAD_RULES.reaches || offers[level]![cell] === 1,
    )
  const decoder = (rules: HeadRules) =>
    remember((candidate) => decodeCandidate(geometry, head, boxCodes, candidate, rules))
  const listed = list(options, HEAD_RULES)
  const ordered = HEAD_RULES.cut(listed, options.capacity, HEAD_RULES.compare)
  const decode = decoder(HEAD_RULES)
  return ({ rules: changed = {}, options: own = {} }: BoxHypothesis): Prediction => {
    const rules = { ...HEAD_RULES, ...changed }
    const settings = { ...options, ...own }
    const touches = (names: readonly string[]) => names.some((name) => name in changed || name in own)
    const isListed = touches(LISTING)
    const candidates = isListed ? list(settings, rules) : listed
    const inOrder =
      isListed || touches(ORDER) ? rules.cut(candidates, settings.capacity, rules.compare) : ordered
    const boxes = keepBoxes(inOrder, touches(DECODE) ? decoder(rules) : decode, head, settings, rules)
    return { boxes, candidates: candidates.length, overflow: candidates.length > settings.capacity }
  }
}

/** Of each level, 1 for a cell that has a class of at least this code. */
function listOffers(
  { levels, classes }: DetectGeometry,
  classCodes: readonly Codes[],
  least: number,
): readonly Uint8Array[] {
  return levels.map(({ height, width }, level) => {
    const cells = height * width
    const offers = new Uint8Array(cells)
    const codes = classCodes[level]!
    for (let classIndex = 0, at = 0; classIndex < classes; classIndex++)
      for (let cell = 0; cell < cells; cell++, at++) if (codes[at]! >= least) offers[cell] = 1
    return offers
  })
}

/** By where the anchor is: its number depends on the order of the levels. */
function remember(decode: (candidate: Candidate) => Corners): (candidate: Candidate) => Corners {
  const known = new Map<string, Corners>()
  return (candidate) => {
    const place = `${candidate.level},${candidate.y},${candidate.x}`
    const before = known.get(place)
    if (before !== undefined) return before
    const corners = decode(candidate)
    known.set(place, corners)
    return corners
  }
}
