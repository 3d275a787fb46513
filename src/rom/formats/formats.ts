/** The list of ROM formats: how each is named and written, and what it cannot hold. */
import type { BankLimits } from './bank.ts'
import { QUARTUS_MAX_DEPTH, writeIntelHex } from './intel-hex.ts'
import { writeIntelMif } from './intel-mif.ts'
import { LATTICE_MAX_DEPTH, LATTICE_MAX_WIDTH, writeLatticeMem } from './lattice-mem.ts'
import { writeReadmemh } from './readmemh.ts'
import { writeSvPackage } from './sv-package.ts'
import type { RomImage } from './types.ts'
import { writeXilinxCoe, writeXilinxMif } from './xilinx.ts'

export type RomFormatId =
  | 'readmemh'
  | 'intel-hex'
  | 'quartus-hex'
  | 'xilinx-coe'
  | 'intel-mif'
  | 'xilinx-mif'
  | 'lattice-mem'
  | 'sv-package'

/** One file format: how it is called and written, and what it cannot hold. */
export interface RomFormat {
  readonly id: RomFormatId
  /** What people call it. */
  readonly title: string
  /** After the name, with its dots; `.mem` and `.mif` are two formats each, so the vendor is part of it. */
  readonly extension: string
  readonly limits: BankLimits
  readonly write: (rom: RomImage) => Uint8Array
}

/** Every format, by its id. */
export const ROM_FORMATS: Readonly<Record<RomFormatId, RomFormat>> = {
  readmemh: {
    id: 'readmemh',
    title: '$readmemh text',
    extension: '.mem',
    limits: {},
    write: writeReadmemh,
  },
  'intel-hex': {
    id: 'intel-hex',
    title: 'Intel HEX, byte addresses',
    extension: '.hex',
    limits: {},
    write: writeIntelHex,
  },
  'quartus-hex': {
    id: 'quartus-hex',
    title: 'Intel HEX, word addresses (Quartus)',
    extension: '.quartus.hex',
    // The record takes 2,040 bits; banks of 1,024 keep the lanes of a 2,048-bit word together.
    limits: { width: 1024, depth: QUARTUS_MAX_DEPTH },
    write: (rom) => writeIntelHex(rom, 'word'),
  },
  'xilinx-coe': {
    id: 'xilinx-coe',
    title: 'Xilinx COE',
    extension: '.coe',
    limits: {},
    write: writeXilinxCoe,
  },
  'intel-mif': {
    id: 'intel-mif',
    title: 'Intel MIF',
    extension: '.mif',
    limits: {},
    write: writeIntelMif,
  },
  'xilinx-mif': {
    id: 'xilinx-mif',
    title: 'Xilinx MIF',
    extension: '.xilinx.mif',
    limits: {},
    write: writeXilinxMif,
  },
  'lattice-mem': {
    id: 'lattice-mem',
    title: 'Lattice MEM',
    extension: '.lattice.mem',
    limits: { width: LATTICE_MAX_WIDTH, depth: LATTICE_MAX_DEPTH },
    write: writeLatticeMem,
  },
  'sv-package': {
    id: 'sv-package',
    title: 'SystemVerilog package',
    extension: '_pkg.sv',
    limits: {},
    write: writeSvPackage,
  },
}
