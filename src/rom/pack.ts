/** Tensors to and from feature words: what the host writes into the detector, and what its tap shows. */
import type { Codes } from '../golden/types.ts'
import { orBits } from './formats/bits.ts'
import { banks, type EngineParameters } from './parameters.ts'
import type { Placement } from './placement.ts'

/** Bytes of a feature word on the host and tap ports. */
export const featureBytes = (engine: EngineParameters): number =>
  Math.ceil((engine.inputLanes * engine.activationBits) / 8)

/** Bytes of one beat of the host stream: 32 bits of word address, then the word. */
export const hostBeatBytes = (engine: EngineParameters): number => 4 + featureBytes(engine)

/** Word address of pixel (x, y) of a block. */
export function wordAddress(
  place: Placement,
  block: number,
  y: number,
  x: number,
  engine: EngineParameters,
): number {
  const width = banks(engine)
  return (place.base + block * place.plane + y * place.pitch + Math.floor(x / width)) * width + (x % width)
}

/** Where the elements of a tensor lie in C order [c, h, w]: that of a lane of pixel (x, y) is `first + y * line + x * column`. */
export interface LaneWalk {
  /** For every lane of every block its element of pixel (0, 0), or -1 where the lane is idle. */
  readonly first: Int32Array
  readonly line: number
  readonly column: number
}

export function walkLanes(place: Placement): LaneWalk {
  const { height, width, channels } = place
  if (!place.spaceToDepth)
    return {
      first: channels.map((channel) => (channel < 0 ? -1 : channel * height * width)),
      line: width,
      column: 1,
    }
  const depth = channels.reduce((count, channel) => count + (channel >= 0 ? 1 : 0), 0)
  const first = new Int32Array(channels.length).fill(-1)
  for (let corner = 0; corner < 4; corner++)
    for (let channel = 0; channel < depth; channel++)
      first[corner * depth + channel] = (channel * 2 * height + (corner >> 1)) * 2 * width + (corner & 1)
  return { first, line: 4 * width, column: 2 }
}

/** Beats of the host stream that write a whole tensor. @param idle code of the lanes that hold no channel */
export function packTensor(codes: Codes, place: Placement, engine: EngineParameters, idle = 0): Uint8Array {
  const lanes = engine.inputLanes
  const bits = engine.activationBits
  const beat = hostBeatBytes(engine)
  const { blocks, height, width } = place
  const { first, line, column } = walkLanes(place)
  const beats = new Uint8Array(blocks * height * width * beat)
  const view = new DataView(beats.buffer)
  for (let block = 0, at = 0; block < blocks; block++)
    for (let y = 0; y < height; y++, at += width * beat) {
      const address = wordAddress(place, block, y, 0, engine)
      for (let x = 0; x < width; x++) view.setUint32(at + x * beat, address + x, true)
      for (let lane = 0; lane < lanes; lane++) {
        const from = first[block * lanes + lane]!
        const element = from + y * line
        for (let x = 0, word = at + 4; x < width; x++, word += beat) {
          const code = from < 0 ? idle : codes[element + x * column]!
          if (bits === 8) beats[word + lane] = code
          else orBits(beats, 8 * word + lane * bits, code)
        }
      }
    }
  return beats
}

/** Lane `lane` of a feature word. */
export function getLane(bytes: Uint8Array, offset: number, lane: number, bits: number): number {
  const bit = lane * bits
  const at = offset + (bit >> 3)
  return (((bytes[at + 1]! << 8) | bytes[at]!) >> (bit & 7)) & (2 ** bits - 1)
}

/** Words seen at the tap, as parallel arrays. */
export interface TapWords {
  readonly addresses: Uint32Array
  /** Bytes among which each feature word begins at its place in `starts`. */
  readonly data: Uint8Array
  readonly starts: Uint32Array
  /** Cycle of each write. */
  readonly cycles: Float64Array
}

export interface UnpackedTensor {
  /** Codes in C order; -1 where nothing was written. */
  readonly codes: Int32Array
  /** Cycle of the write of each element's word; NaN if nothing was written. */
  readonly cycleOf: (element: number) => number
  /** Writes that fall outside the tensor: a layer that writes where it should not. */
  readonly stray: number
  /** Words written more than once. */
  readonly repeated: number
}

/** Puts a layer's writes back together as a tensor of `elements` codes. */
export function unpackTensor(
  words: TapWords,
  elements: number,
  place: Placement,
  engine: EngineParameters,
): UnpackedTensor {
  const { blocks, height, width } = place
  const { written, stray, repeated } = sortWrites(words, place, engine)
  const lanes = engine.inputLanes
  const bits = engine.activationBits
  const { first, line, column } = walkLanes(place)
  const { data, starts } = words
  const codes = new Int32Array(elements).fill(-1)
  for (let block = 0, word = 0; block < blocks; block++)
    for (let y = 0; y < height; y++, word += width)
      for (let lane = 0; lane < lanes; lane++) {
        const from = first[block * lanes + lane]!
        if (from < 0) continue
        const element = from + y * line
        for (let x = 0; x < width; x++) {
          const write = written[word + x]!
          if (write < 0) continue
          const at = starts[write]!
          codes[element + x * column] = bits === 8 ? data[at + lane]! : getLane(data, at, lane, bits)
        }
      }
  const cycleOf = (element: number): number => {
    const write = written[wordOf(element, place)] ?? -1
    return write < 0 ? Number.NaN : words.cycles[write]!
  }
  return { codes, cycleOf, stray, repeated }
}

interface Writes {
  /** The last write of every word of the tensor in (block, y, x) order; -1 where there was none. */
  readonly written: Int32Array
  readonly stray: number
  readonly repeated: number
}

function sortWrites({ addresses }: TapWords, place: Placement, engine: EngineParameters): Writes {
  const width = banks(engine)
  const written = new Int32Array(place.blocks * place.height * place.width).fill(-1)
  let stray = 0
  let repeated = 0
  for (let i = 0; i < addresses.length; i++) {
    const address = addresses[i]!
    const row = Math.floor(address / width) - place.base
    const block = Math.floor(row / place.plane)
    const within = row - block * place.plane
    const y = Math.floor(within / place.pitch)
    const x = (within % place.pitch) * width + (address % width)
    if (row < 0 || block >= place.blocks || y >= place.height || x >= place.width) {
      stray++
      continue
    }
    const word = (block * place.height + y) * place.width + x
    if (written[word]! >= 0) repeated++
    written[word] = i
  }
  return { written, stray, repeated }
}

/** The word that holds an element, in (block, y, x) order. */
function wordOf(element: number, place: Placement): number {
  const { blocks, height, width } = place
  const { first, line, column } = walkLanes(place)
  const lanes = first.length / blocks
  for (const [lane, from] of first.entries()) {
    const y = Math.floor((element - from) / line)
    const x = (element - from - y * line) / column
    if (from < 0 || y < 0 || y >= height || x >= width || !Number.isInteger(x)) continue
    return (Math.floor(lane / lanes) * height + y) * width + x
  }
  throw new RangeError(`the placement has no element ${element}`)
}
