/**
 * The reader of memory files, against a second one in TypeScript and against Verilator's own: the same words and refusals, and strict
 * where Verilator's cuts or drops a word.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../src/golden/random.ts'
import type { BuiltModel } from '../../src/simulate/build/types.ts'
import { buildModel } from '../../src/simulate/index.ts'
import { openDut } from '../../src/simulate/open.ts'
import type { LoosePorts, SimulateOptions } from '../../src/simulate/types.ts'

/** Widths of each kind of storage, whole and cut, and memories that do not begin at 0. */
const MEMORIES = [
  { bits: 1, range: '0:9' },
  { bits: 7, range: '3:12' },
  { bits: 8, range: '0:9' },
  { bits: 13, range: '0:9' },
  { bits: 16, range: '9:0' },
  { bits: 30, range: '2:11' },
  { bits: 32, range: '0:9' },
  { bits: 57, range: '0:9' },
  { bits: 64, range: '5:14' },
  { bits: 65, range: '0:9' },
  { bits: 96, range: '0:9' },
  { bits: 250, range: '1:10' },
] as const

const source = `module memories (input logic [4:0] at_i${MEMORIES.map(({ bits }, i) => `, output logic [${bits - 1}:0] m${i}_o`).join('')});
  string path;
  int which;
${MEMORIES.map(({ bits, range }, i) => `  logic [${bits - 1}:0] m${i} [${range}]; assign m${i}_o = m${i}[at_i];`).join('\n')}
  initial if ($value$plusargs("path=%s", path) && $value$plusargs("which=%d", which)) case (which)
${MEMORIES.map((_, i) => `    ${i}: $readmemh(path, m${i});`).join('\n')}
    100: $readmemh(path, m2, 1);
    101: $readmemh(path, m2, 1, 3);
    102: $readmemb(path, m2);
    103: $readmemb(path, m3, 2, 5);
    104: $readmemh(path, m2, 8, 5);
    105: $readmemh(path, m1, 1);
    default: ;
  endcase
endmodule
`

let folder = ''
let built: BuiltModel
let options: SimulateOptions
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-readmem-'))
  const file = join(folder, 'memories.sv')
  await writeFile(file, source)
  options = { top: 'memories', sources: [file], warnings: 'ignore' }
  built = await buildModel(options)
})

const memoryOf = (which: number): number => (which < 100 ? which : which === 103 ? 3 : which === 105 ? 1 : 2)

/** What the call of a number reads: `range` of the memory, or of the call. */
function callOf(which: number) {
  const { bits, range } = MEMORIES[memoryOf(which)]!
  const [a, b] = range.split(':').map(Number) as [number, number]
  const first = Math.min(a, b)
  const start = { 100: 1, 101: 1, 103: 2, 104: 8, 105: 1 }[which] ?? first
  const last = { 101: 3, 103: 5, 104: 5 }[which] ?? null
  return { bits, first, depth: 10, hex: which !== 102 && which !== 103, start, last }
}

/** The words of a memory that has read a file, or the words with which it was refused. */
async function readFrom(which: number, path: string): Promise<readonly unknown[] | string> {
  try {
    const dut = openDut<LoosePorts>(built, { ...options, plusargs: { path, which } })
    const { first, depth } = callOf(which)
    const name = `m${memoryOf(which)}_o`
    const words = Array.from({ length: depth }, (_, at) => {
      dut.ports.at_i = first + at
      return dut.ports[name]
    })
    await dut.close()
    return words
  } catch (error) {
    return (error as Error).message
  }
}

async function read(which: number, text: string): Promise<readonly unknown[] | string> {
  const path = join(folder, 'text.mem')
  await writeFile(path, text, 'latin1')
  return readFrom(which, path)
}

/** By way of a pipe, which is left to Verilator's own reader. */
async function readByVerilator(which: number, text: string): Promise<readonly unknown[] | string> {
  const [path, pipe] = ['text.mem', `pipe-${which}`].map((name) => join(folder, name)) as [string, string]
  await writeFile(path, text, 'latin1')
  execFileSync('sh', ['-c', 'test -p "$1" || mkfifo "$1"', 'sh', pipe])
  const writer = spawn('sh', ['-c', 'exec cat "$1" > "$2"', 'sh', path, pipe], { stdio: 'ignore' })
  const words = await readFrom(which, pipe)
  writer.kill()
  return words
}

