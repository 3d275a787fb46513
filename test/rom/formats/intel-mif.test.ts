/** Quartus's Memory Initialization File, by its definition in Intel's Quartus Prime help. */
import { describe, expect, test } from 'vitest'
import { writeIntelMif } from '../../../src/rom/formats/intel-mif.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { parseIntelMif } from './readers/intel-mif.ts'
import { packRom, textOf } from './support.ts'

const lines = (depth: number, width: number, rest: string) =>
  `DEPTH = ${depth};\nWIDTH = ${width};\nADDRESS_RADIX = HEX;\nDATA_RADIX = HEX;\nCONTENT\nBEGIN\n${rest}END;\n`

test('is written with addresses of as many digits as the last has', () => {
  const words = Array.from({ length: 17 }, (_, index) => BigInt(index))
  const hex = (index: number, digits: number) => index.toString(16).padStart(digits, '0')
  for (const [depth, digits] of [
    [1, 1],
    [16, 1],
    [17, 2],
  ] as const)
    expect(textOf(writeIntelMif(packRom('r', 5, words.slice(0, depth))))).toBe(
      lines(
        depth,
        5,
        Array.from({ length: depth }, (_, index) => `${hex(index, digits)} : ${hex(index, 2)};\n`).join(''),
      ),
    )
  const wide = writeIntelMif(packRom('r', 9, [0x1ffn, 2n]))
  expect(textOf(wide)).toBe(lines(2, 9, '0 : 1ff;\n1 : 002;\n'))
  expect(() => writeIntelMif({ name: 'r', width: 4, depth: 1, bytes: Uint8Array.of(16) })).toThrow(
    'Intel MIF: r: word 0 has bits set above bit 3',
  )
})

const read = (text: string, width?: number) =>
  unpackRom(parseIntelMif(text, { name: 'r', width })).map(Number)
const head = (more = '', depth = 12) => `DEPTH=${depth};WIDTH=8;${more}CONTENT BEGIN `

describe('is read', () => {
  // Address ten and eleven, and the words 17 to 20, in each radix.
  test.each([
    { radix: 'BIN', last: '1001', first: '1010 : 10001 10010; 1100:', rest: '10011;1101:10100;' },
    { radix: 'OCT', last: '11', first: '12 : 21 22; 14:', rest: '23;15:24;' },
    { radix: 'DEC', last: '9', first: '10 : 17 18; 12:', rest: '19;13:20;' },
    { radix: 'UNS', last: '9', first: '10 : 17 18; 12:', rest: '19;13:20;' },
    { radix: 'HEX', last: '9', first: 'a : 11 12; C:', rest: '13;D:14;' },
  ])('with $radix addresses and data, in either case', ({ radix, last, first, rest }) => {
    for (const name of [radix, radix.toLowerCase()]) {
      const radices = `ADDRESS_RADIX=${name};DATA_RADIX=${name};`
      expect(read(`${head(radices, 14)}[0..${last}]:0;${first}${rest}END;`)).toEqual([
        ...new Array<number>(10).fill(0),
        ...[17, 18, 19, 20],
      ])
    }
  })

  test('with hexadecimal addresses of several digits', () => {
    expect(read(`${head('', 18)}[0..0f]:0;10:1;11:2;END;`)).toEqual([...new Array<number>(16).fill(0), 1, 2])
  })

  test('with ranges that repeat a run to their end, and later lines that replace earlier ones', () => {
    expect(read(`${head()}[0..b]:1 2 3 ; [1..2] : aa; [3..3]:5; 4:bb cc;[7..9]:dd ee f;END;`)).toEqual(
      [1, 0xaa, 0xaa, 5].concat([0xbb, 0xcc, 1, 0xdd], [0xee, 0x0f, 2, 3]),
    )
  })

  test('with signed decimals down to the least, and unsigned ones up to the largest', () => {
    const dec = (width: number, data: string) =>
      read(`DEPTH=2;WIDTH=${width};ADDRESS_RADIX=DEC;DATA_RADIX=DEC;CONTENT BEGIN 0:${data};END;`)
    expect(dec(8, '-128 127')).toEqual([128, 127])
    expect(dec(8, '-1 255')).toEqual([255, 255])
    expect(dec(1, '-1 0')).toEqual([1, 0])
    expect(dec(12, '-2048 -1348')).toEqual([0x800, 0xabc])
  })

  test('with comments to the end of the line or between percent signs, over lines too', () => {
    expect(read(`%%DEPTH=2;--%\nWIDTH=8;%a\n--%CONTENT BEGIN 0:--1;\n1 %2;%3;-- END;\nEND;`)).toEqual([1, 3])
  })
})

