/** The SystemVerilog package as text; Verilator, Icarus and Yosys index it in tools.test.ts. */
import { describe, expect, test } from 'vitest'
import { packageName, writeSvPackage } from '../../../src/rom/formats/sv-package.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { parseSvPackage } from './readers/sv-package.ts'
import { RomFileError } from './readers/types.ts'
import { packRom, randomRom, textOf } from './support.ts'

test.each([
  ['silu', 'silu_pkg'],
  ['model.0.table', 'model_0_table_pkg'],
  ['a-b c_D9', 'a_b_c_D9_pkg'],
  ['_x', '_x_pkg'],
  ['Z', 'Z_pkg'],
  ['0.table', 'rom_0_table_pkg'],
  ['.a', '_a_pkg'],
  ['', 'rom__pkg'],
])('the package of %j is %s', (rom, name) => expect(packageName(rom)).toBe(name))

describe('is written', () => {
  test('with two words of 1,024 bits in a row, and the last row filled as far as the words go', () => {
    const text = textOf(writeSvPackage(packRom('r', 1024, [1n, 2n, (1n << 1023n) + 3n])))
    const nought = '0'.repeat(255)
    expect(text).toBe(`// verilator lint_off UNUSEDPARAM
package r_pkg;
  localparam int Width = 1024;
  localparam int Depth = 3;
  localparam int RowWords = 2;
  localparam logic [2047:0] Row0 = 2048'h${nought}2${nought}1;
  localparam logic [2047:0] Row1 = 2048'h8${nought.slice(1)}3;

  function automatic logic [1023:0] word(input logic [31:0] address);
    logic [2047:0] row;
    case (address >> 1)
      0: row = Row0;
      1: row = Row1;
      default: row = '0;
    endcase
    word = row[{address[0:0], 10'b0} +: 1024];
  endfunction
endpackage
// verilator lint_on UNUSEDPARAM
`)
  })

  test('with a word a row where two do not fit 2,048 bits', () => {
    const text = textOf(writeSvPackage(packRom('r', 1025, [1n << 1024n, 2n])))
    const nought = '0'.repeat(256)
    expect(text).toBe(`// verilator lint_off UNUSEDPARAM
package r_pkg;
  localparam int Width = 1025;
  localparam int Depth = 2;
  localparam int RowWords = 1;
  localparam logic [1024:0] Row0 = 1025'h1${nought};
  localparam logic [1024:0] Row1 = 1025'h${nought}2;

  function automatic logic [1024:0] word(input logic [31:0] address);
    case (address)
      0: word = Row0;
      1: word = Row1;
      default: word = '0;
    endcase
  endfunction
endpackage
// verilator lint_on UNUSEDPARAM
`)
  })

  // A lane is a power of two of at least four bits: a digit for a bit, two for five bits, four for nine.
  test.each([
    { width: 1, words: 512, select: "word = row[{address[8:0], 2'b0} +: 1];", row: '101' },
    { width: 4, words: 512, select: "word = row[{address[8:0], 2'b0} +: 4];", row: '101' },
    { width: 5, words: 256, select: "word = row[{address[7:0], 3'b0} +: 5];", row: '010001' },
    { width: 9, words: 128, select: "word = row[{address[6:0], 4'b0} +: 9];", row: '000100000001' },
  ])('with $words words of $width bits in a row', ({ width, words, select, row }) => {
    const text = textOf(writeSvPackage(packRom('r', width, [1n, 0n, 1n])))
    expect(text).toContain(
      `  localparam int RowWords = ${words};\n  localparam logic [2047:0] Row0 = 2048'h${row};\n`,
    )
    expect(text).toContain(`    ${select}\n`)
  })

  test('but not where the ROM contradicts itself', () => {
    expect(() => writeSvPackage({ name: 'r', width: 4, depth: 1, bytes: Uint8Array.of(16) })).toThrow(
      'SystemVerilog package: r: word 0 has bits set above bit 3',
    )
  })
})

