/** Every format, read or written by the tools its users have: witnesses that share no code with ours. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeIntelHex } from '../../../src/rom/formats/intel-hex.ts'
import { writeIntelMif } from '../../../src/rom/formats/intel-mif.ts'
import { writeLatticeMem } from '../../../src/rom/formats/lattice-mem.ts'
import { writeReadmemh } from '../../../src/rom/formats/readmemh.ts'
import { packageName, writeSvPackage } from '../../../src/rom/formats/sv-package.ts'
import { type RomImage, unpackRom, wordBytes } from '../../../src/rom/formats/types.ts'
import { writeXilinxCoe, writeXilinxMif } from '../../../src/rom/formats/xilinx.ts'
import { needs } from '../../witness.ts'
import { parseIntelHex } from './readers/intel-hex.ts'
import { parseLatticeMem } from './readers/lattice-mem.ts'
import { READERS } from './readers/readers.ts'
import { parseReadmemh } from './readers/readmemh.ts'
import { parseXilinxCoe } from './readers/xilinx.ts'
import { largeRom, randomRom, textOf } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'latin1',
    maxBuffer: 2 ** 26,
    timeout: 240_000,
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stdout}${stderr}`)
  return stdout
}

function put(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes)
  return name
}

const get = (name: string) => readFileSync(join(folder, name))

/** Words with the most significant byte first, as srec_cat lays them into COE, MIF, MEM and VMem files. */
function bigEndian(rom: RomImage): Uint8Array {
  const stride = wordBytes(rom.width)
  const bytes = rom.bytes.slice()
  for (let at = 0; at < bytes.length; at += stride) bytes.subarray(at, at + stride).reverse()
  return bytes
}

const withoutComments = (text: string, comment: RegExp) =>
  text
    .split(/\r?\n/)
    .filter((line) => !comment.test(line))
    .join('\n')

needs('srec_cat', 'srec_cat', () => {
  test.each([
    { width: 8, depth: 1 },
    { width: 12, depth: 257 },
    { width: 32, depth: 20_000 },
    { width: 2048, depth: 600 },
  ])('Intel HEX of $depth words of $width bits, both ways', ({ width, depth }) => {
    const rom = randomRom(width, width, depth)
    put('a.hex', writeIntelHex(rom))
    run('srec_cat', ['a.hex', '-intel', '-o', 'a.bin', '-binary'])
    expect(Buffer.compare(get('a.bin'), rom.bytes)).toBe(0)
    put('b.bin', rom.bytes)
    for (const more of [[], ['-address-length=3']]) {
      run('srec_cat', ['b.bin', '-binary', '-o', 'b.hex', '-intel', ...more])
      expect(Buffer.compare(parseIntelHex(get('b.hex'), rom).bytes, rom.bytes)).toBe(0)
    }
  })

  test('Intel HEX with word addresses, as 8-bit words, is the plain format', () => {
    const rom = randomRom(3, 8, 300)
    put('w.hex', writeIntelHex(rom, 'word'))
    run('srec_cat', ['w.hex', '-intel', '-o', 'w.bin', '-binary'])
    expect(Buffer.compare(get('w.bin'), rom.bytes)).toBe(0)
  })

  test.each([8, 16, 24, 32])('Intel MIF of %i bits is read', (width) => {
    const rom = randomRom(width, width, 200)
    put('a.mif', writeIntelMif(rom))
    // srec_cat 1.64 reads a MIF word least significant byte first, whatever its manual says.
    run('srec_cat', ['a.mif', '-mif', '-o', 'mif.bin', '-binary'])
    expect(Buffer.compare(get('mif.bin'), rom.bytes)).toBe(0)
  })

  test.each([8, 16, 32, 64])('the MIF, COE and MEM that it writes at %i bits read back', (width) => {
    // srec_cat 1.64 sees holes in a COE of more than one of its chunks.
    const rom = randomRom(width + 1, width, 128 / width)
    put('c.bin', bigEndian(rom))
    for (const [flag, id] of [
      ['-mif', 'intel-mif'],
      ['-coe', 'xilinx-coe'],
      ['-mem', 'lattice-mem'],
    ] as const) {
      run('srec_cat', ['c.bin', '-binary', '-o', `c.${id}`, flag, String(width)])
      expect(unpackRom(READERS[id](get(`c.${id}`), rom))).toEqual(unpackRom(rom))
    }
  })

  test('its COE and MEM hold our very lines', () => {
    const rom = randomRom(77, 32, 4)
    put('d.bin', bigEndian(rom))
    run('srec_cat', ['d.bin', '-binary', '-o', 'd.coe', '-coe', '32'])
    run('srec_cat', ['d.bin', '-binary', '-o', 'd.mem', '-mem', '32'])
    expect(textOf(writeXilinxCoe(rom))).toBe(withoutComments(textOf(get('d.coe')), /^;/).toLowerCase())
    const comment = /^#(?!Format|Depth|Width|AddrRadix|DataRadix|Data)/
    expect(textOf(writeLatticeMem(rom)).toLowerCase()).toBe(
      withoutComments(textOf(get('d.mem')), comment).toLowerCase(),
    )
    expect(parseXilinxCoe(get('d.coe'), rom).depth).toBe(parseLatticeMem(get('d.mem'), rom).depth)
  })

  // It reads VMem words of at most 32 bits.
  test.each([8, 16, 32])('$readmemh text (VMem) of %i bits, both ways', (width) => {
    const rom = randomRom(width + 2, width, 150)
    put('e.bin', bigEndian(rom))
    run('srec_cat', ['e.bin', '-binary', '-o', 'e.vmem', '-vmem', String(width)])
    expect(unpackRom(parseReadmemh(get('e.vmem'), rom))).toEqual(unpackRom(rom))
    put('f.mem', writeReadmemh(rom))
    run('srec_cat', ['f.mem', '-vmem', '-o', 'f.bin', '-binary'])
    expect(Buffer.compare(get('f.bin'), bigEndian(rom))).toBe(0)
  })
})