describe('is refused', () => {
  test.each<[string, string]>([
    [head().replace('DEPTH=12;', ''), ': expected DEPTH = a positive number, received none'],
    [head().replace('12', '0'), ': expected DEPTH = a positive number, received 0'],
    [head().replace('12', 'x1'), ': expected DEPTH = a positive number, received x1'],
    [head().replace('12', '1x'), ': expected DEPTH = a positive number, received 1x'],
    [head().replace('12', '1234567890'), ': expected DEPTH = a positive number, received 1234567890'],
    [head().replace('=8', '=-8'), ': expected WIDTH = a positive number, received -8'],
    [head('ADDRESS_RADIX=B;'), ': expected ADDRESS_RADIX = BIN, OCT, DEC, UNS or HEX, received "b"'],
    [
      head('\nDEPTH=12;'),
      ' line 2: expected each of DEPTH, WIDTH, ADDRESS_RADIX, DATA_RADIX once, then CONTENT, received "DEPTH"',
    ],
    [
      head('LENGTH=12;'),
      ' line 1: expected each of DEPTH, WIDTH, ADDRESS_RADIX, DATA_RADIX once, then CONTENT, received "LENGTH"',
    ],
    ['DEPTH:12', ' line 1: expected =, received ":"'],
    ['DEPTH=12 13', ' line 1: expected ;, received "13"'],
    ['DEPTH=', ' line 1: expected a value, received the end of the file'],
    ['DEPTH', ' line 1: expected =, received the end of the file'],
    [
      '% open',
      ' line 1: expected DEPTH, WIDTH, ADDRESS_RADIX, DATA_RADIX or CONTENT, received the end of the file',
    ],
    [head().replace('BEGIN', '0'), ' line 1: expected BEGIN, received "0"'],
    [head().slice(0, -6), ' line 1: expected BEGIN, received the end of the file'],
    [`${head()}\n0=1;`, ' line 2: expected :, received "="'],
    [`${head()}\n0:\n;`, ' line 3: expected data before ;'],
    [`${head()}\n0:1`, ' line 2: expected data or ;, received the end of the file'],
    [`${head()}[0..b]:0;END`, ' line 1: expected ;, received the end of the file'],
    [`${head()}[0..b]:0;\nEND 1`, ' line 2: expected ;, received "1"'],
    [`${head()}0:100;`, ' line 1: r: expected a word of 8 bits, received the wider "100"'],
    [`${head()}0:-1;`, ' line 1: r: expected digits of radix 16, received "-1"'],
    [`${head()}0:1!;`, ' line 1: r: expected digits of radix 16, received "1!"'],
    [`${head()}0:1 !;`, ' line 1: r: expected digits of radix 16, received "!"'],
    [`${head()}b:1 2;`, ' line 1: r: expected 12 words, received word 12'],
    [
      `${head()}[0..a]:1; END\n;`,
      ' line 2: r: expected 12 words, received 11; address 11 is the first without one',
    ],
    ...(
      [
        ['0', '[first..last], received "[0]"'],
        ['0.', '[first..last], received "[0.]"'],
        ['0.2', '[first..last], received "[0.2]"'],
        ['02 .', '[first..last], received "[02 "'],
        ['0..', 'an address in radix 16, received ""'],
        ['..2', 'an address in radix 16, received ""'],
        ['0...', 'an address in radix 16, received "."'],
        ['0..1..2', '[first..last], received "[0..1..2]"'],
      ] as const
    ).map(([range, expected]): [string, string] => [
      // The dots of the comment are not the range's.
      `${head()}\n[${range}]:0; %..%`,
      ` line 2: expected ${expected}`,
    ]),
    [`${head()}[2..1]:0;`, ' line 1: expected an ascending range, received 2 to 1'],
    [`${head()}[1..2:0;`, ' line 1: expected ], received ":"'],
    [`${head()}[`, ' line 1: expected first..last, received the end of the file'],
    ...(
      [
        ['BIN', 2, '2', '10x', 'x10', '1'.repeat(33)],
        ['OCT', 8, '8', '10x', 'x10', '1'.repeat(12)],
        ['DEC', 10, 'a', '10x', 'x10', '1'.repeat(11)],
        ['HEX', 16, 'g', '10x', 'x10', '1'.repeat(9)],
      ] as const
    ).flatMap(([name, radix, ...addresses]) =>
      addresses.map((address): [string, string] => [
        `${head(`ADDRESS_RADIX=${name};`)}${address}:0;`,
        ` line 1: expected an address in radix ${radix}, received "${address}"`,
      ]),
    ),
    ...['-129', '-1x', '-', '-1000000000', '-x1', '-x-1'].map((data): [string, string] => [
      `${head('DATA_RADIX=DEC;')}\n0:0 ${data};`,
      ` line 2: expected a signed word of 8 bits, received "${data}"`,
    ]),
    [`${head('DATA_RADIX=UNS;')}0:-1;`, ' line 1: r: expected digits of radix 10, received "-1"'],
    [`${head('DATA_RADIX=DEC;')}0:256;`, ' line 1: r: expected a word of 8 bits, received the wider "256"'],
  ])('%j%s', (text, message) => {
    expect(() => read(text)).toThrow(`Intel MIF${message}`)
  })

  test('where another width is expected', () => {
    expect(() => read(`${head()}[0..b]:0;END;`, 9)).toThrow(
      'Intel MIF: r: expected a width of 9 bits, received 8',
    )
  })
})
