/** Models that other compilers build: each compiles Verilator's runtime anew. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readEnvironment } from '../../../src/process/environment.ts'
import { simulate } from '../../../src/simulate/index.ts'
import { testWith } from '../../witness.ts'
import { makePoorCompiler } from './poor-compiler.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-compilers-'))
  await writeFile(join(folder, 'image.mem'), '@1 2a\n07\n')
  await writeFile(
    join(folder, 'reader.sv'),
    `module reader (input logic clk_i, input logic ask_i, input logic [1:0] addr_i, output logic [7:0] word_o);
  logic [7:0] mem[4];
  initial $readmemh("${join(folder, 'image.mem')}", mem);
  always_ff @(posedge clk_i) word_o <= mem[addr_i];
  always_ff @(posedge clk_i) if (ask_i) $system("true");
endmodule
`,
  )
})

/** A model by this compiler works: its memory file, and what it opened. */
async function tryModel(compiler: string): Promise<void> {
  const environment = readEnvironment({ ...process.env, CXX: compiler })
  const options = { top: 'reader', sources: [join(folder, 'reader.sv')], environment }
  await using dut = await simulate({ ...options, cacheDir: join(folder, 'cache') })
  dut.ports.addr_i = 1
  dut.tick()
  expect(dut.ports.word_o).toBe(0x2a)
  const opened = async () => (await dut.openedFiles()).map(({ path }) => path)
  expect(await opened()).toEqual([join(folder, 'image.mem')])
  dut.ports.ask_i = 1
  dut.tick()
  expect(await opened()).toContain('$system')
}

test('a poor one builds models that do the same', async () => {
  await tryModel(await makePoorCompiler(folder))
})

test('CXX is words: flags of its own reach every call', async () => {
  const compiler = join(folder, 'plain-c++')
  await writeFile(compiler, `#!/bin/sh\necho "$*" >>'${compiler}.log'\nexec g++ "$@"\n`, { mode: 0o755 })
  await tryModel(`${compiler} -DMARKED=1`)
  const calls = (await readFile(`${compiler}.log`, 'utf8')).trim().split('\n')
  expect(calls.length).toBeGreaterThan(5)
  expect(calls.filter((call) => !call.includes('-DMARKED=1'))).toEqual([])
})

testWith('clang++', 'Clang builds models that do the same', async () => {
  await tryModel('clang++')
})