const WORDS = Array.from({ length: 13 }, (_, index) => BigInt(index + 1) << 700n)
const rom = packRom('r', 1025, WORDS)
const write = () => textOf(writeSvPackage(rom))
const read = (own: string, shape: { width?: number; depth?: number } = {}) =>
  unpackRom(parseSvPackage(own, { name: 'r', ...shape }))

describe('is read', () => {
  test('with any spacing and comments', () => {
    const text = write()
    // The digits of a row end at its semicolon.
    const wide = text.replace(/[[\]:=()]|(?<!'h[0-9a-f]*);/g, '  $&\t')
    const commented = text.replace(/\S$/gm, '$& // 0: word = Row1;')
    const doubled = text.replace(/ /g, '  ')
    const narrow = text.replace(/^ +/gm, '').replace(/ *([[\]:=;()]) */g, '$1')
    for (const own of [wide, doubled, commented, narrow, text.replaceAll('\n', '\r\n')]) {
      expect(own).not.toBe(text)
      expect(read(own)).toEqual(WORDS)
    }
    expect(read(text, { width: 1025, depth: 13 })).toEqual(WORDS)
    expect(text.endsWith('\nendpackage\n// verilator lint_on UNUSEDPARAM\n')).toBe(true)
  })

  test('in rows of several words, the last not full', () => {
    for (const [width, depth] of [
      [9, 128],
      [9, 129],
      [1, 1100],
      [600, 4],
    ] as const) {
      const own = randomRom(width, width, depth)
      expect(read(textOf(writeSvPackage(own)))).toEqual(unpackRom(own))
    }
  })
})

describe('is refused', () => {
  const item = (index: number) => `expected ${index}: word = Row${index};, received`
  const localparam = 'r: expected a localparam of 1025 bits, 257 digits a word, that ends in ;, received'
  const foreign = 'expected a line of the generated package, received'
  const row = / {2}localparam logic \[1024:0\] Row3 = 1025'h0(\w+);/
  test.each<{ what: string; own: (text: string) => string; line: number; message: string }>([
    {
      what: 'items out of order',
      own: (text) => text.replace('1: word = Row1;', '@').replace('2: word = Row2;', '1: word = Row1;'),
      line: 23,
      message: `${foreign} "      @"`,
    },
    {
      what: 'an item left out',
      own: (text) => text.replace('      1: word = Row1;\n', ''),
      line: 23,
      message: `${item(1)} "2: word = Row2;`,
    },
    {
      what: 'an item of another row',
      own: (text) => text.replace('1: word = Row1;', '1: word = Row2;'),
      line: 23,
      message: `${item(1)} "1: word = Row2;`,
    },
    {
      what: 'an item under another number',
      own: (text) => text.replace('1: word = Row1;', '2: word = Row1;'),
      line: 23,
      message: `${item(1)} "2: word = Row1;`,
    },
    {
      what: 'an item that sets another variable',
      own: (text) => text.replace('1: word = Row1;', '1: row = Row1;'),
      line: 23,
      message: `${item(1)} "1: row = Row1;`,
    },
    {
      what: 'an item too many',
      own: (text) => text.replace('12: word = Row12;', '12: word = Row12;\n13: word = Row13;'),
      line: 40,
      message: 'expected 13 case items, received 14',
    },
    {
      what: 'a last item left out',
      own: (text) => text.replace('      12: word = Row12;\n', ''),
      line: 38,
      message: 'expected 13 case items, received 12',
    },
    {
      what: 'a row of another type',
      own: (text) => text.replace('[1024:0] Row3', '[1025:0] Row3'),
      line: 9,
      message: `${localparam} "  localparam logic`,
    },
    {
      what: 'a row without a semicolon',
      own: (text) => text.replace(row, "  localparam logic [1024:0] Row3 = 1025'h0$1"),
      line: 9,
      message: `${localparam} "  localparam logic`,
    },
    {
      what: 'a row whose semicolon is in the next line',
      own: (text) => text.replace(row, "  localparam logic [1024:0] Row3 = 1025'h$1\n;"),
      line: 9,
      message: `${localparam} "  localparam logic`,
    },
    {
      what: 'no semicolon anywhere after the row',
      own: (text) => text.slice(0, text.indexOf('Row12')).concat("Row12 = 1025'h0"),
      line: 18,
      message: `${localparam} "  localparam logic`,
    },
    {
      what: 'a row behind something else',
      own: (text) => text.replace('  localparam logic [1024:0] Row3', '  x localparam logic [1024:0] Row3'),
      line: 9,
      message: `${foreign} "  x localparam logic`,
    },
    {
      what: 'a row left out',
      own: (text) => text.replace(/.*Row3 =.*\n/, ''),
      line: 38,
      message: 'r: expected 13 words, received 12; address 3 is the first without one',
    },
    {
      what: 'a row of fewer digits',
      own: (text) => text.replace(row, "  localparam logic [1024:0] Row3 = 1025'h$1;"),
      line: 9,
      message: `${localparam} "  localparam logic`,
    },
    {
      what: 'a row of other bits',
      own: (text) => text.replace('[1024:0] Row3 = 1025', '[1023:0] Row3 = 1024'),
      line: 9,
      message: `${localparam} "  localparam logic`,
    },
    {
      what: 'a row twice',
      own: (text) => text.replace('Row3 =', 'Row2 ='),
      line: 9,
      message: 'r: expected every address once, received 2 again',
    },
    {
      what: 'a row past the end',
      own: (text) => text.replace('Row3 =', 'Row13 ='),
      line: 9,
      message: 'r: expected 13 words, received word 13',
    },
    {
      what: 'a line twice',
      own: (text) => text.replace('endcase', 'endcase\nendcase'),
      line: 37,
      message: `${foreign} "endcase"`,
    },
    {
      what: 'a line left out',
      own: (text) => text.replace('    endcase\n', ''),
      line: 38,
      message: 'expected endcase, received the end of the file',
    },
    {
      what: 'a function of another width',
      own: (text) => text.replace('logic [1024:0] word', 'logic [1023:0] word'),
      line: 20,
      message: `${foreign} "  function automatic logic [1023:0] word"…`,
    },
    {
      what: 'something before the package',
      own: (text) => text.replace('package r_pkg;', 'x package r_pkg;'),
      line: 2,
      message: `${foreign} "x package r_pkg;"`,
    },
    {
      what: 'something behind the package',
      own: (text) => text.replace('package r_pkg;', 'package r_pkg; import a::*;'),
      line: 2,
      message: `${foreign} "package r_pkg; import a::*;"`,
    },
    ...['package r_pkg;', 'localparam int Width = 1025;', 'localparam int Depth = 13;'].map((gone) => ({
      what: `no ${gone}`,
      own: (text: string) => text.replace(gone, ''),
      line: 1,
      message: 'expected package, localparam int Width and Depth in the first lines',
    })),
    ...['Width = 1025', 'Depth = 13'].map((gone) => ({
      what: `none of ${gone}`,
      own: (text: string) => text.replace(gone, gone.replace(/\d+/, '0')),
      line: 1,
      message: 'expected package, localparam int Width and Depth in the first lines',
    })),
  ])('$what: line $line, $message', ({ own, line, message }) => {
    const text = write()
    expect(() => read(own(text))).toThrow(RomFileError)
    expect(() => read(own(text))).toThrow(`SystemVerilog package line ${line}: ${message}`)
  })

  test('where another shape is expected', () => {
    const text = write()
    expect(() => read(text, { width: 1024 })).toThrow(
      'SystemVerilog package line 1: r: expected a width of 1024 bits, received 1025',
    )
    expect(() => read(text, { depth: 12 })).toThrow('line 1: r: expected a depth of 12 words, received 13')
  })
})
