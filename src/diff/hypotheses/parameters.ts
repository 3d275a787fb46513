/** Parameters of a convolution's channels that are missing, or another channel's or layer's: B, M and s. */
import type { IntegerConv } from '../../golden/types.ts'
import { sumWeights, unfoldBias } from '../../golden/weight-sums.ts'
import { type ChannelMap, listChannelMaps } from './channel-maps.ts'
import { convolveChanged } from './convolve-changed.ts'
import { type Convolved, type Hypothesis, type Surroundings, signed, tooFar } from './hypothesis.ts'

type Parameter = 'bias' | 'multiplier' | 'shift' | 'factor'
type Parameters = Pick<IntegerConv, Parameter>

/** What lies together in hardware, and may be taken from elsewhere together. */
interface Group {
  readonly id: string
  readonly name: string
  readonly of: readonly Parameter[]
}

const GROUPS: readonly Group[] = [
  { id: 'bias', name: 'the biases', of: ['bias'] },
  { id: 'multiplier', name: 'the multipliers', of: ['multiplier', 'factor'] },
  { id: 'shift', name: 'the shifts', of: ['shift'] },
  { id: 'scale', name: 'multipliers and shifts', of: ['multiplier', 'shift', 'factor'] },
  { id: 'parameters', name: 'biases, multipliers and shifts', of: ['bias', 'multiplier', 'shift', 'factor'] },
]

export const listParameterHypotheses = (own: Convolved, around: Surroundings): readonly Hypothesis[] => [
  ...biases(own),
  ...shifts(own),
  ...otherLayers(own, around),
  ...listChannelMaps(own.node.shape[0], around.outputLanes, around.lanes?.outputs).flatMap((map) =>
    GROUPS.flatMap((group) => otherChannels(own, group, map)),
  ),
  ...addresses(own, around),
]

export const withChange = (
  own: Convolved,
  id: string,
  says: string,
  change: Partial<IntegerConv>,
): Hypothesis => ({
  ...{ id, says, change: 'parameters' },
  predict: () => convolveChanged({ ...own, node: { ...own.node, ...change } }),
})

/** B of A-3, with the zero point of the input that is folded into it. */
function biases(own: Convolved): readonly Hypothesis[] {
  const { node, input, profile } = own
  const { bias } = node
  const made = (id: string, says: string, rule: (bias: number, channel: number) => number): Hypothesis =>
    withChange(own, id, says, { bias: bias.map(rule) })
  const sums = bias.map((_, channel) => sumWeights(node, channel))
  const unfolded = unfoldBias(node, input.quant, profile)
  return [
    made('no-bias', 'no bias', () => 0),
    ...[1, -1].map((step) =>
      made(
        `input-zero-point${signed(step)}`,
        `the input's zero point in the bias, ${tooFar(step)}`,
        (own, channel) => own - step * sums[channel]!,
      ),
    ),
    ...(unfolded.every((own, channel) => own === bias[channel])
      ? []
      : [
          made(
            'no-input-zero-point',
            "the bias without the input's zero point",
            (_, channel) => unfolded[channel]!,
          ),
          made(
            'only-input-zero-point',
            "nothing of the bias but the input's zero point",
            (own, channel) => own - unfolded[channel]!,
          ),
        ]),
    made('bias-twice', 'the bias twice', (own) => 2 * own),
    made('bias-negated', 'the bias with its sign inverted', (own) => -own),
  ]
}

/** s of A-4, of all channels. */
function shifts(own: Convolved): readonly Hypothesis[] {
  const { shift } = own.node
  return [1, -1].flatMap((step) => {
    const moved = Int8Array.from(shift, (s) => s + step)
    // Only left shifts of a profile are below 0.
    if (moved.some((s, i) => s < 0 && shift[i]! >= 0)) return []
    const [id, says] = step > 0 ? ['shift+1', 'one bit too far'] : ['shift-1', 'one bit too short']
    return [withChange(own, id, `a right shift ${says}`, { shift: moved })]
  })
}

/** Of the layer before and the layer after, channel by channel. */
function otherLayers(own: Convolved, { convolutions }: Surroundings): readonly Hypothesis[] {
  const place = convolutions.findIndex(({ name }) => name === own.node.name)
  if (place < 0) return []
  const neighbours = [
    { id: 'before', other: convolutions[place - 1] },
    { id: 'after', other: convolutions[place + 1] },
  ]
  return neighbours.flatMap(({ id, other }) => {
    if (other === undefined) return []
    const from = (channel: number): number => channel % other.shape[0]
    return GROUPS.map((group) =>
      withChange(
        own,
        `${group.id}-${id}`,
        `${group.name} of ${other.name} (the layer ${id})`,
        take(own.node, group, other, from),
      ),
    )
  })
}

function otherChannels(own: Convolved, group: Group, map: ChannelMap): readonly Hypothesis[] {
  const { node } = own
  const change = take(node, group, node, map.from)
  const isOther = group.of.some((name) =>
    node[name]?.some((value, channel) => value !== change[name]![channel]),
  )
  return isOther ? [withChange(own, `${group.id}-${map.id}`, `${group.name} ${map.says}`, change)] : []
}

/** A parameter word before or behind: at the ends of the layer it is that of another. */
function addresses(
  own: Convolved,
  { convolutions, outputLanes, lanes }: Surroundings,
): readonly Hypothesis[] {
  const { node } = own
  const place = convolutions.findIndex(({ name }) => name === node.name)
  const outputs = lanes?.outputs ?? Int32Array.from({ length: node.shape[0] }, (_, channel) => channel)
  const placeOf = (channel: number): number => outputs.indexOf(channel)
  const all = GROUPS.at(-1)!
  return [1, -1].flatMap((step) => {
    const other = convolutions[place + step]
    if (place < 0 || other === undefined) return []
    const padded = Math.ceil(outputs.length / outputLanes) * outputLanes
    const length = Math.ceil(other.shape[0] / outputLanes) * outputLanes
    const joined: Parameters = { bias: node.bias, multiplier: node.multiplier, shift: node.shift }
    const change = take(node, all, joined, (channel) => outputs[placeOf(channel) + step * outputLanes] ?? -1)
    const beyond = take(node, all, other, (channel) => {
      const at = placeOf(channel) + step * outputLanes
      return at < 0 ? length + at : at - padded
    })
    const isInside = (channel: number): boolean =>
      outputs[placeOf(channel) + step * outputLanes] !== undefined
    const mixed = Object.fromEntries(
      all.of.flatMap((name) =>
        change[name] === undefined || beyond[name] === undefined
          ? []
          : [
              [
                name,
                change[name].map((value, channel) => (isInside(channel) ? value : beyond[name]![channel]!)),
              ],
            ],
      ),
    )
    const says = `parameters one word of ${outputLanes} channels too ${step > 0 ? 'far' : 'early'}`
    return [withChange(own, `parameters-address${signed(step)}`, says, mixed)]
  })
}

/** Parameters of a group from other channels, of this layer or another; 0 where there is none. */
function take(
  node: IntegerConv,
  { of }: Group,
  from: Parameters,
  channelOf: (channel: number) => number,
): Partial<Parameters> {
  return Object.fromEntries(
    of.flatMap((name) => {
      const [own, values] = [node[name], from[name]]
      if (own === undefined || values === undefined) return []
      return [[name, own.map((_, channel) => values[channelOf(channel)] ?? 0)]]
    }),
  )
}
