/** Lattice .mem, the memory initialization file of Diamond and Radiant. */
import { hexLines } from './readmemh.ts'
import { checkRom, RomFormatError, type RomImage } from './types.ts'

const FORMAT = 'Lattice MEM'
export const LATTICE_MAX_DEPTH = 65_536
export const LATTICE_MAX_WIDTH = 256

/**
 * Lattice's memory initialization file, format Hex: a header, then one word per line from address 0. The radix numbers
 * (3: hexadecimal) only say how Memory Generator displays it.
 * @throws RomFormatError if the ROM is deeper than 65,536 words or wider than 256 bits
 */
export function writeLatticeMem(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  const { name, width, depth } = rom
  if (depth > LATTICE_MAX_DEPTH || width > LATTICE_MAX_WIDTH)
    throw new RomFormatError(
      FORMAT,
      `${name}: expected 1 to ${LATTICE_MAX_DEPTH} words of 1 to ${LATTICE_MAX_WIDTH} bits, received ${depth} of ${width}; split it into banks`,
    )
  return hexLines(rom, `#Format=Hex\n#Depth=${depth}\n#Width=${width}\n#AddrRadix=3\n#DataRadix=3\n#Data\n`)
}
