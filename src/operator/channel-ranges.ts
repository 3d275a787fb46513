/** Where the channels of a tensor come from: a slice or a concat moves no code. */
import type { IntegerNode } from '../golden/types.ts'

/** Channels of a tensor that a layer, or the network's input, leaves in memory. */
export interface ChannelRange {
  /** The layer whose output it is, or the network's input. */
  readonly tensor: string
  readonly first: number
  readonly channels: number
  /** Channels of the whole tensor. */
  readonly of: number
}

/**
 * The channels of a node, in order, by the tensors that they were computed in. A concat that requantises computes its own.
 *
 * @param nodes of the graph, by name
 */
export function channelRanges(
  nodes: ReadonlyMap<string, IntegerNode>,
  name: string,
  first = 0,
  channels = nodes.get(name)!.shape[0],
): readonly ChannelRange[] {
  const node = nodes.get(name)!
  if (node.op === 'slice') return channelRanges(nodes, node.inputs[0], node.begin + first, channels)
  if (node.op !== 'concat' || node.stages !== undefined)
    return [{ tensor: name, first, channels, of: node.shape[0] }]
  const ranges: ChannelRange[] = []
  let before = 0
  for (const input of node.inputs) {
    const size = nodes.get(input)!.shape[0]
    const from = Math.max(first, before)
    const to = Math.min(first + channels, before + size)
    if (from < to) ranges.push(...channelRanges(nodes, input, from - before, to - from))
    before += size
  }
  return joinRanges(ranges)
}

/** Neighbours of one tensor are one range. */
function joinRanges(ranges: readonly ChannelRange[]): readonly ChannelRange[] {
  const joined: ChannelRange[] = []
  for (const range of ranges) {
    const last = joined.at(-1)
    if (last?.tensor === range.tensor && last.first + last.channels === range.first)
      joined[joined.length - 1] = { ...last, channels: last.channels + range.channels }
    else joined.push(range)
  }
  return joined
}
