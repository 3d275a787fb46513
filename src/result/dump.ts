/** What a result says of a dump that was compared in place of RTL: where it lies, and how it was read. */
import * as v from 'valibot'
import { count, described, openObject, real } from '../input/schema.ts'

export const dumpSchema = described(
  openObject({
    file: described(v.string(), 'File of the dump, with the array in it of an archive.'),
    layout: described(v.string(), "Order, bits, lanes: `'o/8 y x o%8', signed 8 bits`."),
    inferred: described(
      v.boolean(),
      'Whether the layout is only the one that fits best of those that were tried; otherwise it was stated, or was the only one that fits the size.',
    ),
    tried: described(v.optional(count), 'How many layouts were tried.'),
    second: described(v.optional(v.string()), 'The runner-up of an inferred layout.'),
    secondShare: described(
      v.optional(real(0, 1)),
      'Share of elements that are equal under it: of some hundred, or of all where those do not tell.',
    ),
  }),
  'Of a tensor that was compared by `assay compare`.',
)
