/** Files that stand where a checkpoint was meant to be: what each is by its first bytes, and what to do with it. */
import { InputError } from '../input/input-error.ts'

/** Bytes that decide. */
export const FOREIGN_HEAD = 16

const ADVICE = 'Give the .pt file of a YOLOv8 detection model.'
const TRAINED = 'Give the checkpoint that the training wrote (best.pt or last.pt).'

interface Foreign {
  /** Of the first bytes, two digits each. */
  readonly hex: RegExp
  readonly what: string
  readonly advice: string
}

const FOREIGN: readonly Foreign[] = [
  { hex: /^$/, what: 'the file is empty.', advice: 'Copy or download it again.' },
  {
    hex: /^800[0-5](?:8a|28|7d)/,
    what: 'this is a bare pickle, as torch wrote before 1.6, not a zip archive.',
    advice: 'Save it again with a newer torch.',
  },
  {
    // The length of the header, in eight bytes, and the header, which is JSON.
    hex: /^.{10}0{6}7b(?:20)*22/,
    what: 'this is a safetensors file: it has weights but no description of the network.',
    advice: TRAINED,
  },
  { hex: /^1f8b/, what: 'this is a gzip archive.', advice: 'Unpack it first, with `gunzip` or `tar -xzf`.' },
  {
    // The version of the format, then the producer or a part of the graph.
    hex: /^08[01].(?:12|1a|22|3a|42)/,
    what: 'this is an ONNX model, which is an export.',
    advice: TRAINED,
  },
  { hex: /^.{8}54464c33/, what: 'this is a TensorFlow Lite model, which is an export.', advice: TRAINED },
  {
    // { or [, and what may follow it, with blanks.
    hex: /^(?:efbbbf)?(?:20|0[9ad])*[57]b(?:20|0[9ad])*(?:22|3\d|[57]b|[57]d)/,
    what: 'this is a JSON file.',
    advice: ADVICE,
  },
]

/** @param bytes the first `FOREIGN_HEAD`, or more. @throws InputError if they begin no zip archive. */
export function refuseForeign(bytes: Uint8Array, fileName: string): void {
  const hex = Buffer.from(bytes.subarray(0, FOREIGN_HEAD)).toString('hex')
  if (hex.startsWith('504b')) return
  const found = FOREIGN.find((foreign) => foreign.hex.test(hex))
  if (found !== undefined) throw new InputError(found.what, fileName, found.advice)
  const shown = hex.slice(0, 8).replaceAll(/..(?=.)/g, '$& ')
  throw new InputError(
    `expected a checkpoint (a zip archive, as torch.save writes), got a file that begins with ${shown}.`,
    fileName,
    ADVICE,
  )
}
