/** What the parsers accept beyond what the writers make, and what they refuse: where, what was expected, what came. */
import { describe, expect, test } from 'vitest'
import { writeIntelHex } from '../../../src/rom/formats/intel-hex.ts'
import { writeLatticeMem } from '../../../src/rom/formats/lattice-mem.ts'
import { writeSvPackage } from '../../../src/rom/formats/sv-package.ts'
import { RomFormatError, unpackRom } from '../../../src/rom/formats/types.ts'
import { parseIntelHex } from './readers/intel-hex.ts'
import { parseIntelMif } from './readers/intel-mif.ts'
import { parseLatticeMem } from './readers/lattice-mem.ts'
import { parseReadmemh } from './readers/readmemh.ts'
import { parseSvPackage } from './readers/sv-package.ts'
import { parseXilinxCoe, parseXilinxMif } from './readers/xilinx.ts'
import { packRom, randomRom, hexRecord as record, textOf, wordsOrRefusal } from './support.ts'

const WORDS = [0xabcn, 0x012n, 0xfffn, 0x000n]
const ROM = packRom('r', 12, WORDS)
const SHAPE = { name: 'r', width: 12, depth: 4 }
const COE = 'memory_initialization_radix = 16;\nmemory_initialization_vector = '
const MIF = 'DEPTH = 4;\nWIDTH = 12;\nADDRESS_RADIX = HEX;\nDATA_RADIX = HEX;\nCONTENT BEGIN\n'
const MEM = '#Format=Hex\n#Depth=4\n#Width=12\n#AddrRadix=3\n#DataRadix=3\n#Data\n'
const HEX = textOf(writeIntelHex(ROM))

const parsers = {
  readmemh: parseReadmemh,
  hex: parseIntelHex,
  coe: parseXilinxCoe,
  mif: parseIntelMif,
  binary: parseXilinxMif,
  lattice: parseLatticeMem,
  sv: parseSvPackage,
}
type Parser = keyof typeof parsers

describe('accepts', () => {
  test.each<{ parser: Parser; because: string; text: string }>([
    {
      parser: 'readmemh',
      because: 'several words a line, comments, @, _ and CRLF',
      text: '// a\r\nAB_C 12 /* b\n c */ @3 0\r\n@2 fff//end',
    },
    { parser: 'readmemh', because: 'a comment against a word', text: 'abc/*x*/012//y\nfff\n000' },
    {
      parser: 'hex',
      because: 'any order, lower case and CRLF',
      text: `${record(4, 0, 255, 15, 0, 0)}${record(0, 0, 0xbc, 10)}\r\n${record(2, 0, 18, 0)}:00000001ff`,
    },
    {
      parser: 'hex',
      because: 'segment addresses and a start address',
      text: `${record(0, 2, 0, 0)}${record(0, 0, 0xbc, 10, 18, 0)}${record(0, 4, 0, 0)}${record(0, 5, 0, 0, 0, 0)}${record(4, 0, 255, 15, 0, 0)}:00000001FF\n`,
    },
    {
      parser: 'coe',
      because: 'one line, spaces for commas, upper case',
      text: '; x\nMEMORY_INITIALIZATION_RADIX=16; hexadecimal\nmemory_initialization_vector=ABC 12 FFF 0;',
    },
    {
      parser: 'coe',
      because: 'radix 2',
      text: 'memory_initialization_radix=2;\nmemory_initialization_vector=101010111100,10010,111111111111,0; end',
    },
    {
      parser: 'coe',
      because: 'radix 10',
      text: 'memory_initialization_radix=10;\nmemory_initialization_vector=2748,\n18,\n4095,0\n;\nanything',
    },
    {
      parser: 'mif',
      because: 'both comments, ranges and runs',
      text: `% a\nb % ${MIF.toLowerCase()} -- c\n[0..3] : 0;\n0 : abc 012 % two % fff;\nEND;`,
    },
    { parser: 'mif', because: 'a repeated run', text: `${MIF}[0..3] : abc 012; 2:fff;3:0; END;` },
    {
      parser: 'mif',
      because: 'signed decimals and binary addresses',
      text: 'WIDTH=12;DEPTH=4;DATA_RADIX=DEC;ADDRESS_RADIX=BIN;CONTENT BEGIN 0:-1348 18;10:-1;11:0;END;',
    },
    {
      parser: 'mif',
      because: 'octal',
      text: 'WIDTH=12;DEPTH=4;DATA_RADIX=OCT;ADDRESS_RADIX=UNS;CONTENT BEGIN 0:5274 22 7777 0;END;',
    },
    {
      parser: 'mif',
      because: 'hexadecimal where no radix is named',
      text: 'WIDTH=12;DEPTH=4;CONTENT BEGIN 0:abc 12 fff 0;END;',
    },
    {
      parser: 'binary',
      because: 'CRLF',
      text: '101010111100\r\n000000010010\r\n111111111111\r\n000000000000\r\n',
    },
    { parser: 'lattice', because: 'comments and short data', text: `${MEM}# x\nabc // y\n\n 12\nFFF\n` },
    { parser: 'lattice', because: 'addresses', text: `${MEM.replace('Hex', 'AddrHex')}1:12 fff\n0 : abc\n` },
    {
      parser: 'lattice',
      because: 'binary',
      text: `${MEM.replace('Hex', 'Bin')}101010111100\n10010\n111111111111\n`,
    },
    {
      parser: 'sv',
      because: 'other spacing and comments',
      text: textOf(writeSvPackage(ROM))
        .replace(/^ +/gm, '')
        .replace('abc;\n', 'abc; // c\n')
        .replace('[{', ' [ {'),
    },
  ])('$parser: $because', ({ parser, text }) => {
    expect(unpackRom(parsers[parser](text, SHAPE))).toEqual(WORDS)
    expect(unpackRom(parsers[parser](Buffer.from(text), SHAPE))).toEqual(WORDS)
  })
})

