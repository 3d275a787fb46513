/** The module that `assay roms` writes, in the simulators of those who take it as it is. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { PACKAGE, TOP, TOP_AXI, writePackage, writeTop, writeTopAxi } from '../../src/detector/top-module.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { chooseNms } from '../../src/pipeline/model/engine-choice.ts'
import { recordRun } from '../../src/pipeline/model/run-record.ts'
import { writeRoms } from '../../src/pipeline/roms/write.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { repositoryPath } from '../checkpoint/shared-data.ts'
import { randomGraph } from '../golden/random-graph.ts'
import { makeFolder, prepareDefault } from '../pipeline/prepared.ts'
import { testWith } from '../witness.ts'

const folder = makeFolder()
const sources = readFileSync(repositoryPath('rtl/rtl.f'), 'utf8')
  .split('\n')
  .filter((line) => line.endsWith('.sv'))
  .map((line) => repositoryPath(`rtl/${line}`))
const run = (command: string, ...words: string[]): string =>
  execFileSync(command, words, { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 240_000 })

const engine = { ...DEFAULT_ENGINE, tableBits: 12 }
const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }
const roms = emitRoms(randomGraph({ seed: 3, tableBits: 12 }), engine, 7, nms)
const embedded = await prepareDefault()
beforeAll(async () => {
  const { model, prepared, options } = embedded
  const record = await recordRun('roms', model, prepared, options)
  const more = { scheme: 'W4A4, ends 8 bits', formats: [], record }
  await writeRoms(folder, roms, 'sha\npes.pt', more, silent)
})

test('the package has no word more than the files, in one line each', () => {
  const text = writePackage(roms, 'a model')
  expect(text).toContain(`  localparam int TableDepth = ${roms.tables.depth};\n`)
  expect(text).toContain('  localparam WeightFile = "weights.mem";\n')
  expect(readFileSync(join(folder, `${PACKAGE}.sv`), 'utf8')).toContain('of sha pes.pt, W4A4, ends 8 bits.\n')
  expect(writeTop(roms)).toContain(`    .TableDepth(${PACKAGE}::TableDepth)`)
})

test('another arithmetic is a parameter; that of `assay` is the default', () => {
  expect(writePackage(roms, 'a model')).not.toContain('Arithmetic')
  const other = { ...roms, arithmetic: { requantise: 0x10fc_df20, add: 0x02a7_3f1f } }
  expect(writePackage(other, 'a model')).toContain('  localparam int RequantiseArithmetic = 285007648;\n')
  expect(writeTop(other)).toContain(`    .AddArithmetic(${PACKAGE}::AddArithmetic)`)
})

test('the wrapper on a bus knows where the image lies, and which instruction is the last', () => {
  const image = roms.placements.get('images')!
  expect(writePackage(roms, 'a model')).toContain(`  localparam int ImagePlane = ${image.plane};\n`)
  expect(writePackage(roms, 'a model')).toContain(`  localparam int Last = ${roms.steps.length - 1};\n`)
  expect(writeTopAxi(roms)).toContain(`    .SpaceToDepth(${PACKAGE}::SpaceToDepth)`)
  expect(writeTop(roms)).not.toContain('SpaceToDepth')
})

test('weights.bin has the words of weights.mem, each in whole units of 16 bytes, the least significant byte first', () => {
  const lines = readFileSync(join(folder, 'weights.mem'), 'utf8').trimEnd().split('\n')
  const stride = Math.ceil(lines[0]!.length / 32) * 16
  const words = lines.map((line) => Buffer.concat([Buffer.from(line, 'hex').reverse(), Buffer.alloc(stride)]))
  const wanted = Buffer.concat(words.map((word) => word.subarray(0, stride)))
  expect(Buffer.compare(readFileSync(join(folder, 'weights.bin')), wanted)).toBe(0)
  expect(writePackage(roms, 'a model')).toMatch(/ WeightBufferWords = \d+;\n/)
})

test.each([
  { top: TOP, more: [] },
  { top: TOP_AXI, more: [] },
  { top: TOP_AXI, more: ['-GWeightsFromMemory=1', '-GMemoryDataBits=64'] },
])('Verilator has nothing to say of $top $more', ({ top, more }) => {
  const words = [
    '--lint-only',
    '-Wall',
    '-Wno-DECLFILENAME',
    '-Wno-UNUSEDPARAM',
    ...more,
    '--top-module',
    top,
  ]
  expect(
    run('verilator', ...words, repositoryPath('sim/lint.vlt'), ...sources, `${PACKAGE}.sv`, `${top}.sv`),
  ).toBe('')
})

test.each([TOP, TOP_AXI])('%s has every port of its module', (top) => {
  const portsOf = (text: string) =>
    [...text.matchAll(/^ {2}(input|output) +logic\b.*?(\w+_(?:ni|i|o))\b/gm)].map(
      ([, way, name]) => `${way} ${name}`,
    )
  const own = portsOf(readFileSync(repositoryPath(`rtl/${top.replace('assay_', '')}.sv`), 'utf8'))
  expect(own.length).toBeGreaterThan(15)
  // By itself it has its weights in the ROM.
  const wanted = top === TOP_AXI ? own : own.filter((port) => !/ (m_axi|weights_base)_/.test(port))
  expect(portsOf(readFileSync(join(folder, `${top}.sv`), 'utf8'))).toEqual(wanted)
})

test.each([8, 16])(
  'without waivers Verilator takes what is written for the embedded model, %i lanes',
  async (lanes) => {
    const { model, prepared, options } = embedded
    const array = { inputLanes: lanes, outputLanes: lanes, pixels: lanes / 4 }
    const own = { ...DEFAULT_ENGINE, ...array, tableBits: options.tableBits }
    const written = emitRoms(prepared.integer, own, 7, chooseNms(prepared.integer, own))
    const record = await recordRun('roms', model, prepared, options)
    const where = makeFolder()
    await writeRoms(where, written, 'shapes.pt', { scheme: 'W8A8', formats: [], record }, silent)
    for (const top of [TOP, TOP_AXI]) {
      const files = [...sources, join(where, `${PACKAGE}.sv`), join(where, `${top}.sv`)]
      expect(run('verilator', '--lint-only', '--top-module', top, ...files)).toBe('')
    }
  },
)

testWith('iverilog', 'from the folder of its files it runs a layer to its end', () => {
  const pc = roms.steps.findLastIndex(({ instruction }) => instruction.op === 'conv')
  writeFileSync(
    join(folder, 'bench.sv'),
    `module bench;
  logic clk_i = 0, rst_ni = 0, start_i = 0, busy_o, done_o;
  logic [7:0] error_o;
  always #1 clk_i = ~clk_i;
  ${TOP} dut (.clk_i, .rst_ni, .start_i, .done_o, .error_o, .busy_o, .first_i(16'd${pc}), .last_i(16'd${pc}),
    .host_valid_i(1'b0), .host_addr_i('0), .host_data_i('0), .box_addr_i('0));
  initial begin
    repeat (4) @(negedge clk_i);
    rst_ni = 1;
    start_i = 1;
    @(negedge clk_i);
    start_i = 0;
    wait (done_o);
    $display("error %0d", error_o);
    $finish;
  end
endmodule
`,
  )
  run(
    'iverilog',
    '-g2012',
    '-s',
    'bench',
    '-o',
    'bench.vvp',
    ...sources,
    `${PACKAGE}.sv`,
    `${TOP}.sv`,
    'bench.sv',
  )
  expect(run('vvp', '-n', 'bench.vvp')).toContain('error 0')
  const elsewhere = spawnSync('vvp', ['-n', join(folder, 'bench.vvp')], {
    cwd: makeFolder(),
    encoding: 'utf8',
  })
  expect(elsewhere.stdout + elsewhere.stderr).toMatch(
    /cannot open \w+\.mem: run in the folder of the \.mem files, or give the file with \+(\w+)=PATH/,
  )
})
