/** The weights of a convolution in another order, read otherwise, or those of another channel. */
import { laneMapsOf, listChannelMaps } from './channel-maps.ts'
import { convolveChanged, ownRow, type RowOf } from './convolve-changed.ts'
import { type Change, type Convolved, type Hypothesis, type Surroundings, signed } from './hypothesis.ts'
import { layInWords, movedRow, type Words } from './lanes.ts'

/** The rows of the changed weights. */
type Made = {
  readonly id: string
  readonly says: string
  readonly change?: Change
  readonly rows: () => RowOf
}

export function listWeightHypotheses(own: Convolved, around: Surroundings): readonly Hypothesis[] {
  const words = layInWords(own.node, around)
  const plain = [...kernels(own), ...otherChannels(own, around), ...readings(own)]
  const moved = [...inputLanes(words), ...orders(words, around.outputLanes)]
  return [
    ...plain.map((made) => toHypothesis(own, made)),
    ...moved.map((made) => toHypothesis({ ...own, node: words.node }, made)),
    negatedSum(own),
  ]
}

const toHypothesis = (own: Convolved, { id, says, change = 'weights', rows }: Made): Hypothesis => ({
  ...{ id, says, change },
  predict: () => convolveChanged(own, rows()),
})

/** Rows whose elements are others of the same row. */
const reordered = (own: Convolved, from: (channel: number, y: number, x: number) => number): RowOf => {
  const rowOf = ownRow(own.node)
  const { inChannels, kernel } = own.node
  const source = Int32Array.from({ length: inChannels * kernel * kernel }, (_, at) =>
    from(Math.floor(at / (kernel * kernel)), Math.floor(at / kernel) % kernel, at % kernel),
  )
  return (channel) => {
    const row = rowOf(channel)
    return row.map((_, at) => row[source[at]!]!)
  }
}

/** Rows and columns of the kernel. */
function kernels(own: Convolved): readonly Made[] {
  const { kernel } = own.node
  const last = kernel - 1
  const made = (id: string, says: string, at: (y: number, x: number) => readonly [number, number]): Made => ({
    id: `weights-kernel-${id}`,
    says: `weights with the kernel ${says}`,
    rows: () =>
      reordered(own, (channel, y, x) => {
        const [ky, kx] = at(y, x)
        return (channel * kernel + ky) * kernel + kx
      }),
  })
  if (kernel === 1) return []
  return [
    made('transposed', 'transposed: kx for ky', (y, x) => [x, y]),
    made('transposed-back', 'transposed at its other diagonal', (y, x) => [last - x, last - y]),
    made('turned-left', 'turned to the left', (y, x) => [x, last - y]),
    made('turned-right', 'turned to the right', (y, x) => [last - x, y]),
    made('mirrored-x', 'mirrored in x', (y, x) => [y, last - x]),
    made('mirrored-y', 'mirrored in y', (y, x) => [last - y, x]),
    made('mirrored', 'mirrored in x and y, a convolution for a correlation', (y, x) => [last - y, last - x]),
  ]
}

/** Of other output channels. */
function otherChannels(own: Convolved, { outputLanes, lanes }: Surroundings): readonly Made[] {
  const rowOf = ownRow(own.node)
  const none = rowOf(0).map(() => 0)
  const { shape, inChannels, kernel } = own.node
  const maps = listChannelMaps(shape[0], outputLanes, lanes?.outputs).map(
    (map): Made => ({
      id: `weights-${map.id}-po`,
      says: `the weights of output channels ${map.says}`,
      rows: () => (channel) => {
        const from = map.from(channel)
        return from < 0 ? none : rowOf(from)
      },
    }),
  )
  if (shape[0] !== inChannels) return maps
  const exchanged: Made = {
    id: 'weights-in-out-exchanged',
    says: 'weights with input and output channels exchanged',
    rows: () => (channel) =>
      none.map((_, at) => {
        const [input, tap] = [Math.floor(at / (kernel * kernel)), at % (kernel * kernel)]
        return rowOf(input)[channel * kernel * kernel + tap]!
      }),
  }
  return [...maps, exchanged]
}

/** The same bits as other numbers. */
function readings(own: Convolved): readonly Made[] {
  const { node } = own
  const rowOf = ownRow(node)
  const mask = 2 ** node.weightBits - 1
  return [
    {
      ...{ id: 'weights-unsigned', change: 'sign', says: 'unsigned weights' },
      rows: () => (channel) => Int16Array.from(rowOf(channel), (w) => w & mask),
    },
    {
      ...{ id: 'weights-negated', change: 'sign', says: 'weights with their sign inverted' },
      rows: () => (channel) => rowOf(channel).map((w) => -w),
    },
    {
      id: 'no-weights',
      says: 'weights of 0: only the bias',
      rows: () => (channel) => rowOf(channel).map(() => 0),
    },
  ]
}

