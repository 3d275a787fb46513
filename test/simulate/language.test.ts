/** Which words are keywords: by the ending of a file, or by the language that is given. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listSourceFlags } from '../../src/simulate/build/source-flags.ts'
import { readPorts, type SimulateOptions, simulate } from '../../src/simulate/index.ts'
import { needs } from '../witness.ts'

const oldWords = 'test/simulate/fixtures/old_words.v'
const folder = mkdtempSync(join(tmpdir(), 'assay language-'))
function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function run(options: SimulateOptions): Promise<number> {
  await using dut = await simulate(options)
  dut.ports.inside = 13
  dut.tick()
  expect(dut.ports.bit).toBe(1)
  return dut.ports.logic!
}

const around = write(
  'around.sv',
  `module around(input logic clk, input logic rst, input logic [7:0] data, output logic [7:0] sum);
  logic [7:0] kept;
  old_words part(clk, rst, data, , kept);
  assign sum = kept + 8'd1;
endmodule
`,
)
const modern =
  'module modern(input logic [3:0] a, output logic y);\n  assign y = a inside {1, 2};\nendmodule\n'

describe('a .v file', () => {
  test('calls things by words of SystemVerilog', async () => {
    expect(await run({ top: 'old_words', sources: [oldWords] })).toBe(13)
  })

  test('stands beside a .sv file', async () => {
    await using dut = await simulate({ top: 'around', sources: [oldWords, around] })
    dut.ports.data = 41
    dut.tick()
    expect(dut.ports.sum).toBe(42)
  })

  test('that calls $error, as much Verilog does, is read as SystemVerilog', async () => {
    const checks = (name: string, more = ''): string =>
      write(
        `${name}.v`,
        `module ${name} #(parameter W = 8) (input [W-1:0] a, output [W-1:0] y);
  initial if (W < 2) $error("too narrow");
  wire [W-1:0] own = a;
  ${more}assign y = own;
endmodule
`,
      )
    await using dut = await simulate({ top: 'checks', sources: [checks('checks')] })
    dut.ports.a = 7
    dut.tick()
    expect(dut.ports.y).toBe(7)
    // With a word of SystemVerilog for a name it is neither.
    const neither = checks('neither', 'wire inside = a[0];\n  ')
    await expect(readPorts({ top: 'neither', sources: [neither] })).rejects.toThrow(
      /unknown PLI call: '\$error'/,
    )
    const language = '1364-2005'
    const plain = readPorts({ top: 'checks', sources: [checks('checks')], language })
    await expect(plain).rejects.toThrow(/unknown PLI call/)
  })

  test('that is SystemVerilog needs to be called so, and is told', async () => {
    const source = write('modern.v', modern)
    await expect(readPorts({ top: 'modern', sources: [source] })).rejects.toThrow(
      /syntax error[\s\S]*modern\.v is read as Verilog-2005, by its ending: call it \.sv, or give the language/,
    )
    const { ports } = await readPorts({ top: 'modern', sources: [source], language: '1800-2017' })
    expect(ports.map(({ name }) => name)).toEqual(['a', 'y'])
    const verilatorFlags = ['--language', '1800-2012']
    const again = await readPorts({ top: 'modern', sources: [source], verilatorFlags })
    expect(again.ports).toEqual(ports)
  })
})

test('a language that is given holds for every ending', async () => {
  const source = write(
    'words.sv',
    'module words(input wire logic, output wire bit); assign bit = logic; endmodule\n',
  )
  const { ports } = await readPorts({ top: 'words', sources: [source], language: '1364-2005' })
  expect(ports.map(({ name }) => name)).toEqual(['logic', 'bit'])
  const flags = listSourceFlags({ top: 'words', sources: [source, 'a.cpp', 'b.o'], language: '1364-2005' })
  expect(flags.filter((flag) => /\.(sv|cpp|o)$|ext\+v/.test(flag))).toEqual([source])
})

needs('iverilog', 'Icarus', () => {
  const simulator = 'icarus'
  test('a .v file calls things by words of SystemVerilog there, too', async () => {
    expect(await run({ top: 'old_words', sources: [oldWords], simulator })).toBe(13)
    await using dut = await simulate({ top: 'around', sources: [oldWords, around], simulator })
    dut.ports.data = 41
    dut.tick()
    expect(dut.ports.sum).toBe(42)
    expect(dut.module.name).toBe('around')
  })

  test('the language that is given decides there, too', async () => {
    const source = write(
      'shorter.v',
      'module shorter(input logic [3:0] a, output logic y);\n  always_comb y = ^a;\nendmodule\n',
    )
    await using dut = await simulate({ top: 'shorter', sources: [source], language: '1800-2012', simulator })
    dut.ports.a = 7
    expect(dut.ports.y).toBe(1)
  })
})

test('what only a makefile would obey is refused', () => {
  const flagsOf = (flag: string) => () => listSourceFlags({ top: 'a', sources: [] }, [flag, '-O2'])
  expect(flagsOf('-CFLAGS')).toThrow(
    /-CFLAGS is for Verilator's makefile.* Give flags of the compiler as cFlags/,
  )
  expect(flagsOf('--LDFLAGS')).toThrow(/ldFlags/)
  expect(flagsOf('-Wall')).not.toThrow()
})
