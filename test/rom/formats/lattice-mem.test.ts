/** Lattice's memory file in its three formats, by the Memory Modules user guide (FPGA-IPUG-02033). */
import { describe, expect, test } from 'vitest'
import { writeLatticeMem } from '../../../src/rom/formats/lattice-mem.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { parseLatticeMem } from './readers/lattice-mem.ts'
import { packRom, textOf } from './support.ts'

const head = (format: string, depth: number | string = 5, width: number | string = 12) =>
  `#Format=${format}\n#Depth=${depth}\n#Width=${width}\n#AddrRadix=3\n#DataRadix=3\n#Data\n`
const read = (text: string, shape: { width?: number; depth?: number } = {}) =>
  unpackRom(parseLatticeMem(text, { name: 'r', ...shape })).map(Number)

test('is written as a header and a word a line', () => {
  expect(textOf(writeLatticeMem(packRom('r', 9, [0x1ffn, 2n])))).toBe(`${head('Hex', 2, 9)}1ff\n002\n`)
  const rom = (width: number, depth: number) => ({
    ...{ name: 'r', width, depth },
    bytes: new Uint8Array(depth * Math.ceil(width / 8)),
  })
  expect(writeLatticeMem(rom(256, 1)).length).toBeGreaterThan(64)
  expect(writeLatticeMem(rom(1, 65_536)).length).toBeGreaterThan(65_536)
  const limits = 'Lattice MEM: r: expected 1 to 65536 words of 1 to 256 bits, received'
  expect(() => writeLatticeMem(rom(257, 1))).toThrow(`${limits} 1 of 257; split it into banks`)
  expect(() => writeLatticeMem(rom(1, 65_537))).toThrow(`${limits} 65537 of 1; split it into banks`)
  expect(() => writeLatticeMem({ ...rom(4, 1), bytes: Uint8Array.of(16) })).toThrow('Lattice MEM: r: word 0')
})

test.each([
  { what: 'Hex', text: `${head('Hex')}abc\n12\nFFF\n0\n1` },
  { what: 'Bin', text: `${head('Bin')}101010111100\n10010\n111111111111\n0\n1` },
  { what: 'AddrHex', text: `${head('AddrHex')}3: 0 1\n0:abc 012\tFff#9\n` },
  {
    what: 'spaces, comments, blank lines, CRLF',
    text: `${head('Hex').replaceAll('\n', ' \r\n').replaceAll('=', ' = ')}\t abc # 1\r\n\n \t\n12//1\n  # 1\n// 1\nfff#\n0\n1\n`,
  },
  {
    what: 'a header in another case and order',
    text: '#WIDTH=12\n#depth=5\n#FORMAT=ADDRHEX\n#DATA\n 0 : abc 12 # 9\n2:fff 0 1 // 9\n',
  },
])('is read: $what', ({ text }) => {
  expect(read(text)).toEqual([0xabc, 0x12, 0xfff, 0, 1])
  expect(read(text, { width: 12, depth: 5 })).toEqual([0xabc, 0x12, 0xfff, 0, 1])
})

test('an address that no line names is zero, and so are all where no line has data', () => {
  expect(read(`${head('Hex')}1\n2`)).toEqual([1, 2, 0, 0, 0])
  expect(read(`${head('AddrHex')}4:5\n2:3`)).toEqual([0, 0, 3, 0, 5])
  expect(read(head('Bin'))).toEqual([0, 0, 0, 0, 0])
  expect(read(`${head('AddrHex', 65_536, 1)}fff0:1`).indexOf(1)).toBe(0xfff0)
})

