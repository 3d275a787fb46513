import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { arithmeticWords } from '../../src/rom/arithmetic-words.ts'
import { rtlArithmetic } from '../../src/rom/rtl-arithmetic.ts'
import { needs } from '../witness.ts'
import { compareTaps, writeRoms } from './detector-bench.ts'
import { type Engine, Program, type Word } from './program-bench.ts'

const sources = await readSourceList()
const modules = sources.map((path) => basename(path, '.sv')).filter((name) => name !== 'assay_pkg')
const scratch = () => mkdtemp(join(tmpdir(), 'assay-rtl-'))

describe('Verilator', () => {
  test.each(modules)('has no complaint about %s', async (top) => {
    const lint = ['--lint-only', '-Wall', '--top-module', top, 'sim/lint.vlt', ...sources]
    // What it says of its own run is on stdout.
    const { stderr, exitCode } = await execa('verilator', lint, { reject: false })
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })
})

/** Parameters of the detector for each integer profile, one of each hardware. */
const arithmetics = ['tflite', 'tflite-single', 'tosa-double', 'nvdla', 'power-of-two-floor'].map((name) => {
  const words = arithmeticWords(rtlArithmetic(PROFILES.find((profile) => profile.name === name)!))
  return { name, RequantiseArithmetic: words.requantise, AddArithmetic: words.add }
})

describe('the detector for an arithmetic', () => {
  test.each(arithmetics)(
    '$name: Verilator has no complaint',
    async ({ RequantiseArithmetic, AddArithmetic }) => {
      const own = [`-GRequantiseArithmetic=${RequantiseArithmetic}`, `-GAddArithmetic=${AddArithmetic}`]
      const lint = ['--lint-only', '-Wall', ...own, '--top-module', 'detector', 'sim/lint.vlt', ...sources]
      const { stderr, exitCode } = await execa('verilator', lint, { reject: false })
      expect(stderr).toBe('')
      expect(exitCode).toBe(0)
    },
  )
})

/** One of each operator, with a tile that is not full and channels that fill no block. */
function smallProgram(engine: Engine): Program {
  const program = new Program(engine, 21)
  const image = program.image(3, 5, 7)
  const a = program.conv(image, 3, 9, { kernel: 3, stride: 2, padding: 1 })
  const b = program.conv(a, 9, 9, { kernel: 3, padding: 1, table: false })
  program.upsample(program.maxPool(program.add(a, b), 5), 2)
  return program
}

