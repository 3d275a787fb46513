/** What a board is given, played on a simulation that knows nothing else: the bytes of the memory, and the program. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AddressMap, renderHeader } from '../../../src/artefacts/address-map.ts'
import { axiLite, axiMemory, simulate } from '../../../src/simulate/index.ts'
import { runAssay } from '../../cli/run-assay.ts'
import { shareModels } from '../../cli/share-models.ts'
import { testWith } from '../../witness.ts'
import { makeFolder } from '../prepared.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/axi-conv/', import.meta.url))
const HEAD = ['model.22.cv3.2.0', 'model.22.cv3.2.1', 'model.22.cv3.2.2']
const out = join(makeFolder(), 'out')
const memory = join(out, 'shapes-w8a8-axi-conv', 'memory')
const made = ['--out', out, '--calibration-images', '4', '--quiet']
const write = (layers: string, ...args: string[]) =>
  runAssay(['roms', '--module', join(EXAMPLE, 'assay.config.ts'), '-l', layers, ...made, ...args])
const readMap = (folder = memory) =>
  JSON.parse(readFileSync(join(folder, 'memory.json'), 'utf8')) as AddressMap

beforeAll(async () => {
  await shareModels(out)
  expect(await write(`${HEAD[0]}..${HEAD[2]}`)).toMatchObject({ exitCode: 0, stderr: '' })
})

test('the bytes and the program alone bring a run about, and compare reads what it left', async () => {
  const map = readMap()
  const [ddr] = map.memories
  await using dut = await simulate({
    top: 'axi_conv',
    sources: ['axil_registers', 'axi_reader', 'axi_writer', 'axi_conv'].map((name) =>
      join(EXAMPLE, 'rtl', `${name}.sv`),
    ),
  })
  const bytes = new Uint8Array(readFileSync(join(memory, ddr!.files.bin!)))
  const served = axiMemory(dut, 'm_axi', { bytes, base: ddr!.base })
  const control = axiLite(dut, 's_axi')
  for (const step of map.program) {
    if ('write' in step) await control.write(step.write, step.value)
    else await control.poll(step.poll, step, { withinCycles: 1e6 })
  }
  writeFileSync(join(memory, 'readback', 'ddr.bin'), served.bytes)
  const args = ['compare', '--dump', join(memory, 'readback'), ...made]
  const green = await runAssay(args)
  expect(green.exitCode).toBe(0)
  expect(green.stdout).toMatch(/Proved: on this image the dump holds all 1,700 output elements of 3 layers/)
  // Before the run the outputs hold what is wrong at every byte.
  writeFileSync(join(memory, 'readback', 'ddr.bin'), readFileSync(join(memory, 'ddr.bin')))
  const red = await runAssay([...args, '--json'])
  expect(red.exitCode).toBe(1)
  expect(JSON.parse(red.stdout)).toMatchObject({ totals: { elements: 1700, mismatches: 1700 } })
})

describe('the same in other formats', () => {
  testWith('srec_cat', 'Intel HEX and $readmemh hold the bytes', async () => {
    const bytes = readFileSync(join(memory, 'ddr.bin'))
    const back = join(out, 'back.bin')
    const run = spawnSync('srec_cat', [join(memory, 'ddr.hex'), '-intel', '-o', back, '-binary'])
    expect(run.status).toBe(0)
    expect(readFileSync(back).equals(bytes)).toBe(true)
    const words = readFileSync(join(memory, 'ddr.mem'), 'utf8').match(/^[0-9a-f]{16}$/gm)!
    expect(Buffer.from(words.join(''), 'hex').swap64().equals(bytes)).toBe(true)
  })

  test('the C header compiles without a warning, and has the addresses and the steps', () => {
    const map = readMap()
    const source = join(out, 'print.c')
    const lines = [
      '#include "axi_conv_memory.h"',
      '#include <inttypes.h>',
      '#include <stdio.h>',
      'int main(void) {',
      '  printf("%" PRIu64 " %" PRIu64 "\\n", AXI_CONV_DDR_BASE, AXI_CONV_MODEL_22_CV3_2_1_WEIGHTS_ADDRESS);',
      '  for (int i = 0; i < AXI_CONV_STEPS; i++)',
      '    printf("%d %" PRIu64 " %" PRIu64 " %" PRIu64 "\\n", axi_conv_program[i].poll, axi_conv_program[i].address, axi_conv_program[i].value, axi_conv_program[i].mask);',
      '}',
    ]
    writeFileSync(source, lines.join('\n'))
    const flags = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-I', memory]
    const built = spawnSync('gcc', [...flags, source, '-o', join(out, 'print')], { encoding: 'utf8' })
    expect([built.status, built.stderr]).toEqual([0, ''])
    const { stdout } = spawnSync(join(out, 'print'), [], { encoding: 'utf8' })
    const weights = map.regions.find(({ layer, name }) => layer === HEAD[1] && name === 'weights')!
    const steps = map.program.map((step) =>
      'write' in step
        ? [0, step.write, step.value, 0xffff_ffff]
        : [1, step.poll, step.equals, step.mask ?? 0xffff_ffff],
    )
    expect(stdout.trim().split('\n')).toEqual(
      [[map.memories[0]!.base, weights.address], ...steps].map((numbers) => numbers.join(' ')),
    )
  })

  testWith('iverilog', 'the package has them in SystemVerilog', () => {
    const map = readMap()
    const bench = join(out, 'bench.sv')
    writeFileSync(
      bench,
      `module bench; import axi_conv_memory_pkg::*;
  initial begin
    $display("%0d %0d", AXI_CONV_MODEL_22_CV3_2_2_OUTPUT_ADDRESS, STEPS);
    for (int i = 0; i < STEPS; i++)
      $display("%0d %0d %0d", PROGRAM[200*i+199], PROGRAM[200*i+128+:64], PROGRAM[200*i+64+:64]);
  end
endmodule
`,
    )
    const built = spawnSync(
      'iverilog',
      ['-g2012', '-o', join(out, 'bench'), join(memory, 'axi_conv_memory_pkg.sv'), bench],
      { encoding: 'utf8' },
    )
    expect([built.status, built.stderr]).toEqual([0, ''])
    const { stdout } = spawnSync('vvp', ['-n', join(out, 'bench')], { encoding: 'utf8' })
    const output = map.regions.find(({ layer, name }) => layer === HEAD[2] && name === 'output')!
    const steps = map.program.map((step) =>
      'write' in step ? [0, step.write, step.value] : [1, step.poll, step.equals],
    )
    expect(stdout.trim().split('\n')).toEqual(
      [[output.address, map.program.length], ...steps].map((numbers) => numbers.join(' ')),
    )
    const { status } = spawnSync(
      'verilator',
      ['--lint-only', '-Wall', '--top-module', 'bench', join(memory, 'axi_conv_memory_pkg.sv'), bench],
      { encoding: 'utf8' },
    )
    expect(status).toBe(0)
  })

  test('names that differ in signs alone have numbers', () => {
    const region = { layer: null, tensor: null, bus: 'ddr', address: 0, bytes: 4 }
    const text = renderHeader({
      ...readMap(),
      regions: [
        { ...region, name: 'a.b' },
        { ...region, name: 'a_b' },
      ],
    })
    expect(text).toMatch(/#define AXI_CONV_A_B_ADDRESS [^\n]*\n.*\n#define AXI_CONV_A_B_2_ADDRESS /)
  })
})

describe('a folder that is written again', () => {
  test('has a set for each layer alone, and keeps what a person put there', async () => {
    const own = join(memory, 'readback', 'ddr.bin')
    writeFileSync(own, 'mine')
    expect((await write(HEAD[2]!, '--mode', 'isolated')).exitCode).toBe(0)
    expect(readdirSync(memory).sort()).toEqual([HEAD[2], 'readback'])
    expect(readFileSync(own, 'utf8')).toBe('mine')
    const map = readMap(join(memory, HEAD[2]!))
    expect(map.layers).toEqual(HEAD.slice(2))
    expect((await write(HEAD[1]!)).exitCode).toBe(0)
    expect(existsSync(join(memory, HEAD[2]!))).toBe(false)
    expect(readMap().layers).toEqual([HEAD[1]])
  })

  test('options of the detector, and a module at ports, are refused', async () => {
    const array = await write(HEAD[2]!, '--array', '16x16x4')
    expect([array.exitCode, array.stderr]).toEqual([2, expect.stringMatching(/--array/)])
    const streams = join(EXAMPLE, '../streaming-conv/assay.config.ts')
    const { exitCode, stderr } = await runAssay(['roms', '--module', streams, ...made])
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/has no regions: its tensors cross ports/)])
    const plain = await runAssay(['roms', '--word-bits', '32', ...made])
    expect([plain.exitCode, plain.stderr]).toEqual([2, expect.stringMatching(/--word-bits/)])
  })
})
