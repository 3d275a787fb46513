/** The list of ROM formats: how each is named, written and read, and what it cannot hold. */
import { type BankLimits, splitRom } from './bank.ts'
import { parseIntelHex, QUARTUS_MAX_DEPTH, writeIntelHex } from './intel-hex.ts'
import { parseIntelMif, writeIntelMif } from './intel-mif.ts'
import { LATTICE_MAX_DEPTH, LATTICE_MAX_WIDTH, parseLatticeMem, writeLatticeMem } from './lattice-mem.ts'
import { parseReadmemh, writeReadmemh } from './readmemh.ts'
import { packageName, parseSvPackage, writeSvPackage } from './sv-package.ts'
import type { RomImage, RomShape, RomText } from './types.ts'
import { parseXilinxCoe, writeXilinxCoe } from './xilinx-coe.ts'
import { parseXilinxMif, writeXilinxMif } from './xilinx-mif.ts'

export type RomFormatId =
  | 'readmemh'
  | 'intel-hex'
  | 'quartus-hex'
  | 'xilinx-coe'
  | 'intel-mif'
  | 'xilinx-mif'
  | 'lattice-mem'
  | 'sv-package'

/** One file format: how it is called, written, read back, and what it cannot hold. */
export interface RomFormat {
  readonly id: RomFormatId
  /** What people call it. */
  readonly title: string
  /** After the name, with its dots; `.mem` and `.mif` are two formats each, so the vendor is part of it. */
  readonly extension: string
  readonly limits: BankLimits
  readonly write: (rom: RomImage) => Uint8Array
  readonly parse: (source: RomText, shape: RomShape) => RomImage
}

/** Every format, by its id. */
export const ROM_FORMATS: Readonly<Record<RomFormatId, RomFormat>> = {
  readmemh: format('readmemh', '$readmemh text', '.mem', {}, writeReadmemh, parseReadmemh),
  'intel-hex': format('intel-hex', 'Intel HEX, byte addresses', '.hex', {}, writeIntelHex, parseIntelHex),
  'quartus-hex': format(
    'quartus-hex',
    'Intel HEX, word addresses (Quartus)',
    '.quartus.hex',
    // The record takes 2,040 bits; banks of 1,024 keep the lanes of a 2,048-bit word together.
    { width: 1024, depth: QUARTUS_MAX_DEPTH },
    (rom) => writeIntelHex(rom, 'word'),
    (source, shape) => parseIntelHex(source, shape, 'word'),
  ),
  'xilinx-coe': format('xilinx-coe', 'Xilinx COE', '.coe', {}, writeXilinxCoe, parseXilinxCoe),
  'intel-mif': format('intel-mif', 'Intel MIF', '.mif', {}, writeIntelMif, parseIntelMif),
  'xilinx-mif': format('xilinx-mif', 'Xilinx MIF', '.xilinx.mif', {}, writeXilinxMif, parseXilinxMif),
  'lattice-mem': format(
    'lattice-mem',
    'Lattice MEM',
    '.lattice.mem',
    { width: LATTICE_MAX_WIDTH, depth: LATTICE_MAX_DEPTH },
    writeLatticeMem,
    parseLatticeMem,
  ),
  'sv-package': format('sv-package', 'SystemVerilog package', '_pkg.sv', {}, writeSvPackage, parseSvPackage),
}

/** One file of a ROM in a format: several where the format's limits make banks of it. */
export interface RomFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The files of a ROM in a format; nothing is written to disk. */
export function encodeRom(rom: RomImage, id: RomFormatId): RomFile[] {
  const { extension, limits, write } = ROM_FORMATS[id]
  return splitRom(rom, limits).map(({ rom: bank }) => ({
    // A package's file has the package's name, which is an identifier.
    name: id === 'sv-package' ? `${packageName(bank.name)}.sv` : `${bank.name}${extension}`,
    bytes: write(bank),
  }))
}

function format(
  id: RomFormatId,
  title: string,
  extension: string,
  limits: BankLimits,
  write: RomFormat['write'],
  parse: RomFormat['parse'],
): RomFormat {
  return { id, title, extension, limits, write, parse }
}