function negatedSum(own: Convolved): Hypothesis {
  const { node } = own
  const rowOf = ownRow(node)
  return {
    ...{ id: 'sum-negated', change: 'sign', says: 'sums with their sign inverted' },
    predict: () =>
      convolveChanged({ ...own, node: { ...node, bias: node.bias.map((b) => -b) } }, (channel) =>
        rowOf(channel).map((w) => -w),
      ),
  }
}

/** Within the PI weights of an output channel. */
const inputLanes = (words: Words): readonly Made[] =>
  laneMapsOf(words.inputLanes).map(({ id, says, from }) => ({
    id: `weights-lanes-${id}-pi`,
    says: `weights of input lanes ${says} in each group of ${words.inputLanes}`,
    rows: () => movedRow(words, (step, lane) => [step, from(lane)]),
  }))

/** The order of the words, and of lanes across both axes of a word. */
function orders(words: Words, outputLanes: number): readonly Made[] {
  const { steps, blocks, inputLanes: lanes, outputs } = words
  const taps = steps / blocks
  const step = (id: string, says: string, from: (step: number) => number): Made => ({
    id: `weights-${id}`,
    says,
    rows: () => movedRow(words, (at, lane) => [from(at), lane]),
  })
  const ordered = [
    ...(blocks === 1
      ? []
      : [
          step(
            'blocks-reversed',
            'weights of groups of input channels in reverse order',
            (at) => at - (at % blocks) + blocks - 1 - (at % blocks),
          ),
          step('blocks-pairs', 'weights of groups of input channels with neighbours exchanged', (at) => {
            const other = (at % blocks) ^ 1
            return at - (at % blocks) + (other < blocks ? other : at % blocks)
          }),
        ]),
    ...(blocks === 1 || taps === 1
      ? []
      : [
          step(
            'loops-exchanged',
            'weights with the loops over taps and groups exchanged',
            (at) => (at % blocks) * taps + Math.floor(at / blocks),
          ),
          step(
            'loops-exchanged-back',
            'weights read block by block that lie tap by tap',
            (at) => (at % taps) * blocks + Math.floor(at / taps),
          ),
        ]),
    ...(steps === 1
      ? []
      : [
          step('steps-reversed', 'weights of the words of a group in reverse order', (at) => steps - 1 - at),
          step('steps-next', 'each weight word that of the next of its group', (at) => (at + 1) % steps),
          step(
            'steps-previous',
            'each weight word that of the one before in its group',
            (at) => (at + steps - 1) % steps,
          ),
        ]),
    ...[1, -1].map((by) => address(words, outputLanes, by)),
  ]
  if (lanes !== outputLanes) return ordered
  const rowOf = ownRow(words.node)
  const placeOf = (channel: number): number => outputs.indexOf(channel)
  const exchanged: Made = {
    id: 'weights-lanes-transposed',
    says: 'weights with input and output lanes of each word exchanged',
    rows: () => (channel) => {
      const [own, group] = [placeOf(channel) % lanes, placeOf(channel) - (placeOf(channel) % lanes)]
      const row = rowOf(channel).map(() => 0)
      for (let at = 0; at < words.taps.length; at++) {
        const from = outputs[group + (at % lanes)] ?? -1
        const tap = words.taps[at - (at % lanes) + own]!
        if (words.taps[at]! >= 0 && tap >= 0 && from >= 0) row[words.taps[at]!] = rowOf(from)[tap]!
      }
      return row
    },
  }
  return [...ordered, exchanged]
}

/** A word before or behind, of the group before or behind at its ends. Beyond the layer it is another layer's, and 0 here. */
function address(words: Words, outputLanes: number, by: number): Made {
  const { steps, outputs, taps, inputLanes: lanes } = words
  const rowOf = ownRow(words.node)
  return {
    id: `weights-address${signed(by)}`,
    says: `weights one word too ${by > 0 ? 'far' : 'early'}`,
    rows: () => (channel) => {
      const beyond = outputs[outputs.indexOf(channel) + by * outputLanes] ?? -1
      const row = rowOf(channel).map(() => 0)
      for (let at = 0; at < taps.length; at++) {
        const step = Math.floor(at / lanes) + by
        const isInside = step >= 0 && step < steps
        const from = isInside ? channel : beyond
        const tap = taps[((step + steps) % steps) * lanes + (at % lanes)]!
        if (taps[at]! >= 0 && tap >= 0 && from >= 0) row[taps[at]!] = rowOf(from)[tap]!
      }
      return row
    },
  }
}