describe('is refused', () => {
  const fields = 'expected each of #Format, #Depth, #Width, #AddrRadix, #DataRadix once, then #Data, received'
  const run = 'expected an address, a colon and words, received'
  const limits = 'r: expected 1 to 65536 words of 1 to 256 bits, received'
  test.each([
    [head('Oct'), 6, 'expected #Format=Bin, Hex or AddrHex, received "oct"'],
    [head('Hex').replace('#Format=Hex\n', ''), 5, 'expected #Format=Bin, Hex or AddrHex, received ""'],
    [head('Hex').replace('#Depth', '#Format=Hex\n#Depth'), 2, `${fields} "#Format=Hex"`],
    [head('Hex').replace('#Depth', '#Size'), 2, `${fields} "#Size=5"`],
    [head('Hex').replace('#Depth', 'x#Depth'), 2, `${fields} "x#Depth=5"`],
    [head('Hex', '5 6'), 2, `${fields} "#Depth=5 6"`],
    [head('Hex', ''), 2, `${fields} "#Depth="`],
    [`${'x'.repeat(41)}\n`, 1, `${fields} "${'x'.repeat(40)}"`],
    ['#Format=Hex\n#Depth=5\n', 2, 'expected a header that ends with #Data, received the end of the file'],
    ['', 0, 'expected a header that ends with #Data, received the end of the file'],
    [head('Hex', 0), 6, `${limits} 0 of 12`],
    [head('Hex', 65_537), 6, `${limits} 65537 of 12`],
    [head('Hex', 5, 0), 6, `${limits} 5 of 0`],
    [head('Hex', 5, 257), 6, `${limits} 5 of 257`],
    [head('Hex').replace('#Width=12\n', ''), 5, `${limits} 5 of NaN`],
    [head('Hex', 1.5), 2, `${fields} "#Depth=1.5"`],
    [`${head('Hex')}1 2`, 7, 'r: expected digits of radix 16, received "1 2"'],
    [`${head('Hex')}1\n\n1000`, 9, 'r: expected a word of 12 bits, received the wider "1000"'],
    [`${head('Hex')}f/f`, 7, 'r: expected digits of radix 16, received "f/f"'],
    ...['!', '!1', '1!'].map((word): [string, number, string] => [
      `${head('Hex')}${word}`,
      7,
      `r: expected digits of radix 16, received "${word}"`,
    ]),
    ...['!1', '1!'].map((word): [string, number, string] => [
      `${head('AddrHex')}0:${word} 2`,
      7,
      `r: expected digits of radix 16, received "${word}"`,
    ]),
    [`${head('Bin')}2`, 7, 'r: expected digits of radix 2, received "2"'],
    [`${head('Hex')}1\n2\n3\n4\n5\n6`, 12, 'r: expected 5 words, received word 5'],
    [`${head('AddrHex')}1 2`, 7, `${run} "1 2"`],
    [`${head('AddrHex')}:2`, 7, `${run} ":2"`],
    [`${head('AddrHex')} :2`, 7, `${run} " :2"`],
    [`${head('AddrHex')}0 1:2`, 7, `${run} "0 1:2"`],
    [`${head('AddrHex')}x 1:2`, 7, `${run} "x 1:2"`],
    [`${head('AddrHex')}1 2\n0:1`, 7, `${run} "1 2"`],
    [`${head('AddrHex')}1g:2`, 7, `${run} "1g:2"`],
    [`${head('AddrHex')}g1:2`, 7, `${run} "g1:2"`],
    [`${head('AddrHex')}10000:2`, 7, `${run} "10000:2"`],
    [`${head('AddrHex')}ffff:2`, 7, 'r: expected 5 words, received word 65535'],
    [`${head('AddrHex')}0:1 2\n1:3`, 8, 'r: expected every address once, received 1 again'],
    [`${head('AddrHex')}0:1:2`, 7, 'r: expected digits of radix 16, received "1:2"'],
  ])('%j in line %i: %s', (text, line, message) => {
    expect(() => read(text)).toThrow(`Lattice MEM${line === 0 ? '' : ` line ${line}`}: ${message}`)
  })

  test('where another shape is expected', () => {
    expect(() => read(head('Hex'), { width: 11 })).toThrow(
      'Lattice MEM line 6: r: expected a width of 11 bits, received 12',
    )
    expect(() => read(head('Hex'), { depth: 4 })).toThrow(
      'Lattice MEM line 6: r: expected a depth of 4 words, received 5',
    )
  })
})
