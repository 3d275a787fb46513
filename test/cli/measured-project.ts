/** A project of somebody else's, with a module, its own vitest and tests of many kinds. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { checkJson } from '../../src/input/schema.ts'
import { type MutationSummary, mutationSummary } from '../../src/mutation/score.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'
import { type CliRun, runAssay } from './run-assay.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
export const project = makeFolder()

export const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}
const testFile = (body: string, imports = 'expect, test'): string =>
  `import { simulate } from 'assay'\nimport { ${imports} } from 'vitest'\nconst counter = { top: 'counter', sources: ['rtl/counter.sv'] }\n${body}`

put('package.json', JSON.stringify({ name: 'project', type: 'module', private: true }))
put(
  'vitest.config.ts',
  "import { defineConfig } from 'vitest/config'\nexport default defineConfig({ test: { testTimeout: 120_000, hookTimeout: 120_000, retry: 1 } })\n",
)
put(
  'rtl/counter.sv',
  `module counter #(parameter int Modulus = 10) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       enable_i,
  output logic [7:0] count_o,
  output logic       wrap_o
);
  assign wrap_o = enable_i && count_o == 8'(Modulus - 1);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_o <= '0;
    else if (enable_i) count_o <= wrap_o ? '0 : count_o + 8'd1;
  end
endmodule
`,
)
put(
  'test/weak.test.ts',
  testFile(`test('counts', async () => {
  await using dut = await simulate(counter)
  dut.ports.enable_i = 1
  dut.tick(3)
  expect(dut.ports.count_o).toBe(3)
})
`),
)
// One model for all tests: each builds on what the one before it did.
put(
  'test/strong.test.ts',
  testFile(
    `describe('one after the other', () => {
  let dut
  beforeAll(async () => { dut = await simulate(counter) })
  afterAll(() => dut.close())
  test('counts', () => {
    dut.ports.enable_i = 1
    dut.tick(3)
    expect(dut.ports.count_o).toBe(3)
  })
  test('holds', () => {
    dut.ports.enable_i = 0
    dut.tick(2)
    expect(dut.ports.count_o).toBe(3)
  })
  test('wraps', () => {
    dut.ports.enable_i = 1
    dut.tick(6)
    expect(dut.ports.wrap_o).toBe(1)
    dut.ports.enable_i = 0
    expect(dut.ports.wrap_o).toBe(0)
    dut.ports.enable_i = 1
    dut.tick()
    expect(dut.ports.count_o).toBe(0)
  })
  test('is reset', () => {
    dut.tick(4)
    dut.ports.rst_ni = 0
    expect(dut.ports.count_o).toBe(0)
    dut.ports.rst_ni = 1
  })
})
`,
    'afterAll, beforeAll, describe, expect, test',
  ),
)
put(
  'test/other.test.ts',
  "import { expect, test } from 'vitest'\ntest('adds', () => { expect(1 + 1).toBe(2) })\n",
)
put(
  'test/early.test.ts',
  testFile(`const dut = await simulate(counter)
test('is early', () => { dut.ports.enable_i = 1; dut.tick(2); expect(dut.ports.count_o).toBeGreaterThan(1) })
`),
)
put(
  'test/uneven.test.ts',
  testFile(`let runs = 0
test('passes once', async () => {
  await using dut = await simulate(counter)
  expect(dut.ports.count_o).toBe(0)
  expect(++runs).toBe(1)
})
`),
)
put(
  'test/fixture.test.ts',
  testFile(
    `const test = base.extend({
  dut: async ({}, use) => { const dut = await simulate(counter); await use(dut); expect(dut.ports.count_o).toBe(3); await dut.close() },
})
test('is looked at by the fixture', ({ dut }) => { dut.ports.enable_i = 1; dut.tick(3); expect(dut.cycle).toBeGreaterThan(0) })
`,
    'expect, test as base',
  ),
)
put(
  'test/endless.test.ts',
  testFile(`test('waits for ever', async () => {
  await using dut = await simulate(counter)
  dut.ports.enable_i = 1
  while (dut.ports.wrap_o === 0) dut.tick()
  expect(dut.ports.count_o).toBe(9)
})
`),
)
put(
  'test/red.test.ts',
  testFile(
    "test('is red', async () => { await using dut = await simulate(counter); expect(dut.ports.count_o).toBe(7) })\n",
  ),
)
// As npm would have installed them.
mkdirSync(join(project, 'node_modules'))
symlinkSync(HOME, join(project, 'node_modules/assay'))
symlinkSync(join(HOME, 'node_modules/vitest'), join(project, 'node_modules/vitest'))

export const env = { ASSAY_CACHE: VERILATOR_CACHE, NO_COLOR: '1' }
export const assay = (...args: readonly string[]): Promise<CliRun> => runAssay(args, { cwd: project, env })
export const testsOf = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => ['-t', `test/${name}.test.ts`])
export const read = (run: CliRun): MutationSummary => {
  expect(run, run.stderr).toMatchObject({ exitCode: 0 })
  return checkJson(mutationSummary, run.stdout, 'stdout')
}
export const survivors = ({ modules }: MutationSummary): readonly string[] =>
  modules.flatMap((score) =>
    score.survivors.map(({ line, before, after }) => `${line} ${before} -> ${after}`),
  )