needs('iverilog', 'Icarus Verilog', () => {
  const compile = async (output: string, top: string, extra: readonly string[]) => {
    const { stderr } = await execa('iverilog', [
      '-g2012',
      '-Wall',
      '-s',
      top,
      '-o',
      output,
      ...extra,
      ...sources,
    ])
    return stderr
  }

  test.each<Engine>([
    { PI: 4, PO: 8, PX: 2, WeightBits: 8, ActivationBits: 8, TableBits: 8 },
    { PI: 1, PO: 1, PX: 1, WeightBits: 4, ActivationBits: 6, TableBits: 9 },
  ])('runs a program as Verilator does ($PI x $PO x $PX)', async (engine) => {
    const folder = await scratch()
    const program = smallProgram(engine)
    const roms = { ...(await writeRoms(program)), host: join(folder, 'host.mem') }
    const width = Math.ceil((engine.PI * engine.ActivationBits) / 4)
    const hostText = program.host.map(({ addr, data }) => {
      const word = (BigInt(addr) << BigInt(engine.PI * engine.ActivationBits)) | data
      return word.toString(16).padStart(8 + width, '0')
    })
    await writeFile(roms.host, `${hostText.join('\n')}\n`)
    const settings = { ...engine, HostWords: program.host.length, Instructions: program.instructions.length }
    const binary = join(folder, 'tb.vvp')
    await compile(binary, 'detector_tb', [
      ...Object.entries(settings).map(([name, value]) => `-Pdetector_tb.${name}=${value}`),
      'test/rtl/fixtures/detector_tb.sv',
    ])
    const plusargs = Object.entries(roms).map(([name, path]) => `+${name}=${path}`)
    const { stdout } = await execa('vvp', ['-N', binary, ...plusargs], { timeout: 240_000 })
    expect(stdout).toContain('end 1 0')
    const taps: Word[][] = []
    for (const [, pc, addr, data] of stdout.matchAll(/^tap (\w+) (\w+) (\w+)$/gm)) {
      const index = Number.parseInt(pc!, 16)
      taps[index] ??= []
      taps[index].push({ addr: Number.parseInt(addr!, 16), data: BigInt(`0x${data}`) })
    }
    for (const [pc, words] of program.expected.entries())
      expect(compareTaps(taps[pc], words), `instruction ${pc}`).toBeNull()
  })

  test('warns of nothing in the engine', async () => {
    const stderr = await compile(join(await scratch(), 'engine.vvp'), 'conv_engine', [])
    const own = stderr
      .split('\n')
      .filter((line) =>
        /conv_engine|walker|drain|align|array|requantise|add_codes|table|rom\.sv|feature|sequencer/.test(
          line,
        ),
      )
    expect(own).toEqual([])
  })

  test.each(arithmetics)('elaborates the detector for $name', async ({ name, ...own }) => {
    const set = Object.entries(own).map(([key, value]) => `-Pdetector.${key}=${value}`)
    const stderr = await compile(join(await scratch(), `${name}.vvp`), 'detector', set)
    expect(stderr.split('\n').filter((line) => /requantise|add_codes|conv_engine/.test(line))).toEqual([])
  })

  test.each([
    { module: 'requantise', set: ['AccBits=33'], message: 'AccBits is 33, must be 8 to 32' },
    { module: 'requantise', set: ['AccBits=7'], message: 'AccBits is 7, must be 8 to 32' },
    { module: 'requantise', set: ['MultiplierBits=33'], message: 'MultiplierBits is 33, must be 0 to 32' },
    { module: 'requantise', set: ['DoublingHigh=1'], message: 'a doubling high multiply takes 31' },
    { module: 'requantise', set: ['Rounding=7'], message: 'no rounding 7' },
    { module: 'requantise', set: ['MostShift=64'], message: 'MostShift is 64, must be 0 to 63' },
    { module: 'requantise', set: ['CodeOverflow=0'], message: 'no such overflow' },
    { module: 'requantise', set: ['Between=3'], message: 'no such overflow' },
    {
      module: 'requantise',
      set: ['LeftShift=1', 'CodeOverflow=1'],
      message: 'LeftShift takes codes that saturate',
    },
    {
      module: 'requantise',
      set: ['LeftShift=1', 'Between=1'],
      message: 'LeftShift takes codes that saturate',
    },
    { module: 'requantise', set: ['CodeBits=33'], message: 'Lanes or CodeBits out of range' },
    { module: 'add_codes', set: ['Rounding=7'], message: 'no rounding 7' },
    { module: 'add_codes', set: ['MultiplierBits=0'], message: 'MultiplierBits is 0, must be 1 to 32' },
    { module: 'add_codes', set: ['MultiplierBits=33'], message: 'MultiplierBits is 33, must be 1 to 32' },
    { module: 'add_codes', set: ['MostShift=64'], message: 'MostShift is 64, must be 0 to 63' },
    { module: 'add_codes', set: ['CodeOverflow=0'], message: 'no such overflow' },
    { module: 'add_codes', set: ['OperandLeft=1'], message: 'one rounding takes no stage of an operand' },
    { module: 'add_codes', set: ['Staged=1', 'OperandLeft=24'], message: 'OperandLeft is 24' },
    { module: 'add_codes', set: ['Staged=1', 'CodeOverflow=1'], message: 'a sum of stages saturates' },
    { module: 'add_codes', set: ['CodeBits=9'], message: 'Lanes or CodeBits out of range' },
  ])('$module refuses to start with $set', async ({ module, set, message }) => {
    const binary = join(await scratch(), 'unit.vvp')
    await compile(
      binary,
      module,
      set.map((one) => `-P${module}.${one}`),
    )
    const { all, exitCode } = await execa('vvp', ['-N', binary], { all: true, reject: false })
    expect(all).toContain(message)
    expect(exitCode).not.toBe(0)
  })

  test.each([
    { because: 'PX is no power of two', set: 'PX=3', message: 'PX is 3, must be 1, 2, 4, 8 or 16' },
    { because: 'PX is too large', set: 'PX=32', message: 'PX is 32, must be 1, 2, 4, 8 or 16' },
    { because: 'PO is no multiple of PI', set: 'PO=24', message: 'PO is 24, must be a multiple of PI, 16' },
    { because: 'weights of 9 bits', set: 'WeightBits=9', message: 'WeightBits is 9, must be 2 to 8' },
    { because: 'codes of 3 bits', set: 'ActivationBits=3', message: 'ActivationBits is 3, must be 4 to 8' },
    { because: 'a table narrower than its codes', set: 'TableBits=7', message: 'TableBits is 7, must be' },
    { because: 'a table too wide', set: 'TableBits=13', message: 'TableBits is 13, must be' },
  ])('the detector refuses to start: $because', async ({ set, message }) => {
    const binary = join(await scratch(), 'detector.vvp')
    await compile(binary, 'detector', [`-Pdetector.${set}`])
    const { all, exitCode } = await execa('vvp', ['-N', binary], { all: true, reject: false })
    expect(all).toContain(message)
    expect(exitCode).not.toBe(0)
  })
})

needs('yosys', 'Yosys', () => {
  const yosys = (script: string) => execa('yosys', ['-q', '-p', script], { timeout: 300_000 })
  const read = `read_verilog -sv -DSYNTHESIS ${sources.join(' ')}`

  test.each(arithmetics)('elaborates the engine for $name', async (own) => {
    const { RequantiseArithmetic, AddArithmetic } = own
    // Each lane is the same hardware: a small engine elaborates in a tenth of the time.
    const small = '-set PI 4 -set PO 4 -set PX 2'
    const set = `chparam ${small} -set RequantiseArithmetic ${RequantiseArithmetic} -set AddArithmetic ${AddArithmetic} conv_engine`
    const { stderr } = await yosys(`${read}; ${set}; hierarchy -check -top conv_engine; proc; check -assert`)
    expect(stderr).toBe('')
  })

  test('the whole detector elaborates without a complaint', async () => {
    const top = join(await scratch(), 'top.sv')
    await writeFile(
      top,
      `module top (input wire clk_i, input wire rst_ni, input wire start_i, output wire done_o);
      detector #(.PI(2), .PO(4), .PX(2), .FeatureDepth(512), .WeightDepth(256), .Capacity(16), .MaxDetections(8)) u (
        .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .first_i(16'd0), .last_i(16'd0), .done_o(done_o),
        .host_valid_i(1'b0), .host_addr_i(32'd0), .host_data_i(16'd0), .box_addr_i(16'd0));
    endmodule\n`,
    )
    const { stderr } = await yosys(`${read} ${top}; hierarchy -check -top top; proc; check -assert`)
    expect(stderr).toBe('')
  })
})