/** The rules once more, token by token. */
function reference(which: number, text: string): readonly unknown[] | RegExp | null {
  const { bits, first, depth, hex, start, last } = callOf(which)
  const words = new Array<bigint>(depth).fill(0n)
  const down = last !== null && last < start
  const [low, high] = [Math.min(start, last ?? start), Math.max(start, last ?? start)]
  const size = high - low + 1
  let [address, addressed, unknown, read] = [BigInt(start), false, false, 0]
  const blanked = text.replaceAll(/\/\*[\s\S]*?\*\/|(\/\/|#)[^\n]*|(\/\*)[\s\S]*/g, (_, _line, open) =>
    open ? '!' : ' ',
  )
  for (const [token] of blanked.matchAll(/@[0-9a-f_xz]*|[0-9a-fxz_]+|[^ \t\n\r\f]/gi)) {
    if (token === '!') return /comment that does not end/
    const digits = token.replaceAll('_', '').toLowerCase()
    if (digits === '') continue
    if (digits.startsWith('@')) {
      if (!/^@[0-9a-fxz]/i.test(token)) return /has no digits/
      if (/[xz]/.test(digits)) return /4-state/
      address = BigInt(`0x0${digits.slice(1)}`)
      addressed = true
      if (address < first || address >= first + depth) return /beyond bounds/
      if (last !== null && (address < low || address > high)) return /address beyond the range/
      continue
    }
    if (!/^[0-9a-fxz]+$/.test(digits)) return /syntax error/
    if (last !== null && !addressed && read === size) return /more words than the range/
    if (address < first || address >= first + depth) return /beyond bounds/
    if (!hex && /[2-9a-f]/.test(digits)) return /hex characters/
    if (/[xz]/.test(digits)) unknown = true
    // An x or z is wide enough for any part of it.
    const digitBits = hex ? 4 : 1
    const places = [...digits].reverse()
    const fits = places.every((digit, at) => {
      const room = Math.max(0, bits - at * digitBits)
      return /[xz]/.test(digit) ? room > 0 : Number.parseInt(digit, 16) < 2 ** room
    })
    if (!fits) return new RegExp(`is too wide for a word of ${bits} bits`)
    words[Number(address) - first] = BigInt(`${hex ? '0x' : '0b'}${digits.replaceAll(/[xz]/g, '0')}`)
    address += down ? -1n : 1n
    read++
  }
  if (last !== null && !addressed && read < size) return /ended before specified final address/
  return unknown ? null : words.map((word) => (bits <= 53 ? Number(word) : word))
}

/** @returns what came of it */
async function check(which: number, text: string): Promise<'read' | 'refused' | 'unknown'> {
  const what = `${which} ${JSON.stringify(text)}`
  const [words, expected] = [await read(which, text), reference(which, text)]
  const isRefused = expected instanceof RegExp && typeof words === 'string' && expected.test(words)
  // Unknown digits have values that nobody knows.
  const came = isRefused || (expected === null && Array.isArray(words)) ? expected : words
  expect(came, what).toEqual(expected)
  if (expected === null) return 'unknown'
  return expected instanceof RegExp ? 'refused' : 'read'
}

const HAND_WRITTEN = [
  ...['', '\n', '1\n0\n', '1', '1 0 1\t1\r\n1\f0\n', '// none\n', '1 // one\n0//two\n', '//', '1\n// 2'],
  ...[
    '@2\n1\n',
    '@3 1 @4 0\n',
    '@',
    '@\n1\n',
    '@ 3\n1\n',
    '@3',
    '@3//\n1\n',
    '@g\n',
    '@ff 1\n',
    '@123456789 1\n',
    '@3@4 1\n',
  ],
  ...[
    '1_0\n',
    '_1\n',
    '1\n_\n',
    'x\n',
    'X1\n',
    '1x\n',
    'z\n',
    'g\n',
    '1,0\n',
    '0x1\n',
    '1/0\n',
    '/\n1\n',
    '/ /\n',
    '1//\n',
  ],
  ...[
    '/* 1 */ 1\n',
    '1/*2*/0\n',
    '/* open',
    '# 5\n1\n',
    '1\v0\n',
    '1\0\n',
    '\xff\n',
    '1\xa0\n',
    '-1\n',
    '1;\n',
    '@-1 1\n',
  ],
  ...[
    '0\n'.repeat(10),
    '0\n'.repeat(11),
    '@9 1 1\n',
    'F\nf\n',
    '00000000000000000000000000000000001\n',
    '//\r1\n1\n',
  ],
  `${'1'.repeat(63)}\n`,
  ...[
    'zz3\n',
    'x0\n',
    'xx\n',
    'xxx\n',
    '0x\n',
    '1ff\n',
    '0_0ff\n',
    '1 2 3 4\n',
    '@9\n',
    '@a\n',
    '@ff',
    '@6 1 2\n',
  ],
  ...['@10000000000000000 1\n', '@00000000000000000003 1\n', '1 /*/ 2 */\n', '1 /* 2\n'],
]

const CALLS = [...MEMORIES.keys(), 100, 101, 102, 103, 104, 105]

test('texts by hand', async () => {
  for (const which of CALLS) for (const text of HAND_WRITTEN) await check(which, text)
})

test('the last word needs no newline, a word has to fit, and a range has to be filled', async () => {
  const eight = MEMORIES.findIndex(({ bits }) => bits === 8)
  expect(await read(eight, '1\n2\n3')).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0, 0])
  expect(await read(eight, '1\n100\n')).toMatch(
    /text\.mem:2: \$readmemh: 100 is too wide for a word of 8 bits/,
  )
  expect(await read(eight, '0001 00ff')).toEqual([1, 255, 0, 0, 0, 0, 0, 0, 0, 0])
  expect(await read(101, '1\n2\n3')).toEqual([0, 1, 2, 3, 0, 0, 0, 0, 0, 0])
  expect(await read(101, '1\n2\n')).toMatch(/text\.mem:3: .*ended before specified final address/)
  expect(await read(101, '1 2 3 4')).toMatch(/more words than the range from 1 to 3/)
  expect(await read(102, '101\n111111111')).toMatch(
    /:2: \$readmemb: 111111111 is too wide for a word of 8 bits/,
  )
  expect(await read(103, '1\n10\n11\n100')).toEqual([0, 0, 1, 2, 3, 4, 0, 0, 0, 0])
  expect(await read(103, '1\n10\n11')).toMatch(/ended before specified final address/)
  // A text of unknown digits is read: their values are random.
  expect(await read(eight, 'x z 1X')).toBeInstanceOf(Array)
  expect(await read(eight, '1\nzz3\n')).toMatch(
    /text\.mem:2: \$readmemh: zz3 is too wide for a word of 8 bits/,
  )
  expect(await read(eight, '1 2\n3 /* a\n4')).toMatch(
    /text\.mem:2: \$readmem file has a comment that does not end/,
  )
  expect(await read(eight, '1\n@a')).toMatch(/text\.mem:2: .*beyond bounds/)
  expect(await read(eight, '@ 3\n1')).toMatch(/text\.mem:1: \$readmem address has no digits/)
})

