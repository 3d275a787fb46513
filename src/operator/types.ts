/**
 * What a configuration is made of: the layer that it is asked for, its tensors, and the ports and memories that they cross.
 *
 * A value that begins with `$` names a property of the layer (`'$inputChannels'`); for anything else, give a function of the layer.
 */
import type { Profile } from '../arithmetic/profile.ts'
import type { IntegerNode } from '../golden/types.ts'
import type { ParameterValue } from '../simulate/index.ts'
import type { ChannelRange } from './channel-ranges.ts'

export type OperatorName = 'conv' | 'add' | 'max-pool' | 'upsample'

/** A tensor that a layer reads. */
export interface LayerInput {
  readonly name: string
  readonly scale: number
  readonly zeroPoint: number
  readonly bits: number
  /** The tensors of which its channels are parts: what was sliced and concatenated before it is read. */
  readonly ranges: readonly ChannelRange[]
}

/** What a configuration may ask of a layer. Codes and zero points are the hardware's own: below 0 where the profile's codes are signed. */
export interface LayerInfo {
  readonly name: string
  readonly op: OperatorName
  readonly inputChannels: number
  readonly inputHeight: number
  readonly inputWidth: number
  readonly outputChannels: number
  readonly outputHeight: number
  readonly outputWidth: number
  /** Side of the window; 1 if there is none. */
  readonly kernel: number
  readonly stride: number
  /** Rows and columns added on every side. */
  readonly padding: number
  /** Code of a padding tap; the least code for a max-pool. */
  readonly padCode: number
  /** Z of A-4. */
  readonly zeroPoint: number
  /** Of the first input, of the second (0 if there is none), and of the output. */
  readonly inputZeroPoint: number
  readonly secondZeroPoint: number
  readonly outputZeroPoint: number
  /** n of A-4: bits of the table's index where a table follows, else of the output. */
  readonly requantBits: number
  /** The least and the greatest code of n bits: 0 and 2^n - 1, or signed -2^(n-1) and 2^(n-1) - 1. */
  readonly requantMin: number
  readonly requantMax: number
  /** 1 where codes are signed, in two's complement. */
  readonly signedCodes: 0 | 1
  /** 1 where a table follows. */
  readonly hasTable: 0 | 1
  readonly weightBits: number
  /** Of the widest of the layer's inputs and of its output. */
  readonly activationBits: number
  /** A of the wider of the inputs. */
  readonly inputBits: number
  /** A of the output. */
  readonly outputBits: number
  /** Of the profile's accumulator. */
  readonly accumulatorBits: number
  /** Of the tensors `bias`, `multiplier` and `shift`; 0 where the profile has none of them. */
  readonly biasBits: number
  readonly multiplierBits: number
  readonly shiftBits: number
  readonly macs: number
  /** The tensors that it reads. */
  readonly inputs: readonly LayerInput[]
  /** The arithmetic that the model was quantised for. */
  readonly profile: Profile
  /** Everything else, as the reference model has it: there a signed code of n bits is carried as the code plus 2^(n-1). */
  readonly node: IntegerNode
}

/**
 * | tensor        | axes        | word                                                                      |
 * | ------------- | ----------- | ------------------------------------------------------------------------- |
 * | `input`       | `i y x`     | a code                                                                    |
 * | `second`      | `i y x`     | a code of the second input of an add                                      |
 * | `weights`     | `o i ky kx` | a signed code                                                       |
 * | `bias`        | `o`         | B of A-3, signed, 32 bits or those of the profile                         |
 * | `multiplier`  | `o`         | M of A-4, 16 bits or those of the profile                                 |
 * | `shift`       | `o`         | s of A-4, 6 bits or those of the profile, signed if it may be below 0     |
 * | `factor`      | `o`         | the factor of a stage `scale-float`, a float32                            |
 * | `parameters`  | `o`         | 64 bits: bias `[31:0]`, multiplier `[47:32]`, shift `[63:48]`. 80 bits if |
 * |               |             | M has more than 16, or a factor in its place: shift `[79:64]`             |
 * | `table`       | `p`         | a code, at the address that is the two's complement of the index;   |
 * |               |             | no words at all where the layer has no table                              |
 * | `output`      | `o y x`     | a code                                                                    |
 *
 * Signed codes are in two's complement, sign-extended to their lane.
 */
export type TensorName =
  | 'input'
  | 'second'
  | 'weights'
  | 'bias'
  | 'multiplier'
  | 'shift'
  | 'factor'
  | 'parameters'
  | 'table'
  | 'output'

/** A tensor that the module is given. */
export type SentTensor = Exclude<TensorName, 'output'>

/** The order in which a tensor's elements cross a port. */
export interface Layout {
  /**
   * Axes from the slowest to the fastest, separated by spaces: `'y x i'`. `'i/8 y x i%8'` walks blocks of eight channels; what is beyond
   * the last channel is `fill`. An axis that the tensor does not have repeats it: `'o/4 y x i'` sends the input once for every four filters.
   */
  readonly order: string
  /** Elements side by side in a beat or word, the first in the lowest bits: a number or a value of the layer. Default 1. */
  readonly lanes?: LayerValue
  /** Bits of a lane. Default: the port's width by `lanes`; for a memory, the element's own. */
  readonly bits?: number
  /** What idle lanes hold. Default 0. */
  readonly fill?: number
}

export type LayerValue = number | bigint | boolean | string | ((layer: LayerInfo) => ParameterValue)

/** A tensor that crosses a stream: `<name>_valid_i` and the like, AXI4-Stream, or one that `streams` maps. */
export interface StreamBinding<Tensor extends TensorName = TensorName> extends Layout {
  readonly tensor: Tensor
  readonly stream: string
  /** Field that carries the elements. Default: `data` or `tdata`, or the only field there is. */
  readonly data?: string
  /** Field that is 1 with the last beat. Default: `last` or `tlast` if there is one. */
  readonly last?: string
  /** Field with the word's place in the order, for a memory's write port: counted up for an input, obeyed for the output. */
  readonly address?: string
}

/**
 * A tensor in a memory: a ROM file of `$readmemh` text, found by a plusarg or a string parameter, or a memory outside the module that is
 * served at its ports (address out, word in, one cycle later). One of the three.
 */
export interface MemoryBinding extends Layout {
  readonly tensor: SentTensor
  readonly plusarg?: string
  readonly parameter?: string
  readonly ports?: { readonly addr: string; readonly enable?: string; readonly data: string }
}
