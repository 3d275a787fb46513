import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { recordRun } from '../../src/pipeline/model/run-record.ts'
import { type RomExports, writePlainRoms } from '../../src/pipeline/roms/exports.ts'
import { ROM_FORMATS, type RomFormatId } from '../../src/rom/formats/formats.ts'
import { type RomImage, readWord } from '../../src/rom/formats/types.ts'
import { emitPlainRoms, packWords } from '../../src/rom/plain.ts'
import { prepareDefault, type TestModel } from '../pipeline/prepared.ts'
import { testWith } from '../witness.ts'
import { READERS } from './formats/readers/readers.ts'
import { joinBanks } from './formats/support.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-plain-'))
const FORMATS = Object.keys(ROM_FORMATS) as RomFormatId[]
let run: TestModel
let graph: IntegerGraph
let roms: readonly RomImage[]
let exports: RomExports
beforeAll(async () => {
  run = await prepareDefault({ weightBits: 6 })
  graph = run.prepared.integer
  roms = emitPlainRoms(graph)
  const record = await recordRun('roms', run.model, run.prepared, run.options)
  exports = await writePlainRoms(folder, { roms, formats: FORMATS, record }, silent)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const conv = (): IntegerConv => graph.nodes.find((node) => node.op === 'conv')!

describe('the plain layout', () => {
  test('has a memory for every array, an element a word, in C order', () => {
    const [first] = graph.nodes.filter((node) => node.op === 'conv')
    const weight = roms.find(({ name }) => name === `${first!.name}.weight`)!
    expect([weight.width, weight.depth]).toEqual([6, first!.weight.length])
    first!.weight.forEach((code, i) => {
      expect(readWord(weight, i)).toBe(BigInt.asUintN(6, BigInt(code)))
    })
    const convs = graph.nodes.filter((node) => node.op === 'conv')
    const adds = graph.nodes.filter((node) => node.op === 'add').length
    const tables = convs.filter(({ table }) => table !== null).length
    expect(roms).toHaveLength(4 * convs.length + tables + 2 * adds + 2)
  })

  test.each(FORMATS)('reads back from %s', (format) => {
    for (const rom of roms) {
      const banks = exports.files.filter((file) => file.format === format && file.rom === rom.name)
      const joined = joinBanks(
        rom.name,
        banks.map(({ file, bit, word, width, depth }) => ({
          bit,
          word,
          rom: READERS[format](readFileSync(join(folder, file)), {
            name: /([^/]+?)(?:\.[a-z]+)*$/.exec(file)![1]!,
            width,
            depth,
          }),
        })),
      )
      expect([joined.width, joined.depth], rom.name).toEqual([rom.width, rom.depth])
      expect(Buffer.compare(joined.bytes, rom.bytes), rom.name).toBe(0)
    }
  })

  testWith('iverilog', 'Icarus computes with it what TypeScript computes', () => {
    const node = conv()
    const bench = join(folder, 'bench.sv')
    writeFileSync(
      bench,
      `module bench;
  reg signed [5:0] weight [0:${node.weight.length - 1}];
  reg signed [31:0] bias [0:${node.bias.length - 1}];
  integer i, sum, total;
  initial begin
    $readmemh("readmemh/${node.name}.weight.mem", weight);
    $readmemh("readmemh/${node.name}.bias.mem", bias);
    sum = 0; total = 0;
    for (i = 0; i < ${node.weight.length}; i = i + 1) sum = sum + weight[i] * (i % 7 + 1);
    for (i = 0; i < ${node.bias.length}; i = i + 1) total = total + bias[i];
    $display("%0d %0d %0d", sum, total, ${roms.length} + silu_probe::word(5));
  end
endmodule
`.replace(/silu_probe/, `${node.name.replaceAll('.', '_')}_table_pkg`),
    )
    const sv = join('sv-package', `${node.name.replaceAll('.', '_')}_table_pkg.sv`)
    const compiled = spawnSync('iverilog', ['-g2012', '-o', 'bench.vvp', sv, 'bench.sv'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(compiled.stderr).toBe('')
    const { stdout } = spawnSync('vvp', ['-n', 'bench.vvp'], { cwd: folder, encoding: 'utf8' })
    const sum = [...node.weight].reduce((total, code, i) => total + code * ((i % 7) + 1), 0)
    const bias = node.bias.reduce((total, value) => total + value, 0)
    expect(stdout.trim()).toBe(`${sum} ${bias | 0} ${roms.length + node.table![5]!}`)
  })

  test('two memories with one file name are refused before anything is written', async () => {
    const twins = [packWords('a.b', 4, [1]), packWords('a_b', 4, [1])]
    const record = await recordRun('roms', run.model, run.prepared, run.options)
    await expect(
      writePlainRoms(
        join(folder, 'twins'),
        { roms: twins, formats: ['readmemh', 'sv-package'], record },
        silent,
      ),
    ).rejects.toThrow(/a\.b and a_b would both be written to a_b_pkg\.sv/)
    expect(() => readFileSync(join(folder, 'twins', 'readmemh', 'a.b.mem'))).toThrow(/ENOENT/)
  })
})
