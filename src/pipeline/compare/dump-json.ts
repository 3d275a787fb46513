/** `dump.json` in a folder of dumps: which file holds which tensor, and how its elements lie there. */
import * as v from 'valibot'
import { DUMP_FORMATS } from '../../dump/types.ts'
import { type Checked, closedObject, described, fileName, recordOf, text, whole } from '../../input/schema.ts'

const LAYOUT = {
  format: described(
    v.optional(v.picklist(DUMP_FORMATS)),
    'Format of the file, where its ending does not say.',
  ),
  order: described(v.optional(text), "Axes from the slowest to the fastest: 'y x o', 'o/8 y x o%8'."),
  bits: described(v.optional(whole(1, 64)), 'Bits of a lane.'),
  lanes: described(
    v.optional(whole(1, 4096)),
    'Elements side by side in a word, the first in the lowest bits.',
  ),
  reversed: described(v.optional(v.boolean()), 'The first lane is in the highest bits instead.'),
  signed: described(v.optional(v.boolean()), "Lanes are in two's complement."),
  endian: described(
    v.optional(v.picklist(['little', 'big'])),
    'Order of the bytes of a word in a binary file.',
  ),
  offset: described(
    v.optional(whole(0, 2 ** 31)),
    'What comes before the first word: bytes of a binary file, otherwise words or numbers. Behind the tensor other data may follow.',
  ),
  clock: described(v.optional(text), 'Signal of a waveform: words are taken at its rising edges.'),
  data: described(v.optional(text), 'Signal of a waveform, or column of a CSV file, that carries the words.'),
  valid: described(v.optional(text), 'Signal or column that is 1 where a word counts.'),
  ready: described(v.optional(text), 'Signal or column that has to be 1, too.'),
}

const TENSOR = closedObject({
  file: described(v.optional(fileName), "File in the folder; by default that of the tensor's name."),
  ...LAYOUT,
})

/** docs/dump.schema.json is made from it. */
export const dumpSchema = closedObject({
  $schema: v.optional(v.string()),
  ...LAYOUT,
  tensors: described(
    v.optional(recordOf(TENSOR)),
    'What holds for single tensors, by their names; all else of the file holds for each.',
  ),
})
export type DumpJson = Checked<typeof dumpSchema>
export type DumpEntry = Checked<typeof TENSOR>
