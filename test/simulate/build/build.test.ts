import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runTool } from '../../../src/process/run-tool.ts'
import { buildModel, simulate } from '../../../src/simulate/index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-build-'))
})

async function writeSource(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const constant = (value: string) => `module constant (output logic [7:0] value_o);
\`include "value.svh"
assign value_o = ${value};
endmodule
`

describe('buildModel', () => {
  test('finds in the cache what it has built', async () => {
    const options = { top: 'beat_counter', sources: ['test/simulate/fixtures/beat_counter.sv'] }
    const first = await buildModel(options)
    const { mtimeMs } = await stat(first.library)
    expect(await buildModel(options)).toEqual(first)
    expect((await stat(first.library)).mtimeMs).toBe(mtimeMs)
    expect(first.inputs).toEqual([
      { path: options.sources[0], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
  })

  test('notices a change in a source, in an included file, in a parameter', async () => {
    await writeSource('value.svh', 'localparam int Base = 40;\n')
    const source = await writeSource('constant.sv', constant("8'(Base) + 8'd2"))
    const options = { top: 'constant', sources: [source], includeDirs: [folder] }
    const readValue = async () => {
      await using dut = await simulate(options)
      return dut.ports.value_o
    }
    expect(await readValue()).toBe(42)
    await writeSource('value.svh', 'localparam int Base = 50;\n')
    expect(await readValue()).toBe(52)
    await writeSource('constant.sv', constant("8'(Base) + 8'd3"))
    expect(await readValue()).toBe(53)
    await writeSource('value.svh', 'localparam int Base = 40;\n')
    await writeSource('constant.sv', constant("8'(Base) + 8'd2"))
    expect(await readValue()).toBe(42)
  })

  test('says where the sources are wrong', async () => {
    const source = await writeSource('wrong.sv', 'module wrong;\n  assign a = ;\nendmodule\n')
    const build = buildModel({ top: 'wrong', sources: [source] })
    await expect(build).rejects.toThrow(/wrong\.sv:2:14: syntax error/)
    await expect(build).rejects.toMatchObject({ name: 'ToolError', tool: 'verilator', exitCode: 3 })
    await expect(build).rejects.toMatchObject({ diagnostics: [{ severity: 'error', file: source, line: 2 }] })
  })

  test('says when a parameter or a file does not exist', async () => {
    const source = 'test/simulate/fixtures/beat_counter.sv'
    const build = buildModel({ top: 'beat_counter', sources: [source], parameters: { Depth: 3 } })
    await expect(build).rejects.toThrow(/Depth/)
    await expect(buildModel({ top: 'x', sources: ['nowhere.sv'] })).rejects.toThrow(/nowhere\.sv/)
  })

  test('leaves nothing half-made behind', async () => {
    const cache = join(process.cwd(), 'build', 'cache', 'verilator')
    const names = await readdir(cache)
    expect(names.filter((name) => name.includes(`.${process.pid}-`))).toEqual([])
  })
})

test('a missing tool is said plainly', async () => {
  const missing = runTool('verilator-that-is-not-there', [])
  await expect(missing).rejects.toThrow(
    /Expected the program verilator-that-is-not-there, found none\. Install/,
  )
  await expect(missing).rejects.toMatchObject({ name: 'ToolError', exitCode: 3 })
})
