/** The eight formats as docs/formats.md lists them, and the files that a ROM becomes in each. */
import { expect, test } from 'vitest'
import { ROM_FORMATS, type RomFormatId } from '../../../src/rom/formats/formats.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { READERS } from './readers/readers.ts'
import { encodeRom, randomRom, textOf } from './support.ts'

const none = {}
const quartus = { width: 1024, depth: 2 ** 20 }
const lattice = { width: 256, depth: 65_536 }

test.each<[RomFormatId, string, string, object]>([
  ['readmemh', '$readmemh text', '.mem', none],
  ['intel-hex', 'Intel HEX, byte addresses', '.hex', none],
  ['quartus-hex', 'Intel HEX, word addresses (Quartus)', '.quartus.hex', quartus],
  ['xilinx-coe', 'Xilinx COE', '.coe', none],
  ['intel-mif', 'Intel MIF', '.mif', none],
  ['xilinx-mif', 'Xilinx MIF', '.xilinx.mif', none],
  ['lattice-mem', 'Lattice MEM', '.lattice.mem', lattice],
  ['sv-package', 'SystemVerilog package', '_pkg.sv', none],
])('%s is called %s, ends in %s and holds banks of %o', (id, title, extension, limits) => {
  expect(ROM_FORMATS[id]).toMatchObject({ id, title, extension, limits })
  expect(Object.keys(ROM_FORMATS[id].limits)).toEqual(Object.keys(limits))
  const rom = randomRom(1, 12, 3, 'a.b')
  const [file, ...others] = encodeRom(rom, id)
  expect(others).toEqual([])
  expect(unpackRom(READERS[id](file!.bytes, rom))).toEqual(unpackRom(rom))
  // A package's name is an identifier.
  expect(file!.name).toBe(id === 'sv-package' ? 'a_b_pkg.sv' : `a.b${extension}`)
})

test('a word too wide for a format becomes a file for each of its banks', () => {
  const rom = randomRom(1, 1025, 1)
  const names = (id: RomFormatId) => encodeRom(rom, id).map(({ name }) => name)
  expect(names('quartus-hex')).toEqual(['rom1_bit0_word0.quartus.hex', 'rom1_bit1024_word0.quartus.hex'])
  expect(names('lattice-mem')).toEqual(
    [0, 256, 512, 768, 1024].map((bit) => `rom1_bit${bit}_word0.lattice.mem`),
  )
  const [low, high] = encodeRom(rom, 'quartus-hex').map(({ bytes }) => textOf(bytes).slice(0, 9))
  // One record of 128 bytes, one of a byte.
  expect([low, high]).toEqual([':80000000', ':01000000'])
})
