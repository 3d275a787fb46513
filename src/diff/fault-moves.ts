/** Faults that put right values in wrong places, or another tensor's values in this one's. */
import {
  count,
  type Difference,
  ENOUGH_SHARE,
  type FaultContext,
  type Pattern,
  share,
  surprise,
} from './fault-evidence.ts'
import { ENOUGH_BITS, thinOut } from './hypotheses/chance.ts'

type MoveFault = 'stale' | 'shifted' | 'lanes'

/** Wrong elements that a search looks at; the winner is checked at all of them. */
const SAMPLE = 4096

/** Where a wrong element's value may come from: an index into the expected tensor, or -1 where the rule says nothing. */
type Origin = (channel: number, y: number, x: number) => number

function follow(
  difference: Difference,
  wrong: Int32Array,
  bitsOf: Float64Array,
  origin: Origin,
): { readonly explained: number; readonly told: number; readonly bits: number } {
  const { expected, actual, shape } = difference
  const [, height, width] = shape
  let [explained, told, bits] = [0, 0, 0]
  for (const index of wrong) {
    const x = index % width
    const row = (index - x) / width
    const from = origin(Math.floor(row / height), row % height, x)
    if (from < 0) continue
    told++
    if (expected[from] !== actual[index]) continue
    explained++
    bits += bitsOf[actual[index]!]!
  }
  return { explained, told, bits }
}

/** Follows a rule at a sample of the wrong elements first, and then at all of them; null if it does not hold. */
function holds(
  difference: Difference,
  sample: Int32Array,
  bitsOf: Float64Array,
  origin: Origin,
): string | null {
  const { wrong } = difference
  const check = (indices: Int32Array): string | null => {
    const { explained, told, bits } = follow(difference, indices, bitsOf, origin)
    const isEnough = told >= 0.3 * indices.length && explained >= ENOUGH_SHARE * told && bits >= ENOUGH_BITS
    if (!isEnough) return null
    // Beyond the edge there is no value that it could hold.
    const left = indices.length - told
    return `${share(explained, told)} wrong elements${left === 0 ? '' : ` whose source is inside (${count(left)} others are at the edge)`}`
  }
  return check(sample) === null ? null : check(wrong)
}

/** The layer's operand or its predecessor's result stands where its own should. */
export function findStale(difference: Difference, context: FaultContext): Pattern<MoveFault> | null {
  const { actual, wrong, shape, maxCode } = difference
  const plane = shape[1] * shape[2]
  for (const { name, codes, shape: other } of context.others ?? []) {
    if (other[1] * other[2] !== plane) continue
    const bitsOf = surprise(codes, maxCode)
    let [told, explained, bits] = [0, 0, 0]
    for (const index of wrong) {
      if (index >= codes.length) break
      told++
      if (codes[index] !== actual[index]) continue
      explained++
      bits += bitsOf[codes[index]!]!
    }
    if (told < 0.3 * wrong.length || explained < ENOUGH_SHARE * told || bits < ENOUGH_BITS) continue
    return {
      name: 'stale',
      evidence: `${share(explained, told)} wrong elements hold what ${name} has at the same place: the memory still has the layer before, or the layer did not run`,
    }
  }
  return null
}

/** The picture moved by whole rows or columns. */
export function findShift(difference: Difference, context: FaultContext): Pattern<MoveFault> | null {
  const { expected, shape, maxCode } = difference
  const [, height, width] = shape
  const bitsOf = surprise(expected, maxCode)
  const sample = thinOut(difference.wrong, SAMPLE)
  const { pixels = 1 } = context
  for (const [dy, dx] of shiftsToTry(pixels)) {
    const found = holds(difference, sample, bitsOf, (channel, y, x) => {
      const [sy, sx] = [y + dy, x + dx]
      return sy < 0 || sx < 0 || sy >= height || sx >= width ? -1 : (channel * height + sy) * width + sx
    })
    if (found === null) continue
    const tile =
      dy === 0 && dx % pixels === 0 && pixels > 1
        ? 'a tile was written with its neighbour’s results'
        : 'padding, or an address that starts at the wrong place'
    return {
      name: 'shifted',
      evidence: `${found} hold the value that belongs ${describeShift(dy, dx)}: ${tile}`,
    }
  }
  return null
}

/** The nearest first; no shift at all explains nothing, so it does no harm. */
function shiftsToTry(pixels: number): readonly (readonly [dy: number, dx: number])[] {
  const steps = [-3, -2, -1, 0, 1, 2, 3]
  const far = ([dy, dx]: readonly [number, number]): number => Math.abs(dy) + Math.abs(dx)
  const near = steps.flatMap((dy) => steps.map((dx) => [dy, dx] as const)).sort((a, b) => far(a) - far(b))
  const tiles = [-pixels, pixels, -2 * pixels, 2 * pixels]
  return [...near, ...tiles.map((dx) => [0, dx] as const)]
}

function describeShift(dy: number, dx: number): string {
  const part = (step: number, unit: string, forward: string, back: string): string =>
    step === 0
      ? ''
      : `${Math.abs(step)} ${unit}${Math.abs(step) === 1 ? '' : 's'} ${step > 0 ? forward : back}`
  const parts = [part(dy, 'row', 'below', 'above'), part(dx, 'column', 'to the right', 'to the left')]
  return parts.filter((text) => text !== '').join(' and ')
}

/** The pixels of each group of neighbours in another order: the lanes of a tile or of a bank row. */
export function findPixelOrder(difference: Difference, context: FaultContext): Pattern<MoveFault> | null {
  const { expected, shape, maxCode } = difference
  const [, height, width] = shape
  const bitsOf = surprise(expected, maxCode)
  const { pixels = 4 } = context
  const sample = thinOut(difference.wrong, SAMPLE)
  for (const n of new Set([pixels, 2 * pixels, 2, 4, 8, 16])) {
    if (n > width) continue
    const order = Array.from({ length: n }, (_, lane) => {
      const own = sample.filter((index) => (index % width) % n === lane)
      if (own.length === 0) return lane
      for (let from = 0; from < n; from++) {
        const { explained, told } = follow(difference, own, bitsOf, moveLane(lane, from))
        if (told > 0 && explained >= ENOUGH_SHARE * told) return from
      }
      return -1
    })
    if (order.includes(-1)) continue
    const moved: Origin = (channel, y, x) => moveLane(x % n, order[x % n]!)(channel, y, x)
    const found = holds(difference, sample, bitsOf, moved)
    if (found === null) continue
    return {
      name: 'lanes',
      evidence: `${found} hold a neighbour's value: the pixels of each group of ${n} stand in the order ${order.join(', ')}: the lanes of a tile or of a memory row`,
    }
  }
  return null

  function moveLane(lane: number, from: number): Origin {
    return (channel, y, x) => {
      const source = x - lane + from
      return source >= width ? -1 : (channel * height + y) * width + source
    }
  }
}

/** Elements that the hardware never wrote. */
export function findUnwritten({ actual, wrong, shape }: Difference): Pattern<'not-written'> | null {
  let missing = 0
  for (const index of wrong) if (actual[index]! < 0) missing++
  if (missing < 0.5 * wrong.length) return null
  const rest = wrong.length - missing
  const elements = shape[0] * shape[1] * shape[2]
  return {
    name: 'not-written',
    evidence: `${count(missing)} of ${count(elements)} elements were never written${rest === 0 ? '' : `; ${count(rest)} others are wrong`}: the walk ends too early, or writes elsewhere`,
  }
}