/** Reads a memory file with a system task and prints every word. */
const bench = (rom: RomImage, task: string) => `module dump;
  logic [${rom.width - 1}:0] mem [0:${rom.depth - 1}];
  integer i;
  initial begin
    ${task}("rom.mem", mem);
    for (i = 0; i < ${rom.depth}; i = i + 1) $display("word %h", mem[i]);
    $finish;
  end
endmodule
`

/** The package of a ROM, and a module that looks a word up in it. */
function putLookup(rom: RomImage): void {
  put('table_pkg.sv', writeSvPackage(rom))
  put(
    'lookup.sv',
    `module lookup (input logic [31:0] a_i, output logic [${rom.width - 1}:0] w_o); assign w_o = table_pkg::word(a_i); endmodule\n`,
  )
}

const printed = (text: string) =>
  Array.from(text.matchAll(/^word ([0-9a-f]+)$/gm), (match) => BigInt(`0x${match[1]}`))

needs('iverilog', 'Icarus', () => {
  test.each([
    { width: 1, depth: 3 },
    { width: 13, depth: 40 },
    { width: 64, depth: 40 },
    { width: 2048, depth: 40 },
  ])('$readmemh and $readmemb of $depth words of $width bits', ({ width, depth }) => {
    const rom = randomRom(width, width, depth)
    for (const [task, write] of [
      ['$readmemh', writeReadmemh],
      ['$readmemb', writeXilinxMif],
    ] as const) {
      put('rom.mem', write(rom))
      put('dump.sv', bench(rom, task))
      run('iverilog', ['-g2012', '-o', 'dump.vvp', 'dump.sv'])
      expect(printed(run('vvp', ['-n', 'dump.vvp']))).toEqual(unpackRom(rom))
    }
  })

  test('what $writememh writes reads back', () => {
    const rom = randomRom(8, 36, 50)
    put('rom.mem', writeReadmemh(rom))
    put('dump.sv', bench(rom, '$readmemh').replace('$finish;', '$writememh("back.mem", mem); $finish;'))
    run('iverilog', ['-g2012', '-o', 'dump.vvp', 'dump.sv'])
    run('vvp', ['-n', 'dump.vvp'])
    expect(unpackRom(parseReadmemh(get('back.mem'), rom))).toEqual(unpackRom(rom))
  })

  // 1100 words: several rows of every width, the last one not full.
  test.each([1, 6, 8, 12, 300, 1500])('the package of %i-bit words', (width) => {
    const rom = randomRom(width, width, 1100, 'model.0.table')
    const name = packageName(rom.name)
    put('table_pkg.sv', writeSvPackage(rom))
    put(
      'use.sv',
      `module use_it; integer i; logic [${width - 1}:0] w; initial begin
        for (i = 0; i < ${name}::Depth; i = i + 1) begin w = ${name}::word(i); $display("word %h", w); end
        w = ${name}::word(${name}::Depth); $display("past %h", w); $display("row %h", ${name}::Row0);
      end endmodule\n`,
    )
    run('iverilog', ['-g2012', '-o', 'use.vvp', 'table_pkg.sv', 'use.sv'])
    const text = run('vvp', ['-n', 'use.vvp'])
    expect(printed(text)).toEqual(unpackRom(rom))
    expect(text).toMatch(/^past 0+$/m)
    const [row] = Array.from(text.matchAll(/^row ([0-9a-f]+)$/gm), (match) => BigInt(`0x${match[1]}`))
    expect(BigInt.asUintN(width, row!)).toBe(unpackRom(rom)[0])
  })
})

