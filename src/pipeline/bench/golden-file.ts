/** Golden tensors in a file without a name, which children have open, too: a tensor that several of them read crosses no pipe. */
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import type { Codes, IntegerConv } from '../../golden/types.ts'
import { explainCacheError } from '../../store/cache-error.ts'
import { scratchName } from '../../store/scratch.ts'
import type { Golden } from './reference.ts'

/** What the weights of a layer are called among golden tensors, for a child that is told none with its graph. */
export const weightsName = (layer: string): string => `${layer} weights`

/** A convolution's weights beside its tensors. */
export const withWeights = (golden: Golden, { name, weight }: IntegerConv): Golden => {
  const { buffer, byteOffset, length } = weight
  const Bits = weight instanceof Int8Array ? Uint8Array : Uint16Array
  return new Map(golden).set(weightsName(name), new Bits(buffer as ArrayBuffer, byteOffset, length))
}

/** A convolution with its weights; null where they are neither in it nor beside its tensors. */
export function withOwnWeights(golden: Golden, node: IntegerConv): IntegerConv | null {
  if (node.weight.length > 0) return node
  const kept = golden.get(weightsName(node.name))
  if (kept === undefined) return null
  const { buffer, byteOffset, length } = kept
  const Signed = kept instanceof Uint8Array ? Int8Array : Int16Array
  return { ...node, weight: new Signed(buffer as ArrayBuffer, byteOffset, length) }
}

/** Where a tensor lies in the file. */
export interface TensorPlace {
  readonly at: number
  readonly bytes: number
  /** Whether a code takes two bytes. */
  readonly wide: boolean
}

export type TensorPlaces = ReadonlyMap<string, TensorPlace>

export interface GoldenFile {
  readonly file: number
  /** Places of tensors, which are written when they are first asked for. Names without a tensor are left out. */
  place(golden: Golden, names: Iterable<string>): TensorPlaces
  close(): void
}

/** @throws InputError or ToolError if the folder cannot hold the file. */
export function openGoldenFile(folder: string): GoldenFile {
  const path = scratchName(folder, 'golden')
  const guarded = <Value>(act: () => Value): Value => {
    try {
      return act()
    } catch (error) {
      return explainCacheError(error, path)
    }
  }
  const file = guarded(() => {
    mkdirSync(folder, { recursive: true })
    const opened = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return opened
  })
  const places = new Map<string, TensorPlace>()
  let end = 0
  const write = (name: string, codes: Codes): TensorPlace => {
    const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength)
    for (let done = 0; done < bytes.length; )
      done += guarded(() => writeSync(file, bytes, done, bytes.length - done, end + done))
    const place = { at: end, bytes: bytes.length, wide: codes.BYTES_PER_ELEMENT === 2 }
    end += bytes.length
    places.set(name, place)
    return place
  }
  return {
    file,
    place: (golden, names) =>
      new Map(
        [...names].flatMap((name) => {
          const codes = golden.get(name)
          return codes === undefined ? [] : [[name, places.get(name) ?? write(name, codes)] as const]
        }),
      ),
    close: () => closeSync(file),
  }
}

/** The tensors at these places of a file that the parent has filled. */
export const readGolden = (file: number, places: TensorPlaces): Golden =>
  new Map([...places].map(([name, place]) => [name, readTensor(file, place)]))

function readTensor(file: number, { at, bytes, wide }: TensorPlace): Codes {
  const data = new Uint8Array(bytes)
  for (let done = 0; done < bytes; ) {
    const count = readSync(file, data, done, bytes - done, at + done)
    if (count === 0) throw new Error(`Expected ${bytes} bytes of golden data, got ${done}`)
    done += count
  }
  return wide ? new Uint16Array(data.buffer) : data
}
