/** What a dump holds, and how its elements lie in it. */
import type { CodeTensor } from '../golden/codes.ts'
import type { Sizes } from '../operator/loops.ts'

export const DUMP_FORMATS = ['npy', 'npz', 'bin', 'hex', 'dec', 'csv', 'vcd', 'fst'] as const
export type DumpFormat = (typeof DUMP_FORMATS)[number]

/** A file without any structure. */
interface BytesContent {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
}

/** Words of so many bits, each little-endian in whole bytes. */
export interface WordsContent {
  readonly kind: 'words'
  readonly bytes: Uint8Array
  readonly width: number
  readonly count: number
  /** As `bytes`, with a 1 for every bit that is x or z; null if none is. */
  readonly unknown: Uint8Array | null
  /** The clock cycle or the row in which each word came. */
  readonly cycles?: ArrayLike<number>
  /** Where they come from, as an error names it: a signal, a column, a shape. */
  readonly field?: string
}

/** Numbers, each an element; NaN for one that is unknown. */
export interface ValuesContent {
  readonly kind: 'values'
  readonly values: Float64Array
  readonly cycles?: ArrayLike<number>
  /** Where they come from, as an error names it: a signal, a column, a shape. */
  readonly field?: string
}

export type DumpContent = BytesContent | WordsContent | ValuesContent

/** How elements lie in a dump. */
export interface DumpLayout {
  /** As in `Layout`: `'y x o'`, `'o/8 y x o%8'`. */
  readonly order: string
  /** Bits of a lane; 0 for numbers as they are written. */
  readonly bits: number
  /** Elements side by side in a word. */
  readonly lanes: number
  /** The first lane is in the highest bits of its word, not in the lowest. */
  readonly reversed: boolean
  /** Lanes are in two's complement. */
  readonly signed: boolean
  /** Bytes of a word in a file without structure. */
  readonly endian: 'little' | 'big'
  /** What comes before the first word: bytes of a file without structure, otherwise words or numbers. */
  readonly offset: number
  /** Bits of a word above its lanes do not count. */
  readonly ignored?: boolean
}

/** The parts of a layout that somebody has stated, or that the file itself states. */
export type StatedLayout = Partial<DumpLayout>

/** The tensor that a dump is compared with. */
export interface DumpTensor extends CodeTensor {
  readonly name: string
  readonly sizes: Sizes
  /** What its codes are carried above the hardware's own: more than 0 where those are signed. */
  readonly offset: number
}

export const describeShape = ({ shape }: Pick<DumpTensor, 'shape'>): string => shape.join('x')

/** `'o/8 y x o%8', signed 8 bits, 8 lanes a word`. */
export function describeLayout(layout: DumpLayout, kind: DumpContent['kind']): string {
  const { order, bits, lanes, reversed, signed, endian, offset } = layout
  const unit = kind === 'bytes' ? 'byte' : kind === 'words' ? 'word' : 'number'
  return [
    `'${order}'`,
    ...(bits === 0 ? [] : [`${signed ? 'signed' : 'unsigned'} ${bits} bits`]),
    ...(lanes === 1 ? [] : [`${lanes} lanes a word`]),
    ...(layout.ignored ? ['other bits of the word not looked at'] : []),
    ...(reversed && lanes > 1 ? ['the first lane in the highest bits'] : []),
    ...(kind === 'bytes' && endian === 'big' && bits * lanes > 8 ? ['big-endian'] : []),
    ...(offset === 0 ? [] : [`from ${unit} ${offset}`]),
  ].join(', ')
}