describe('refuses', () => {
  const sv = textOf(writeSvPackage(ROM))
  test.each<{ parser: Parser; because: string; text: string; message: string }>([
    {
      parser: 'readmemh',
      because: 'x',
      text: 'abc\nxxx\n',
      message: '$readmemh line 2: r: expected digits of radix 16, received "xxx"',
    },
    {
      parser: 'readmemh',
      because: 'a wide word',
      text: 'abc\n\n1abc',
      message: 'line 3: r: expected a word of 12 bits, received the wider "1abc"',
    },
    {
      parser: 'readmemh',
      because: 'a missing word',
      text: 'abc\n012\nfff\n',
      message: 'expected 4 words, received 3; address 3 is the first without one',
    },
    {
      parser: 'readmemh',
      because: 'a hole',
      text: '0\n@2 0 0',
      message: 'expected 4 words, received 3; address 1 is the first',
    },
    {
      parser: 'readmemh',
      because: 'a word too many',
      text: '0 0 0 0\n0',
      message: 'line 2: r: expected 4 words, received word 4',
    },
    {
      parser: 'readmemh',
      because: 'a word twice',
      text: '0 0 @1 0',
      message: 'expected every address once, received 1 again',
    },
    {
      parser: 'readmemh',
      because: 'an address that is none',
      text: '@g',
      message: 'expected @ and a hexadecimal address, received "@g"',
    },
    {
      parser: 'readmemh',
      because: 'an open comment',
      text: '0 /* 0',
      message: 'expected // or a closed /* */',
    },
    {
      parser: 'readmemh',
      because: 'underscores alone',
      text: '_',
      message: 'expected a word in radix 16, received "_"',
    },
    { parser: 'readmemh', because: 'an empty file', text: '', message: 'expected 4 words, received 0' },
    {
      parser: 'hex',
      because: 'a wrong checksum',
      text: HEX.replace('BC', 'BD'),
      message: 'Intel HEX line 1: expected the checksum',
    },
    {
      parser: 'hex',
      because: 'no end',
      text: HEX.replace(/:00000001FF\n/, ''),
      message: 'expected the end record',
    },
    {
      parser: 'hex',
      because: 'data after the end',
      text: HEX + record(8, 0, 1),
      message: 'line 3: expected nothing after the end record',
    },
    {
      parser: 'hex',
      because: 'a wrong count',
      text: `:0${HEX.slice(2).replace('0', '1')}`,
      message: 'line 1: expected',
    },
    { parser: 'hex', because: 'no colon', text: 'abc', message: 'line 1: expected :, a byte count' },
    {
      parser: 'hex',
      because: 'a gap',
      text: `${record(0, 0, 1)}${record(2, 0, 1, 1, 1, 1, 1, 1)}:00000001FF`,
      message: 'received none for byte 1 (word 0)',
    },
    {
      parser: 'hex',
      because: 'an overlap',
      text: `${record(0, 0, 1, 1)}${record(1, 0, 1)}:00000001FF`,
      message: 'line 2: r: expected every byte once, received 1 again',
    },
    {
      parser: 'hex',
      because: 'a word too many',
      text: `${record(8, 0, 1)}:00000001FF`,
      message: 'expected 4 words of 2 bytes = 8 bytes, received byte 8',
    },
    {
      parser: 'hex',
      because: 'bits above the width',
      text: `${record(0, 0, 0, 16, 0, 0, 0, 0, 0, 0)}:00000001FF`,
      message: 'word 0 has bits set above bit 11',
    },
    {
      parser: 'hex',
      because: 'an unknown record',
      text: `${record(0, 6)}:00000001FF`,
      message: 'expected a record of type 00 to 05, received 6',
    },
    {
      parser: 'coe',
      because: 'a vector first',
      text: 'memory_initialization_vector=0;',
      message: 'expected memory_initialization_radix before the vector',
    },
    {
      parser: 'coe',
      because: 'radix 8',
      text: COE.replace('16', '8'),
      message: 'expected a radix of 2, 10 or 16, received "8"',
    },
    {
      parser: 'coe',
      because: 'another keyword',
      text: 'coefdata = 1;',
      message: 'line 1: expected memory_initialization_radix or',
    },
    { parser: 'coe', because: 'no end', text: `${COE}0,0,0,0`, message: 'expected ; after the last value' },
    {
      parser: 'coe',
      because: 'an empty value',
      text: `${COE}0,,0,0;`,
      message: 'line 2: expected a value before ,',
    },
    {
      parser: 'coe',
      because: 'a comma at the end',
      text: `${COE}0,0,0,0,;`,
      message: 'expected a value between , and ;',
    },
    {
      parser: 'coe',
      because: 'a short vector',
      text: `${COE}0,0,0;`,
      message: 'expected 4 words, received 3',
    },
    {
      parser: 'mif',
      because: 'no depth',
      text: MIF.replace('DEPTH = 4;', ''),
      message: 'expected DEPTH = a positive number, received none',
    },
    {
      parser: 'mif',
      because: 'another width',
      text: MIF.replace('12', '13'),
      message: 'r: expected a width of 12 bits, received 13',
    },
    {
      parser: 'mif',
      because: 'another depth',
      text: MIF.replace('4', '5'),
      message: 'r: expected a depth of 4 words, received 5',
    },
    {
      parser: 'mif',
      because: 'a hole',
      text: `${MIF}0:0 0; 3:0; END;`,
      message: 'address 2 is the first without one',
    },
    {
      parser: 'mif',
      because: 'a bad range',
      text: `${MIF}[3..0]:0; END;`,
      message: 'expected an ascending range, received 3 to 0',
    },
    {
      parser: 'mif',
      because: 'an address beyond',
      text: `${MIF}\n[0..4]:0; END;`,
      message: 'expected 4 words, received word 4',
    },
    {
      parser: 'mif',
      because: 'no END',
      text: `${MIF}0:0;`,
      message: 'expected an address or END, received the end of the file',
    },
    {
      parser: 'mif',
      because: 'a signed word too small',
      text: `${MIF.replace('DATA_RADIX = HEX', 'DATA_RADIX = DEC')}0:-2049;`,
      message: 'expected a signed word of 12 bits, received "-2049"',
    },
    {
      parser: 'mif',
      because: 'an unknown radix',
      text: MIF.replace('DATA_RADIX = HEX', 'DATA_RADIX = B64'),
      message: 'expected DATA_RADIX = BIN, OCT, DEC, UNS or HEX, received "b64"',
    },
    {
      parser: 'binary',
      because: 'a short line',
      text: '101010111100\n00000001001\n',
      message: 'Xilinx MIF line 2: r: expected 12 binary digits, received 11 characters "00000001001"',
    },
    { parser: 'binary', because: 'an Intel MIF', text: MIF, message: 'line 1: r: expected 12 binary digits' },
    { parser: 'binary', because: 'a 2', text: '101010111102\n', message: 'expected digits of radix 2' },
    {
      parser: 'lattice',
      because: '$readmemh text',
      text: 'abc\n012\n',
      message: 'line 1: expected each of #Format',
    },
    {
      parser: 'lattice',
      because: 'a header without end',
      text: '#Format=Hex\n',
      message: 'expected a header that ends with #Data',
    },
    {
      parser: 'lattice',
      because: 'no depth',
      text: MEM.replace('#Depth=4\n', ''),
      message: 'expected 1 to 65536 words of 1 to 256 bits',
    },
    {
      parser: 'lattice',
      because: 'a wide word',
      text: `${MEM}0\n1000\n`,
      message: 'line 8: r: expected a word of 12 bits',
    },
    {
      parser: 'lattice',
      because: 'an address without colon',
      text: `${MEM.replace('Hex', 'AddrHex')}12\n`,
      message: 'line 7: expected an address, a colon and words',
    },
    {
      parser: 'sv',
      because: 'an item of another row',
      text: sv.replace('0: row = Row0', '0: row = Row1'),
      message: 'line 11: expected 0: row = Row0;',
    },
    {
      parser: 'sv',
      because: 'other bits selected',
      text: sv.replace("4'b0} +: 12", "4'b1} +: 12"),
      message: 'line 14: expected a line of the generated package',
    },
    {
      parser: 'sv',
      because: 'nothing selected',
      text: sv.replace(/.*word = row.*\n/, ''),
      message: "expected word = row[{address[6:0], 4'b0} +: 12];, received the end of the file",
    },
    {
      parser: 'sv',
      because: 'a missing item',
      text: sv.replace(/.*: row = Row0.*\n/, ''),
      message: 'expected 1 case items, received 0',
    },
    {
      parser: 'sv',
      because: 'a missing row',
      text: sv.replace(/.*Row0 =.*\n/, ''),
      message: 'address 0 is the first without one',
    },
    {
      parser: 'sv',
      because: 'a row too many',
      text: sv.replace(/(.*)Row0 =.*\n/, "$&$1Row1 = 2048'h0001;\n"),
      message: 'line 7: r: expected 4 words, received word 128',
    },
    {
      parser: 'sv',
      because: 'a missing word',
      text: sv.replace("2048'h0000", "2048'h"),
      message: 'line 6: r: expected a localparam of 2048 bits, 4 digits a word',
    },
    {
      parser: 'sv',
      because: 'a word beyond its lane',
      text: sv.replace('0abc', '1abc'),
      message: 'line 6: r: expected a word of 12 bits, received the wider "1abc"',
    },
    {
      parser: 'sv',
      because: 'another width',
      text: sv.replace("2048'h", "2047'h"),
      message: 'line 6: r: expected a localparam of 2048 bits',
    },
    {
      parser: 'sv',
      because: 'foreign code',
      text: sv.replace('endpackage', 'typedef int t;'),
      message: 'expected a line of the generated package',
    },
    {
      parser: 'sv',
      because: 'no package',
      text: 'module m; endmodule',
      message: 'expected package, localparam int Width and Depth',
    },
  ])('$parser: $because', ({ parser, text, message }) => {
    const parse = () => parsers[parser](text, SHAPE)
    expect(parse).toThrow(RomFormatError)
    expect(parse).toThrow(message)
  })

  test('an address that would need 256 MiB, where no depth is expected', () => {
    for (const [parser, text] of [
      ['readmemh', '@fffffff 0'],
      ['hex', `${record(0, 4, 255, 255)}${record(0, 0, 1)}:00000001FF`],
      ['mif', 'DEPTH=999999999;WIDTH=12;CONTENT BEGIN 0:0;END;'],
    ] as const)
      expect(() => parsers[parser](text, { name: 'r', width: 12 })).toThrow(/at most|1 to \d+ words/)
  })

  test('what a format cannot hold, and says what to do', () => {
    expect(() => writeLatticeMem(randomRom(1, 257, 1))).toThrow(
      'of 1 to 256 bits, received 1 of 257; split it into banks',
    )
    expect(() => writeLatticeMem(randomRom(1, 1, 65_537))).toThrow('1 to 65536 words')
    expect(() => writeIntelHex(randomRom(1, 2048, 1), 'word')).toThrow(
      'at most 1048576 words of 2040 bits, received 1 of 2048',
    )
  })
})

