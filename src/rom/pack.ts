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

/**
 * For every word of a tensor in (block, y, x) order and every lane of it: the index of the element in C order [c, h, w], or -1 where the
 * lane is idle. Length: blocks * height * width * PI.
 */
export function elementIndices(place: Placement, engine: EngineParameters): Int32Array {
  const { blocks, height, width, channels } = place
  const lanes = engine.inputLanes
  const indices = new Int32Array(blocks * height * width * lanes).fill(-1)
  if (place.spaceToDepth) {
    const depth = channels.reduce((count, channel) => count + (channel >= 0 ? 1 : 0), 0)
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at += lanes)
        for (let corner = 0; corner < 4; corner++)
          for (let channel = 0; channel < depth; channel++) {
            const [dy, dx] = [corner >> 1, corner & 1]
            indices[at + corner * depth + channel] =
              (channel * 2 * height + 2 * y + dy) * 2 * width + 2 * x + dx
          }
    return indices
  }
  const area = height * width
  for (let block = 0, at = 0; block < blocks; block++)
    for (let pixel = 0; pixel < area; pixel++, at += lanes)
      for (let lane = 0; lane < lanes; lane++) {
        const channel = channels[block * lanes + lane]!
        if (channel >= 0) indices[at + lane] = channel * area + pixel
      }
  return indices
}

/** Beats of the host stream that write a whole tensor. @param idle code of the lanes that hold no channel */
export function packTensor(codes: Codes, place: Placement, engine: EngineParameters, idle = 0): Uint8Array {
  const lanes = engine.inputLanes
  const bits = engine.activationBits
  const beat = hostBeatBytes(engine)
  const indices = elementIndices(place, engine)
  const beats = new Uint8Array((indices.length / lanes) * beat)
  const view = new DataView(beats.buffer)
  let word = 0
  for (let block = 0; block < place.blocks; block++)
    for (let y = 0; y < place.height; y++)
      for (let x = 0; x < place.width; x++, word++) {
        const at = word * beat
        view.setUint32(at, wordAddress(place, block, y, x, engine), true)
        for (let lane = 0; lane < lanes; lane++) {
          const index = indices[word * lanes + lane]!
          orBits(beats, 8 * (at + 4) + lane * bits, index >= 0 ? codes[index]! : idle)
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
  /** One feature word each, `featureBytes` apart. */
  readonly data: Uint8Array
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
  const width = banks(engine)
  const lanes = engine.inputLanes
  const bytes = featureBytes(engine)
  const bits = engine.activationBits
  const indices = elementIndices(place, engine)
  const codes = new Int32Array(elements).fill(-1)
  const wordOfElement = new Int32Array(elements).fill(-1)
  const seen = new Uint8Array(indices.length / lanes)
  let stray = 0
  let repeated = 0
  for (let i = 0; i < words.addresses.length; i++) {
    const address = words.addresses[i]!
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
    if (seen[word] === 1) repeated++
    seen[word] = 1
    for (let lane = 0; lane < lanes; lane++) {
      const index = indices[word * lanes + lane]!
      if (index < 0) continue
      codes[index] = getLane(words.data, i * bytes, lane, bits)
      wordOfElement[index] = i
    }
  }
  const cycleOf = (element: number): number => {
    const word = wordOfElement[element]!
    return word < 0 ? Number.NaN : words.cycles[word]!
  }
  return { codes, cycleOf, stray, repeated }
}
