/** Dumps that are text, each by hand. */
import { describe, expect, test } from 'vitest'
import { readCsv } from '../../src/dump/csv.ts'
import { isHexText, readDecimalText, readHexText } from '../../src/dump/text.ts'
import type { DumpContent, WordsContent } from '../../src/dump/types.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
/** Words as numbers; x where a bit is unknown. */
const wordsOf = ({ bytes: data, width, count, unknown }: WordsContent): readonly (number | 'x')[] => {
  const stride = Math.ceil(width / 8)
  const read = (from: Uint8Array, word: number): number =>
    from.subarray(word * stride, (word + 1) * stride).reduceRight((value, byte) => value * 256 + byte, 0)
  return Array.from({ length: count }, (_, word) =>
    unknown !== null && read(unknown, word) > 0 ? 'x' : read(data, word),
  )
}
const hex = (text: string): readonly (number | 'x')[] => wordsOf(readHexText(bytes(text), 'x.mem'))

describe('$readmemh text', () => {
  test.each([
    { text: '0a\nFF\n', words: [10, 255] },
    { text: '// 0x00000000\n0a ff /* and\n 33 */ 1_2\r\n', words: [10, 255, 0x12] },
    { text: '0x0a, 0xfff,0x1', words: [10, 4095, 1] },
    { text: '1 @3 2 3 @2 4', words: [1, 'x', 4, 2, 3] },
    { text: '@100 7 8', words: [7, 8] },
    { text: 'xx 0z 11', words: ['x', 'x', 0x11] },
    { text: '@0 xx @0 5', words: [5] },
    { text: '00112233445566', words: [0x00112233445566] },
  ])('$text', ({ text, words }) => expect(hex(text)).toEqual(words))

  test('is as wide as its widest word', () => {
    expect(readHexText(bytes('1 abc 22'), 'x.mem')).toMatchObject({ width: 12, count: 3 })
  })

  test.each([
    { text: '00\n0g', says: "x.mem:2: expected a hexadecimal word, got '0g'" },
    { text: ':10000000', says: 'x.mem: is Intel HEX, expected $readmemh text' },
    { text: '@zz 1', says: "x.mem:1: expected a hexadecimal address, got '@zz'" },
    { text: '@0 1\n@ffffffffffff 2', says: 'its addresses reach over' },
    { text: '// nothing', says: 'x.mem: holds no word' },
    { text: '0x', says: 'expected a word of 1 to 4096 digits' },
    { text: 'a / b', says: "expected a hexadecimal word, got '/'" },
  ])('refuses $text', ({ text, says }) => expect(() => hex(text)).toThrow(says))
})

describe('decimal text', () => {
  test.each([
    { text: '1\n-2\n+3', values: [1, -2, 3] },
    { text: '1, 2;3\t4 # and so on\n5', values: [1, 2, 3, 4, 5] },
    { text: '1.280000000000000000e+02 -0.0 12.', values: [128, -0, 12] },
    { text: 'x 4', values: [Number.NaN, 4] },
    { text: '18446744073709551616', values: [2 ** 64] },
  ])('$text', ({ text, values }) =>
    expect(Array.from(readDecimalText(bytes(text), 'x.txt').values)).toEqual(values),
  )

  test.each([
    { text: '1\n2\n1.5', says: "x.txt:3: expected a whole number, got '1.5'" },
    { text: '0a', says: "x.txt:1: expected a whole number, got '0a'" },
    { text: ' \n', says: 'x.txt: holds no number' },
    { text: '-', says: "expected a whole number, got '-'" },
    { text: '1e999', says: "expected a whole number, got '1e999'" },
  ])('refuses $text', ({ text, says }) => expect(() => readDecimalText(bytes(text), 'x.txt')).toThrow(says))

  test.each([
    ['10 20', false],
    ['10 2f', true],
    ['0x10', true],
    ['# face\n10', false],
    ['1.0e+02 5', false],
  ])('%s is hexadecimal: %s', (text, expected) => expect(isHexText(bytes(text))).toBe(expected))
})

describe('CSV', () => {
  const values = (content: DumpContent): readonly unknown[] =>
    content.kind === 'values' ? Array.from(content.values) : wordsOf(content as WordsContent)

  test.each([
    { text: '1,2,3\n4,5,6\n', signals: {}, expected: [1, 2, 3, 4, 5, 6] },
    { text: '"code"\n"-1"\n"2"\n', signals: {}, expected: [-1, 2] },
    { text: '0x0a,0xff\n', signals: {}, expected: [10, 255] },
    { text: 'data,valid\n1,1\n2,0\n3,1', signals: { data: 'data', valid: 'valid' }, expected: [1, 3] },
    {
      text: 'Sample,slot_0[7:0],valid,ready\nRadix - UNSIGNED,HEX,HEX,HEX\n0,10,1,1\n1,11,1,0\n2,12,1,1\n',
      signals: { data: 'slot_0', valid: 'valid', ready: 'ready' },
      expected: [0x10, 0x12],
    },
  ])('$text', ({ text, signals, expected }) =>
    expect(values(readCsv(bytes(text), signals, 'x.csv'))).toEqual(expected),
  )

  test('begins with the mark of UTF-8 where a spreadsheet wrote it', () => {
    const text = Buffer.from('\ufeffdata,valid\n7,1\n8,0\n9,1\n')
    expect(readCsv(text, { data: 'data', valid: 'valid' }, 'x.csv')).toMatchObject({
      values: Float64Array.of(7, 9),
    })
  })

  test('has the row of each word', () => {
    const content = readCsv(bytes('d,v\n5,0\n6,1\n7,0\n8,1'), { data: 'd', valid: 'v' }, 'x.csv')
    expect(content).toMatchObject({ cycles: [1, 3] })
  })

  test.each([
    { text: 'dato,v\n1,1', says: 'x.csv: has no column data. Did you mean dato?' },
    { text: '1,2\n3,4', says: 'x.csv: expected names of columns in the first row, to find data' },
    { text: 'data\n1\n\nq', says: "x.csv, column data:2: expected a whole number, got 'q'" },
    { text: 'data,v\n1,1\n,1', says: 'x.csv: column data is empty in sample 1' },
    { text: '\n', says: 'x.csv: holds no row' },
  ])('refuses $text', ({ text, says }) =>
    expect(() => readCsv(bytes(text), { data: 'data' }, 'x.csv')).toThrow(says),
  )

  test('refuses a column that is never valid', () =>
    expect(() => readCsv(bytes('d,v\n1,0'), { data: 'd', valid: 'v' }, 'x.csv')).toThrow(
      'x.csv: no row of column d is valid. Check --valid and --ready.',
    ))
})