test('every truncation of every format is refused or reads as the same words', () => {
  const rom = packRom('r', 12, [...WORDS, 1n])
  const texts: Record<Parser, string> = {
    readmemh: 'abc\n012\nfff\n000\n001\n',
    hex: textOf(writeIntelHex(rom)),
    coe: `${COE}abc,012,fff,000,001;\n`,
    mif: `${MIF.replace('4', '5')}0:abc;1:012;2:fff;3:000;4:001;END;\n`,
    binary: '101010111100\n000000010010\n111111111111\n000000000000\n000000000001\n',
    lattice: `${MEM.replace('4', '5')}abc\n012\nfff\n000\n001\n`,
    sv: textOf(writeSvPackage(rom)),
  }
  /** How many are read as the words, and how many as others. */
  const countReadings = (parser: Parser, text: string) => {
    const readings = Array.from({ length: text.length + 1 }, (_, length) =>
      wordsOrRefusal(() => parsers[parser](text.slice(0, length), { ...SHAPE, depth: 5 })),
    )
    const read = readings.filter((words) => words !== null)
    const same = read.filter((words) => words === unpackRom(rom).join())
    return [same.length, read.length - same.length]
  }
  const counts = (Object.entries(texts) as [Parser, string][]).map(([parser, text]) => [
    parser,
    countReadings(parser, text),
  ])
  // Digits of the last word can be cut unseen; Lattice fills with zeros; behind endpackage there is a comment.
  expect(Object.fromEntries(counts)).toEqual({
    ...{ readmemh: [2, 2], hex: [2, 0], coe: [2, 0], mif: [2, 0], binary: [2, 0] },
    ...{ lattice: [2, 21], sv: [34, 0] },
  })
})
