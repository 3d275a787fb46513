/** `$readmemh` text, by IEEE 1800-2017, 21.4; Verilator and Icarus read it in tools.test.ts. */
import { describe, expect, test } from 'vitest'
import { writeReadmemh } from '../../../src/rom/formats/readmemh.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { parseReadmemh } from './readers/readmemh.ts'
import { packRom, textOf } from './support.ts'

const read = (text: string, depth?: number) =>
  unpackRom(parseReadmemh(text, { name: 'r', width: 12, depth })).map(Number)

test('a word a line, with as many digits as its bits need', () => {
  expect(textOf(writeReadmemh(packRom('r', 5, [0x1fn, 1n])))).toBe('1f\n01\n')
  expect(textOf(writeReadmemh(packRom('r', 9, [0x1ffn, 1n])))).toBe('1ff\n001\n')
  expect(() => writeReadmemh({ name: 'r', width: 4, depth: 1, bytes: Uint8Array.of(16) })).toThrow(
    '$readmemh: r: word 0 has bits set above bit 3',
  )
})

test.each([
  { what: 'spaces, tabs, form feeds, both line ends', text: '1 2\t3\f4\r\n5\n' },
  { what: 'a comment to the end of the line', text: '1 // 9\n2//9\n3 4 5//' },
  { what: 'a comment up to its end', text: '1 /* 9 */2/*9*/3/**/4 /* * / 9 \n */ 5' },
  { what: 'a comment that its own star does not end', text: '/*/ 9 */1 2 3/***/4 5 /*/*/' },
  { what: 'addresses in both cases', text: '@2 3 4 @0 1\n@1 2 @4 5' },
  { what: 'underscores', text: '_1 0_2 3_ 0_0_4 5' },
])('reads $what', ({ text }) => expect(read(text)).toEqual([1, 2, 3, 4, 5]))

test('reads addresses of several digits', () => {
  expect(read(`${'0 '.repeat(26)}@1B fff @1a abc`)).toEqual([...new Array<number>(26).fill(0), 0xabc, 0xfff])
})

describe('refuses', () => {
  const comment = (received: string) => `expected // or a closed /* */, received ${JSON.stringify(received)}`
  const address = (received: string) => `expected @ and a hexadecimal address, received "${received}"`
  test.each([
    { text: '1\n/x 2 */ 3', line: 2, message: comment('/x') },
    { text: '1 /x', line: 1, message: comment('/x') },
    { text: '1\n\n/', line: 3, message: comment('/') },
    { text: '/* \n\n */ /*/', line: 3, message: comment('/*') },
    { text: '1 /* *', line: 1, message: comment('/*') },
    { text: '// \n/*', line: 2, message: comment('/*') },
    { text: '1 @', line: 1, message: address('@') },
    { text: '1 @1g', line: 1, message: address('@1g') },
    { text: '1 @g1', line: 1, message: address('@g1') },
    { text: '1 @100000000', line: 1, message: address('@100000000') },
    {
      text: '@ffffffff 1',
      line: 1,
      message: 'r: expected at most 134217728 words, received word 4294967295',
    },
    { text: '1\v2', line: 1, message: 'r: expected digits of radix 16, received "1\\u000b2"' },
    { text: '1\n2@3', line: 2, message: 'r: expected digits of radix 16, received "2@3"' },
    {
      text: '1 @2 3\n',
      line: 2,
      message: 'r: expected 3 words, received 2; address 1 is the first without one',
    },
    { text: '1 2 @1\n3', line: 2, message: 'r: expected every address once, received 1 again' },
  ])('$text: line $line, $message', ({ text, line, message }) => {
    expect(() => read(text)).toThrow(`$readmemh line ${line}: ${message}`)
  })

  test('a word too few or too many', () => {
    expect(() => read('1 2', 3)).toThrow('expected 3 words, received 2')
    expect(() => read('1 2', 1)).toThrow('expected 1 words, received word 1')
  })
})
