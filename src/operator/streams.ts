/** Beats of a bound stream: the tensor's words in the data field, and what the other fields hold. */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import type { StreamPorts } from '../simulate/boundary/types.ts'
import type { StreamBinding } from './types.ts'

/** Where a stream's fields lie in a packed beat. */
export interface BeatShape {
  readonly beatBytes: number
  readonly data: Place
  readonly last: Place | null
  readonly address: Place | null
  /** Byte enables: all ones. */
  readonly enables: readonly Place[]
}

interface Place {
  readonly offset: number
  readonly width: number
  readonly bytes: number
}

const names = (...words: readonly string[]): RegExp => new RegExp(`^t?(${words.join('|')})$`, 'i')

/** @throws InputError if a field that the binding names is not there. */
export function shapeOfBeat({ fields }: StreamPorts, binding: StreamBinding, where: string): BeatShape {
  const known = fields.map(({ name }) => name).join(', ') || 'none'
  const places = new Map<string, Place>()
  let offset = 0
  for (const { name, port } of fields) {
    const bytes = Math.ceil(port.width / 8)
    places.set(name, { offset, width: port.width, bytes })
    offset += bytes
  }
  const named = (field: string): Place => {
    const place = places.get(field)
    if (place !== undefined) return place
    throw new InputError(
      `stream ${binding.stream} has no field ${field}, its fields are ${known}`,
      where,
      suggest(field, [...places.keys()]),
    )
  }
  const matching = (pattern: RegExp): Place[] =>
    [...places].flatMap(([name, place]) => (pattern.test(name) ? [place] : []))
  const [only] = places.values()
  const data =
    binding.data !== undefined
      ? named(binding.data)
      : (matching(names('data'))[0] ?? (places.size === 1 ? only : undefined))
  if (data === undefined)
    throw new InputError(
      `stream ${binding.stream} has no field data, its fields are ${known}`,
      where,
      "Name the field that carries the elements with 'data'.",
    )
  return {
    beatBytes: offset,
    data,
    last: binding.last !== undefined ? named(binding.last) : (matching(names('last'))[0] ?? null),
    address: binding.address === undefined ? null : named(binding.address),
    enables: matching(names('keep', 'strb')),
  }
}

/** @param words one word per beat, `stride` bytes each */
export function packBeats(shape: BeatShape, words: Uint8Array, stride: number, count: number): Uint8Array {
  const { beatBytes, data, last, address, enables } = shape
  const beats = new Uint8Array(count * beatBytes)
  for (let beat = 0; beat < count; beat++) {
    const at = beat * beatBytes
    beats.set(words.subarray(beat * stride, beat * stride + Math.min(stride, data.bytes)), at + data.offset)
    for (const { offset, bytes } of enables) beats.fill(255, at + offset, at + offset + bytes)
    if (address !== null)
      for (let i = 0; i < address.bytes; i++)
        beats[at + address.offset + i] = Math.floor(beat / 2 ** (8 * i)) & 255
    if (last !== null && beat === count - 1) beats[at + last.offset] = 1
  }
  return beats
}

/** The first beat with a wrong `last`, or null. */
export function findWrongLast(shape: BeatShape, beats: Uint8Array, count: number): number | null {
  const { beatBytes, last } = shape
  if (last === null) return null
  for (let beat = 0; beat < count; beat++)
    if (beats[beat * beatBytes + last.offset]! !== (beat === count - 1 ? 1 : 0)) return beat
  return null
}

/**
 * Beat of each of the output's `count` words, -1 where none came: in the order of arrival, or where the address says.
 *
 * @param came beats that there are, `count` at most.
 */
export function placeBeats(
  { beatBytes, address }: BeatShape,
  beats: Uint8Array,
  count: number,
  came: number,
): { readonly beatOfWord: Int32Array; readonly outside: number; readonly repeated: number } {
  const beatOfWord = new Int32Array(count).fill(-1)
  let outside = 0
  let repeated = 0
  for (let beat = 0; beat < came; beat++) {
    let word = beat
    if (address !== null) {
      word = 0
      for (let i = address.bytes - 1; i >= 0; i--)
        word = word * 256 + beats[beat * beatBytes + address.offset + i]!
    }
    if (word >= count) outside++
    else if (beatOfWord[word]! >= 0) repeated++
    else beatOfWord[word] = beat
  }
  return { beatOfWord, outside, repeated }
}
