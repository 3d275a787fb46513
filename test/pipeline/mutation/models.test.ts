/** Models with all mutants in them: what does not compile is left out. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { buildMutated, describeIncluded, filesOf } from '../../../src/pipeline/mutation/models.ts'
import { checkNamed, findMutants } from '../../../src/pipeline/mutation/sources.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { makeFolder } from '../prepared.ts'
import { VERILATOR_CACHE } from '../shared-data.ts'

const folder = makeFolder()
const environment = readEnvironment()
const put = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const modelOf = (top: string, ...sources: readonly string[]) => ({ top, sources, cacheDir: VERILATOR_CACHE })

test('a mutant in what has to be constant is left out, and the model builds without it', async () => {
  // The count of a replication is a constant.
  const path = put(
    'counted.sv',
    `module counted (input logic a, output logic [3:0] y);
  function automatic int twice(int x); return x; endfunction
  function automatic int two(int x);
    two = x + 1;
  endfunction
  assign y = {two(3){a}};
endmodule
`,
  )
  const sources = await findMutants([path], folder)
  expect(sources.files[0]!.mutants).toHaveLength(2)
  const unbuildable = await buildMutated([modelOf('counted', path)], sources, environment, silent)
  expect([...unbuildable]).toEqual([1, 2])
})

test('a model that does not build anyway is an error', async () => {
  const path = put('wrong.sv', 'module wrong (output logic y);\n  assign y = missing + 1;\nendmodule\n')
  const sources = await findMutants([path], folder)
  const build = buildMutated([modelOf('wrong', path)], sources, environment, silent)
  await expect(build).rejects.toThrow(/missing/)
})

test('the files of a model are those that it reads, in its folders, too', async () => {
  const inner = put(
    'inner.sv',
    'module inner (input logic a, output logic y);\n  assign y = !a;\nendmodule\n',
  )
  const outer = put(
    'outer.sv',
    'module outer (input logic a, output logic y);\n  inner u (.a, .y);\nendmodule\n',
  )
  const other = put('other.sv', 'module other (output logic y);\n  assign y = 1;\nendmodule\n')
  const sources = await findMutants([inner, other], folder)
  const [file] = sources.files
  const model = { ...modelOf('outer', outer), includeDirs: [folder] }
  expect(await filesOf(model, sources, environment)).toEqual([file!.file])
})

test('what a source includes is named with the mutants that it would have, and is no source by itself', async () => {
  const part = put('part.svh', '  always_ff @(posedge clk_i) q <= q + 1;\n  `include "deep.svh"\n')
  put('deep.svh', '  assign y = q == 3;\n')
  put('macros.svh', '`define NOTHING\n')
  const whole = put(
    'whole.sv',
    'module whole (input logic clk_i, output logic y);\n  logic [1:0] q;\n`include "macros.svh"\n  `include "part.svh"\nendmodule\n',
  )
  const sources = await findMutants([whole], folder)
  const models = [{ ...modelOf('whole', whole), includeDirs: [folder] }]
  const said = await describeIncluded(models, sources, environment)
  expect(said.map((text) => text.replace(/(\S*\/)(?=\w+\.svh?)/g, ''))).toEqual([
    'part.svh is not broken, as whole.sv includes it: 3 mutants are missing. Write its text into the module to have them.',
    'deep.svh is not broken, as part.svh includes it: 2 mutants are missing. Write its text into the module to have them.',
  ])
  checkNamed(await findMutants([whole, put('types.sv', 'package types;\nendpackage\n')], folder))
  const parts = await findMutants([whole, part], folder)
  expect(() => checkNamed(parts)).toThrow(/part\.svh: has no module, and nothing that Assay breaks/)
})

test('the same sources have the same place, and a source counts once', async () => {
  const path = put('again.sv', 'module again (output logic y);\n  assign y = 1;\nendmodule\n')
  const [one, two] = await Promise.all([findMutants([path, path], folder), findMutants([path], folder)])
  expect(one.folder).toBe(two.folder)
  expect(one.files).toHaveLength(1)
  await expect(findMutants([join(folder, 'none.sv')], folder)).rejects.toThrow('no such file')
})