test('a range that goes down is read downwards, and addresses stay within a range', async () => {
  expect(await read(104, '1\n2\n3\n4')).toEqual([0, 0, 0, 0, 0, 4, 3, 2, 1, 0])
  expect(await read(104, '1 2 @6 9 8')).toEqual([0, 0, 0, 0, 0, 8, 9, 2, 1, 0])
  expect(await read(104, '1\n2\n3')).toMatch(/ended before specified final address/)
  expect(await read(104, '1 2 3 4\n5')).toMatch(/text\.mem:2: .*more words than the range from 8 to 5/)
  expect(await read(104, '1\n@9 1')).toMatch(/text\.mem:2: .*address beyond the range from 8 to 5/)
  // The memory begins at 3.
  expect(await read(105, '1')).toMatch(/beyond bounds/)
})

test('a file that is shorter than the memory leaves a warning in what the model prints', async () => {
  const path = join(folder, 'short.mem')
  await writeFile(path, '1\n2')
  const dut = openDut<LoosePorts>(built, { ...options, plusargs: { path, which: 2 } })
  expect(await dut.takeOutput()).toMatch(
    /%Warning: .*short\.mem:2: \$readmem file has 2 words for a memory of 10/,
  )
  await dut.close()
  await writeFile(path, '@3 1\n')
  const addressed = openDut<LoosePorts>(built, { ...options, plusargs: { path, which: 2 } })
  expect(await addressed.takeOutput()).toBe('')
  await addressed.close()
})

test("Verilator's own reader agrees, where nothing is cut or missing", async () => {
  let [compared, refused] = [0, 0]
  // To Verilator `/*/` is a whole comment.
  const shared = (which: number, text: string) =>
    /\s$/.test(text) && !text.includes('/*/') && reference(which, text) !== null
  for (const which of [2, 3, 9, 101, 102]) {
    for (const text of HAND_WRITTEN.filter((each) => shared(which, each))) {
      const [own, verilator] = [await read(which, text), await readByVerilator(which, text)]
      // What is refused here alone is so by the rules above. Messages differ in their words.
      const came = typeof own === 'string' ? own : verilator
      expect(came, `${which} ${JSON.stringify(text)}`).toEqual(own)
      if (typeof own === 'string' && typeof verilator === 'string') refused++
      compared++
    }
  }
  expect(refused).toBeGreaterThan(20)
  expect(compared).toBeGreaterThan(100)
})

test('generated texts: of every width, with addresses, comments and faults', async () => {
  const random = createRandom(7)
  const pick = <Item>(items: readonly Item[]): Item => items[random() % items.length]!
  const kinds = new Set<string>()
  for (let i = 0; i < 1500; i++) {
    const which = random() % MEMORIES.length
    const { bits, range } = MEMORIES[which]!
    const first = Math.min(...range.split(':').map(Number))
    const word = (): string => {
      const digits = Math.ceil(bits / 4) - (random() % 4 === 0 ? random() % Math.ceil(bits / 4) : 0)
      const text = Array.from({ length: digits }, () => pick([...'0123456789abcdefABCDEF'])).join('')
      const top = (random() % 2 ** (bits % 4 || 4)).toString(16)
      return random() % 16 === 0 ? text : top + text.slice(1)
    }
    const items = Array.from({ length: random() % 12 }, () => {
      const kind = random() % 24
      if (kind === 0) return `@${(first + (random() % 11)).toString(16)}`
      if (kind === 1) return `// ${word()}\n`
      if (kind === 2) return pick(['_', 'x', '/* 1 */', '#', 'h', '@', '/'])
      return word()
    })
    const text = items.map((item) => item + pick([' ', '\n', '\n', '\r\n', '\t'])).join('')
    kinds.add(await check(which, text))
  }
  expect([...kinds].sort()).toEqual(['read', 'refused', 'unknown'])
})
