/**
 * Where tensors lie in the feature memory (docs/detector.md, "Feature memory"). Concat and slice cost nothing: their parts are
 * runs of blocks in one buffer, so this file decides which tensors share a buffer and which lanes of it they fill.
 */
import type { IntegerGraph, IntegerNode } from '../golden/types.ts'
import { banks, type EngineParameters } from './parameters.ts'

/** Channels of a tensor that fill lanes from the start of a block; the last block may have idle lanes. */
export type Segment = number

/** A tensor's place relative to the buffer that holds it. */
export interface View {
  /** Index of the buffer. */
  readonly buffer: number
  /** First block within the buffer. */
  readonly block: number
  readonly segments: readonly Segment[]
}

/** A run of blocks that lives and dies as one. */
export interface Buffer {
  readonly blocks: number
  readonly width: number
  readonly height: number
}

/** A tensor that must also appear in a second concat, where addressing cannot help. */
export interface Copy {
  readonly from: string
  /** The concat it is copied for. */
  readonly into: string
  readonly view: View
}

export interface Views {
  readonly views: ReadonlyMap<string, View>
  readonly buffers: readonly Buffer[]
  readonly copies: readonly Copy[]
  /** The image is stored 2x2 pixels to a word. */
  readonly spaceToDepth: boolean
}

export const blocksOf = (segments: readonly Segment[], lanes: number): number =>
  segments.reduce((sum, channels) => sum + Math.ceil(channels / lanes), 0)

/** Channel of each lane of a tensor, block by block; -1 where the lane is idle. */
export function laneChannels(segments: readonly Segment[], lanes: number): Int32Array {
  const result = new Int32Array(blocksOf(segments, lanes) * lanes).fill(-1)
  let channel = 0
  let block = 0
  for (const channels of segments) {
    for (let i = 0; i < channels; i++) result[block * lanes + i] = channel++
    block += Math.ceil(channels / lanes)
  }
  return result
}

/** Can the image be stored 2x2 pixels to a word? Its only reader must be a stride-2 convolution that fits the lanes. */
export function canSpaceToDepth(graph: IntegerGraph, engine: EngineParameters): boolean {
  const input = graph.nodes.find((node) => node.op === 'input')!
  const readers = graph.nodes.filter((node) => readsOf(node).includes(input.name))
  const [channels, height, width] = input.shape
  return (
    4 * channels <= engine.inputLanes &&
    height % 2 === 0 &&
    width % 2 === 0 &&
    readers.length > 0 &&
    readers.every((node) => node.op === 'conv' && node.stride === 2 && node.padding <= 1 && node.kernel === 3)
  )
}

export const readsOf = (node: IntegerNode): readonly string[] => (node.op === 'input' ? [] : node.inputs)

/** Assigns every tensor a view. Buffers get no addresses yet: see allocate.ts. */
export function planViews(graph: IntegerGraph, engine: EngineParameters): Views {
  const lanes = engine.inputLanes
  const spaceToDepth = canSpaceToDepth(graph, engine)
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const segments = planSegments(graph)
  const buffers: Buffer[] = []
  const views = new Map<string, View>()
  const copies: Copy[] = []

  const newBuffer = (node: IntegerNode, blocks: number): number => {
    const [, height, width] = node.shape
    const halve = node.op === 'input' && spaceToDepth ? 2 : 1
    return buffers.push({ blocks, width: width / halve, height: height / halve }) - 1
  }

  // Concats first: they decide where their parts lie.
  for (const node of graph.nodes) {
    if (node.op !== 'concat') continue
    const parts = node.inputs.map((name) => segments.get(name)!)
    const buffer = newBuffer(node, blocksOf(parts.flat(), lanes))
    views.set(node.name, { buffer, block: 0, segments: parts.flat() })
    let block = 0
    node.inputs.forEach((name, index) => {
      const view = { buffer, block, segments: parts[index]! }
      // A concat has a place already, since it comes before its reader.
      const { op } = nodes.get(name)!
      if (views.has(name) || op === 'slice' || op === 'input')
        copies.push({ from: name, into: node.name, view })
      else views.set(name, view)
      block += blocksOf(parts[index]!, lanes)
    })
  }
  for (const node of graph.nodes) {
    if (views.has(node.name)) continue
    const own = segments.get(node.name)!
    if (node.op === 'slice') {
      const whole = views.get(node.inputs[0])!
      const skipped = segmentsBefore(whole.segments, node.begin)
      views.set(node.name, {
        buffer: whole.buffer,
        block: whole.block + blocksOf(skipped, lanes),
        segments: own,
      })
    } else {
      views.set(node.name, { buffer: newBuffer(node, blocksOf(own, lanes)), block: 0, segments: own })
    }
  }
  return { views, buffers, copies, spaceToDepth }
}

