/** Channels that hold the values of others: the order of weights, parameters, lanes or results. */
import {
  type Difference,
  type FaultContext,
  hashRange,
  type Pattern,
  share,
  surprise,
  wrongChannels,
} from './fault-evidence.ts'
import { ENOUGH_BITS } from './hypotheses/chance.ts'

type MoveFault = 'permuted' | 'lanes'

/** Whole channels that hold another channel's values. */
export function findPermutation(difference: Difference, context: FaultContext): Pattern<MoveFault> | null {
  const { expected, actual, shape, maxCode } = difference
  const [channels, height, width] = shape
  const plane = height * width
  const bitsOf = surprise(expected, maxCode)
  const hashOf = (codes: Codes, channel: number): number => hashRange(codes, channel * plane, plane)
  const known = new Map<number, number>()
  for (let channel = channels - 1; channel >= 0; channel--) known.set(hashOf(expected, channel), channel)
  const broken = wrongChannels(difference)
  const origins = new Map<number, number>()
  let bits = 0
  for (const channel of broken) {
    const from = known.get(hashOf(actual, channel))
    if (from === undefined) continue
    const isEqual = (_: number, i: number): boolean =>
      expected[from * plane + i] === actual[channel * plane + i]
    if (!new Uint8Array(plane).every(isEqual)) continue
    origins.set(channel, from)
    for (let i = 0; i < plane; i++) bits += bitsOf[expected[from * plane + i]!]!
  }
  // Which channel it is was free to choose.
  bits -= origins.size * Math.log2(channels)
  if (origins.size < 0.9 * broken.length || bits < ENOUGH_BITS) return null
  return describePermutation(origins, broken.length, channels, context)
}

type Codes = Difference['expected'] | Difference['actual']

function describePermutation(
  origins: ReadonlyMap<number, number>,
  broken: number,
  channels: number,
  { inputLanes, outputLanes }: FaultContext,
): Pattern<MoveFault> {
  const pairs = [...origins]
  const found = `${share(origins.size, broken)} wrong channels hold another channel's values`
  const list = pairs.slice(0, 6).map(([to, from]) => `${to} holds ${from}`)
  const listed: Pattern<MoveFault> = {
    name: 'permuted',
    evidence: `${found}: ${list.join(', ')}${pairs.length > 6 ? ', …' : ''}: the order of weights, parameters or output channels`,
  }
  // One channel has no order.
  if (pairs.length === 1) return listed
  const steps = new Set(pairs.map(([to, from]) => from - to))
  if (steps.size === 1) {
    const step = [...steps][0]!
    return {
      name: 'permuted',
      evidence: `${found}, each that of ${Math.abs(step)} channel${Math.abs(step) === 1 ? '' : 's'} ${step > 0 ? 'further on' : 'before'}: a base address or a group index`,
    }
  }
  for (const n of new Set([2, inputLanes ?? 0, outputLanes ?? 0, 4, 8, 16, 32, channels])) {
    const reversed = pairs.every(([to, from]) => {
      const begin = to - (to % n)
      return from === begin + Math.min(n, channels - begin) - 1 - (to % n)
    })
    const [to0, from0] = pairs[0]!
    const turn = (from0 - to0 + n) % n
    const rotated = pairs.every(
      ([to, from]) => Math.floor(to / n) === Math.floor(from / n) && (from - to + n) % n === turn,
    )
    if (!reversed && !rotated) continue
    const how = n === 2 ? 'neighbours exchanged' : reversed ? 'in reverse order' : `turned by ${turn}`
    const lanes = origins.size > n
    const groups = n < channels ? ` within each group of ${n}` : ''
    return {
      name: lanes ? 'lanes' : 'permuted',
      evidence: `${found}, ${how}${groups}: the order of the lanes in a word, of weights, parameters or results`,
    }
  }
  return listed
}
