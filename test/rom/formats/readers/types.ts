/** What the readers of ROM formats share: the files, the shapes, and the refusal. */
import { RomFormatError } from '../../../../src/rom/formats/types.ts'

/** What the readers take: a file as it was read, or its text. All formats are ASCII. */
export type RomText = string | Uint8Array

/** What a file does not say of itself and the reader has to know. */
export interface RomShape {
  readonly name: string
  readonly width: number
  /** Where given, the file must hold exactly this many words. */
  readonly depth?: number
}

/** For a format that states its shape: whatever is given must agree with the file. */
export interface DescribedShape {
  readonly name: string
  readonly width?: number
  readonly depth?: number
}

/** No ROM of more than 256 MiB is read or made: a corrupt address must not become an allocation. */
export const MAX_BYTES = 2 ** 28

/** A piece of a file: `text[begin..end)`, on `line`. */
export interface Span {
  readonly text: Uint8Array
  readonly begin: number
  readonly end: number
  readonly line: number
}

/** A refused ROM file: `format line N: expected …, received …`; line 0 where the whole file is meant. */
export class RomFileError extends RomFormatError {
  constructor(format: string, line: number, message: string) {
    super(line > 0 ? `${format} line ${line}` : format, message)
  }
}
