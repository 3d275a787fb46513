/** Regions with their addresses, and the run whose tensors they hold. */
import type { PlacedLayer } from './memory-types.ts'
import type { LayerInfo, Layout, TensorName } from './types.ts'

/** A region with its address. Tensors are little-endian, lane by lane. */
export interface MappedRegion extends Omit<Layout, 'lanes' | 'bits'> {
  readonly name: string
  /** The layer whose tensor it is: of an output the one that writes it, of an input the first that reads it. Null of room and data. */
  readonly layer: string | null
  /** Null of room and data. */
  readonly tensor: TensorName | null
  /** Of an input: the tensor of the network that lies here, and its channels. */
  readonly source?: string
  readonly channels?: number
  readonly bus: string
  readonly lanes: number
  readonly bits: number
  /** Address of its first byte. */
  readonly at: number
  readonly bytes: number
  /** What the configuration lays there itself. */
  readonly data?: Uint8Array
  /** The layer whose output takes its place before the run ends. */
  readonly overwrittenBy?: string
}

/** Values of a configuration for a layer. */
export interface Resolver {
  readonly value: (name: string, value: unknown, layer: LayerInfo) => unknown
  readonly lanes: (layout: Layout, layer: LayerInfo) => number
  /** @throws InputError for what is no whole number from 0 */
  readonly whole: (name: string, value: unknown, layer: LayerInfo) => number
}

export interface MemoryMap {
  readonly regions: readonly MappedRegion[]
  readonly run: readonly PlacedLayer[]
}

/** Where something lies. */
export type Span = Pick<MappedRegion, 'bus' | 'at' | 'bytes'>

export const overlaps = (a: Span, b: Span): boolean =>
  a.bus === b.bus && a.at < b.at + b.bytes && b.at < a.at + a.bytes

/** Bytes that the memory of a bus needs, in whole pages of 4 KB. */
export const bytesNeeded = (regions: readonly MappedRegion[], bus: string, base: number): number =>
  Math.ceil(Math.max(1, ...regions.map((one) => (one.bus === bus ? one.at + one.bytes - base : 0))) / 4096) *
  4096
