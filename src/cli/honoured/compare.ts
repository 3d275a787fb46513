/** Which options `assay compare` honours: with a model and an image, and with a frozen set. */
import { all, ON_IMAGE, OUTPUT, type RunKind } from './run-kind.ts'

const DUMP = [
  ...['dump', 'against', 'tensor', 'layers', 'format', 'order', 'lane-bits', 'lanes', 'reversed', 'signed'],
  ...['endian', 'offset', 'clock', 'data', 'valid', 'ready', 'report', 'result-folder'],
]

export const COMPARE_KINDS: readonly RunKind[] = [
  all('assay compare', [...ON_IMAGE, ...DUMP]),
  {
    what: 'a comparison with a frozen set (--against)',
    applies: ({ against }) => against !== undefined,
    honours: [...DUMP, 'config', ...OUTPUT],
    why: 'model, image and bits are those of the set',
  },
]
