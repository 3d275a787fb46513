/** The quick reader of memory files against Verilator's own: the same words, and the same refusals. */
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
  options = { top: 'memories', sources: [file], verilatorFlags: ['-Wno-fatal'] }
  built = await buildModel(options)
})

/** The words of a memory that has read a text, or the words with which it was refused. */
async function read(which: number, text: string): Promise<unknown> {
  const path = join(folder, 'text.mem')
  await writeFile(path, text, 'latin1')
  try {
    const dut = openDut<LoosePorts>(built, { ...options, plusargs: { path, which } })
    const name = `m${which >= 100 ? 2 : which}_o`
    const words = Array.from({ length: 32 }, (_, at) => {
      dut.ports.at_i = at
      return dut.ports[name]
    })
    await dut.close()
    return words
  } catch (error) {
    return (error as Error).message
  }
}

/** A comment of this kind makes the quick reader give the whole text to Verilator's. */
const SLOW = '/* */ '

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
]

test('texts by hand', async () => {
  for (const which of [...MEMORIES.keys(), 100, 101, 102])
    for (const text of HAND_WRITTEN)
      expect(await read(which, text), `${which} ${JSON.stringify(text)}`).toEqual(
        await read(which, SLOW + text),
      )
}, 120_000)

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
    const quick = await read(which, text)
    expect(quick, `${which} ${JSON.stringify(text)}`).toEqual(await read(which, SLOW + text))
    kinds.add(typeof quick === 'string' ? 'refused' : 'read')
  }
  expect([...kinds].sort()).toEqual(['read', 'refused'])
}, 120_000)
