/** A strict reader for each ROM format: it reads what the writers of `src/rom/formats` wrote. */
import type { RomFormatId } from '../../../../src/rom/formats/formats.ts'
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { parseIntelHex } from './intel-hex.ts'
import { parseIntelMif } from './intel-mif.ts'
import { parseLatticeMem } from './lattice-mem.ts'
import { parseReadmemh } from './readmemh.ts'
import { parseSvPackage } from './sv-package.ts'
import type { RomShape, RomText } from './types.ts'
import { parseXilinxCoe, parseXilinxMif } from './xilinx.ts'

export const READERS: Readonly<Record<RomFormatId, (source: RomText, shape: RomShape) => RomImage>> = {
  readmemh: parseReadmemh,
  'intel-hex': parseIntelHex,
  'quartus-hex': (source, shape) => parseIntelHex(source, shape, 'word'),
  'xilinx-coe': parseXilinxCoe,
  'intel-mif': parseIntelMif,
  'xilinx-mif': parseXilinxMif,
  'lattice-mem': parseLatticeMem,
  'sv-package': parseSvPackage,
}