describe('Verilator', () => {
  // One build for both: a build is what takes the time.
  test('$readmemh of 3.2 MB in 256-byte words, and the package of 12,800 weights', () => {
    const rom = largeRom()
    const table = randomRom(9, 8, 12_800, 'table')
    put('rom.mem', writeReadmemh(rom))
    put('table_pkg.sv', writeSvPackage(table))
    const loop = `for (i = 0; i < ${table.depth}; i = i + 1) $display("look %h", table_pkg::word(i));`
    put('dump.sv', bench(rom, '$readmemh').replace('$finish', `${loop} $finish`))
    const unoptimised = ['-MAKEFLAGS', 'OPT_GLOBAL=-O0 OPT_FAST=-O0 OPT_SLOW=-O0']
    const flags = ['--binary', '-Wno-WIDTH', '--Mdir', 'obj', '--top-module', 'dump', ...unoptimised]
    run('verilator', [...flags, 'table_pkg.sv', 'dump.sv'])
    const text = run(join(folder, 'obj', 'Vdump'), [])
    expect(printed(text)).toEqual(unpackRom(rom))
    expect(printed(text.replace(/^word.*$/gm, '').replaceAll('look', 'word'))).toEqual(unpackRom(table))
  })

  test.each([1, 6, 8, 24, 2048])('the package of %i-bit words passes -Wall', (width) => {
    putLookup(randomRom(4, width, 700, 'table'))
    const lint = ['--lint-only', '-Wall', '--top-module', 'lookup', 'table_pkg.sv', 'lookup.sv']
    expect(run('verilator', lint)).toBe('')
  })
})

needs('yosys', 'Yosys', () => {
  test.each([
    { width: 1, depth: 600 },
    { width: 8, depth: 300 },
    { width: 12, depth: 150 },
    { width: 300, depth: 9 },
    { width: 1500, depth: 3 },
  ])('the package of $depth words of $width bits', ({ width, depth }) => {
    const rom = randomRom(width, width, depth, 'model.0.table')
    const name = packageName(rom.name)
    put('y_pkg.sv', writeSvPackage(rom))
    put(
      'y.sv',
      `module y (input logic [31:0] a_i, output logic [${width - 1}:0] w_o); assign w_o = ${name}::word(a_i); endmodule\n`,
    )
    const addresses = Array.from(
      { length: rom.depth },
      (_, address) => `eval -set a_i ${address} -show w_o y`,
    )
    const text = run('yosys', [
      '-p',
      `read_verilog -sv y_pkg.sv y.sv; proc; memory; opt; ${addresses.join('; ')}`,
    ])
    const words = Array.from(text.matchAll(/Eval result: \\w_o = \d+'([01]+)\./g), (match) =>
      BigInt(`0b${match[1]}`),
    )
    expect(words).toEqual(unpackRom(rom))
  })

  test('$readmemh into a memory', () => {
    const rom = randomRom(6, 40, 16)
    put('y.mem', writeReadmemh(rom))
    put(
      'ymem.sv',
      `module ymem (input logic [3:0] a_i, output logic [39:0] w_o); logic [39:0] mem [0:15];
        initial $readmemh("y.mem", mem); assign w_o = mem[a_i]; endmodule\n`,
    )
    const addresses = Array.from({ length: 16 }, (_, address) => `eval -set a_i ${address} -show w_o ymem`)
    const text = run('yosys', ['-p', `read_verilog -sv ymem.sv; proc; memory; opt; ${addresses.join('; ')}`])
    const words = Array.from(text.matchAll(/Eval result: \\w_o = \d+'([01]+)\./g), (match) =>
      BigInt(`0b${match[1]}`),
    )
    expect(words).toEqual(unpackRom(rom))
  })
})
