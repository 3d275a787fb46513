/** Xilinx's two formats by their user guides: UG896, COE File Syntax, and the .mif that its generators make of it. */
import { describe, expect, test } from 'vitest'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { writeXilinxCoe, writeXilinxMif } from '../../../src/rom/formats/xilinx.ts'
import { parseXilinxCoe, parseXilinxMif } from './readers/xilinx.ts'
import { packRom, textOf } from './support.ts'

const tooWide = { name: 'r', width: 4, depth: 1, bytes: Uint8Array.of(16) }

describe('COE', () => {
  const read = (text: string, depth?: number) =>
    unpackRom(parseXilinxCoe(text, { name: 'r', width: 8, depth })).map(Number)
  const radix = (value: number) => `memory_initialization_radix=${value};\nmemory_initialization_vector=`

  test('is written with a comma after each word but the last', () => {
    const head = 'memory_initialization_radix = 16;\nmemory_initialization_vector =\n'
    expect(textOf(writeXilinxCoe(packRom('r', 9, [0x1ffn, 2n])))).toBe(`${head}1ff,\n002;\n`)
    expect(textOf(writeXilinxCoe(packRom('r', 1, [1n])))).toBe(`${head}1;\n`)
    expect(() => writeXilinxCoe(tooWide)).toThrow('Xilinx COE: r: word 0 has bits set above bit 3')
  })

  test.each([
    { what: 'radix 2', text: `${radix(2)}1 10,11;` },
    { what: 'radix 10', text: `${radix(10)}1\n2\n3;` },
    { what: 'radix 16', text: `${radix(16)}1,\n2,3 ; 4, x` },
    {
      what: 'comments on lines of their own and after semicolons',
      text: ';a = 1;\n;\n  memory_initialization_radix = 16 ; = x\n;x\nmemory_initialization_vector\n=\n1 , 2 , 3\n;\n4,',
    },
  ])('is read: $what', ({ text }) => expect(read(text)).toEqual([1, 2, 3]))

  test.each([
    ['', 1, 'expected memory_initialization_vector, received the end of the file'],
    ['; x\n', 2, 'expected memory_initialization_vector, received the end of the file'],
    ['x 1', 1, 'expected = after x, received "1"'],
    [
      'memory_initialization_radix',
      1,
      'expected = after memory_initialization_radix, received the end of the file',
    ],
    ['memory_initialization_radix =', 1, 'expected a radix of 2, 10 or 16, received ""'],
    ['memory_initialization_radix = 1;', 1, 'expected a radix of 2, 10 or 16, received "1"'],
    ['memory_initialization_radix = 10 = 2\n;', 1, 'expected ; after the radix, received "= 2"'],
    ['x=1;', 1, 'expected memory_initialization_radix or memory_initialization_vector, received "x"'],
    ['\nmemory_initialization_vector = 1;', 2, 'expected memory_initialization_radix before the vector'],
    [`${radix(16)}1,2`, 2, 'expected ; after the last value'],
    [`${radix(16)},1;`, 2, 'expected a value before ,'],
    [`${radix(16)}1,\n,2;`, 3, 'expected a value before ,'],
    [`${radix(16)}1,\n;`, 3, 'expected a value between , and ;'],
    [`${radix(16)};`, 2, 'r: expected at least one word, received none'],
    [`${radix(16)}100;`, 2, 'r: expected a word of 8 bits, received the wider "100"'],
    [`${radix(10)}1\n256;`, 3, 'r: expected a word of 8 bits, received the wider "256"'],
    [`${radix(2)}2;`, 2, 'r: expected digits of radix 2, received "2"'],
  ])('%j is refused in line %i: %s', (text, line, message) => {
    expect(() => read(text)).toThrow(`Xilinx COE line ${line}: ${message}`)
  })

  test('with fewer words than expected is refused', () => {
    expect(() => read(`${radix(16)}1;`, 2)).toThrow('expected 2 words, received 1')
  })
})

describe('MIF', () => {
  const read = (text: string, shape: { width?: number; depth?: number } = {}) => {
    const { width, depth, bytes } = parseXilinxMif(text, { name: 'r', ...shape })
    return [width, depth, ...bytes]
  }

  test('is written as binary digits', () => {
    expect(textOf(writeXilinxMif(packRom('r', 9, [0x101n, 2n])))).toBe('100000001\n000000010\n')
    expect(() => writeXilinxMif(tooWide)).toThrow('Xilinx MIF: r: word 0 has bits set above bit 3')
  })

  test('has the width of its first line, with and without carriage returns and a last line feed', () => {
    for (const text of ['100000001\n000000010\n', '100000001\r\n000000010\r\n', '100000001\n000000010'])
      expect(read(text)).toEqual([9, 2, 1, 1, 2, 0])
    expect(read('1', { width: 1, depth: 1 })).toEqual([1, 1, 1])
  })

  test.each([
    ['10\n1\n', {}, 2, 'expected 2 binary digits, received 1 characters "1"'],
    ['10\n101\n', {}, 2, 'expected 2 binary digits, received 3 characters "101"'],
    ['10\n\n', {}, 2, 'expected 2 binary digits, received 0 characters ""'],
    ['10\n', { width: 3 }, 1, 'expected 3 binary digits, received 2 characters "10"'],
    ['10\n12\n', {}, 2, 'expected digits of radix 2, received "12"'],
    ['10\n01\n', { depth: 3 }, 2, 'expected 3 words, received 2; address 2 is the first without one'],
    ['10\n01\n', { depth: 1 }, 2, 'expected 1 words, received word 1'],
  ])('%j is refused where %o is expected, in line %i: %s', (text, shape, line, message) => {
    expect(() => read(text, shape)).toThrow(`Xilinx MIF line ${line}: r: ${message}`)
  })

  test('an empty file has no width', () => {
    expect(() => read('')).toThrow('Xilinx MIF: r: expected a width of 1 to 65536 bits, received 0')
    expect(() => read('\n10\n')).toThrow('Xilinx MIF: r: expected a width of 1 to 65536 bits, received 0')
    expect(() => read('', { width: 2 })).toThrow('Xilinx MIF: r: expected at least one word, received none')
  })
})