function segmentsBefore(segments: readonly Segment[], channel: number): readonly Segment[] {
  const before: Segment[] = []
  let sum = 0
  for (const segment of segments) {
    if (sum === channel) return before
    before.push(segment)
    sum += segment
  }
  if (sum === channel) return before
  throw new Error(`no segment begins at channel ${channel}`)
}

/** Splits tensors into segments at every channel where a slice of them begins or ends. */
function planSegments(graph: IntegerGraph): ReadonlyMap<string, readonly Segment[]> {
  const cuts = new Map<string, Set<number>>()
  for (const node of graph.nodes) {
    if (node.op !== 'slice') continue
    const set = cuts.get(node.inputs[0]) ?? new Set()
    set.add(node.begin).add(node.begin + node.shape[0])
    cuts.set(node.inputs[0], set)
  }
  const segments = new Map<string, readonly Segment[]>()
  for (const node of graph.nodes) {
    const [channels] = node.shape
    switch (node.op) {
      case 'input':
      case 'conv': {
        const at = [0, ...(cuts.get(node.name) ?? []), channels].sort((a, b) => a - b)
        segments.set(
          node.name,
          at.slice(1).flatMap((end, i) => (end > at[i]! ? [end - at[i]!] : [])),
        )
        break
      }
      case 'concat':
        segments.set(
          node.name,
          node.inputs.flatMap((name) => segments.get(name)!),
        )
        break
      case 'slice': {
        const whole = segments.get(node.inputs[0])!
        const before = segmentsBefore(whole, node.begin).length
        const until = segmentsBefore(whole, node.begin + channels).length
        segments.set(node.name, whole.slice(before, until))
        break
      }
      case 'add': {
        const [a, b] = node.inputs.map((name) => segments.get(name)!)
        if (a!.join() !== b!.join())
          throw new Error(`${node.name}: the two inputs of an add lie in different lanes (${a} and ${b})`)
        segments.set(node.name, a!)
        break
      }
      case 'max-pool':
      case 'upsample':
        segments.set(node.name, segments.get(node.inputs[0])!)
        break
    }
  }
  return segments
}

/** A tensor's final place in bank rows. */
export interface Placement {
  readonly base: number
  /** Rows from block to block. */
  readonly plane: number
  /** Rows of one image row. */
  readonly pitch: number
  readonly width: number
  readonly height: number
  readonly blocks: number
  /** `laneChannels` of the tensor. */
  readonly channels: Int32Array
  readonly spaceToDepth: boolean
}

export const pitchOf = (width: number, engine: EngineParameters): number => Math.ceil(width / banks(engine))

export const bufferRows = (buffer: Buffer, engine: EngineParameters): number =>
  buffer.blocks * buffer.height * pitchOf(buffer.width, engine)

/** The placement of a view, once its buffer has an address. */
export function placeView(
  view: View,
  views: Views,
  rows: readonly number[],
  engine: EngineParameters,
  isImage: boolean,
): Placement {
  const buffer = views.buffers[view.buffer]!
  const pitch = pitchOf(buffer.width, engine)
  const plane = buffer.height * pitch
  return {
    base: rows[view.buffer]! + view.block * plane,
    plane,
    pitch,
    width: buffer.width,
    height: buffer.height,
    blocks: blocksOf(view.segments, engine.inputLanes),
    channels: laneChannels(view.segments, engine.inputLanes),
    spaceToDepth: isImage && views.spaceToDepth,
  }
}
