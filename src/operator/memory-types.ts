/** The settings of a configuration that are about memories behind buses: what lies where, and the program of registers. */
import type { BusSetting } from '../simulate/index.ts'
import type { ChannelRange } from './channel-ranges.ts'
import type { LayerInfo, LayerValue, Layout, TensorName } from './types.ts'

/** A tensor in the memory behind a bus, or room that only the module uses: bytes one after another, each word little-endian. */
export interface RegionBinding<Tensor extends TensorName = TensorName> extends Partial<Layout> {
  /** Absent: room of `bytes`, all 0. */
  readonly tensor?: Tensor
  /** What a program calls its address. Default: the tensor. */
  readonly name?: string
  /** Default: the first bus of kind `axi-memory`. */
  readonly bus?: string
  /** Bits of a lane. Default: the element's own, in whole bytes. */
  readonly bits?: number
  /** Address of its first byte. Default: behind the region before, aligned. */
  readonly at?: LayerValue
  /** Default 4096, a page, which no burst crosses. */
  readonly align?: LayerValue
  /** Of room without a tensor. */
  readonly bytes?: LayerValue
}

/** A layer of a run, and where its tensors lie. */
export interface PlacedLayer {
  readonly layer: LayerInfo
  /**
   * Addresses by the name of the region. An input whose channels do not lie one behind the other has none: `inputs` says where its
   * parts are.
   */
  readonly at: Readonly<Record<string, number>>
  /** Of each input: the tensors that it is read from. */
  readonly inputs: readonly (readonly PlacedRange[])[]
}

/** Channels that a layer reads, from the address of their first element. */
export interface PlacedRange extends ChannelRange {
  readonly at: number
}

/** Words of the configuration's own, such as the instructions of the module: little-endian, laid out behind the tensors. */
export interface DataRegion extends Pick<RegionBinding, 'bus' | 'at' | 'align'> {
  readonly name: string
  /** Below 0 in two's complement. */
  readonly words: (run: readonly PlacedLayer[]) => ArrayLike<number | bigint>
  /** Of a word: 8, 16, 32 or 64. Default 32. */
  readonly bits?: number
}

/** An output that the module leaves in memory. */
export type OutputRegion = Omit<RegionBinding<'output'>, 'bytes'> &
  Pick<Layout, 'order'> & { readonly tensor: 'output' }

/** A register that is written, or read until `(value & mask) === equals`. A value `$at.weights` is the address of a region. */
export type ProgramStep = { readonly bus?: string } & (
  | { readonly write: LayerValue; readonly value: LayerValue }
  | {
      readonly poll: LayerValue
      readonly mask?: LayerValue
      readonly equals: LayerValue
      readonly withinCycles?: LayerValue
    }
)

/** As in `simulate`; the memory is as large as its regions need unless `bytes` says more. */
export type OperatorBus =
  | (Omit<Extract<BusSetting, { kind: 'axi-memory' }>, 'bytes'> & { readonly bytes?: number })
  | Exclude<BusSetting, { kind: 'axi-memory' }>
