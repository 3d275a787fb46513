import { mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import {
  areAsOpened,
  mayBeAsOpened,
  mergeOpened,
  type OpenedFile,
  simulate,
  simulateInChild,
} from '../../src/simulate/index.ts'
import { readOpenedFiles } from '../../src/simulate/opened-files.ts'
import { hashFile } from '../../src/store/hash.ts'
import { needs } from '../witness.ts'

/** A table by `$readmemh` at a path of the RTL's own; with `later_i`, another file by `$fopen` while it runs. */
const source = `module reader #(parameter Table = "") (
  input logic clk_i, input logic later_i, output logic [7:0] value_o, output logic found_o);
  logic [7:0] words [0:0];
  integer file, written;
  string name;
  initial begin
    $readmemh(Table, words);
    found_o = 0;
    if ($value$plusargs("log=%s", name)) begin
      written = $fopen(name, "w");
      $fwrite(written, "written");
      $fclose(written);
    end
  end
  assign value_o = words[0];
  always @(posedge clk_i) if (later_i && $value$plusargs("later=%s", name)) begin
    file = $fopen(name, "r");
    found_o = file != 0;
    if (file != 0) $fclose(file);
  end
endmodule
`

let folder = ''
let table = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay opened-'))
  table = join(folder, 'my table.mem')
  await writeFile(join(folder, 'reader.sv'), source)
  await writeFile(table, '2a\n')
})

const optionsOf = (plusargs: Readonly<Record<string, string>> = {}) => ({
  top: 'reader',
  sources: [join(folder, 'reader.sv')],
  parameters: { Table: table },
  plusargs,
})

const find = (files: readonly OpenedFile[], path: string) =>
  files.filter((file) => file.path === path).map(({ sha256 }) => sha256)

for (const simulator of ['verilator', 'icarus'] as const)
  needs(simulator === 'icarus' ? 'iverilog' : [], `a model of ${simulator}`, () => {
    test('says which files it opened to read, when it opened them, and which it looked for in vain', async () => {
      const later = join(folder, 'later.txt')
      const log = join(folder, 'log.txt')
      await rm(later, { force: true })
      await using dut = await simulate({ ...optionsOf({ later, log }), simulator })
      expect(dut.ports.value_o).toBe(42)
      expect(await dut.openedFiles()).toEqual([{ path: table, sha256: await hashFile(table) }])
      dut.ports.later_i = 1
      dut.tick()
      expect(dut.ports.found_o).toBe(0)
      const files = await dut.openedFiles()
      expect(find(files, later)).toEqual(['missing'])
      expect(await areAsOpened(files)).toBe(true)
      await writeFile(later, 'now it is there')
      expect(await areAsOpened(files)).toBe(false)
    })

    test('says so from a child process, too', async () => {
      await using dut = await simulateInChild({ ...optionsOf(), simulator })
      expect(await dut.openedFiles()).toEqual([{ path: table, sha256: await hashFile(table) }])
    })

    test('says that nobody knows what was read where the file has changed since', async () => {
      const own = join(folder, `${simulator}.mem`)
      await writeFile(own, '11\n')
      await using dut = await simulate({ ...optionsOf(), parameters: { Table: own }, simulator })
      const { atime, mtime } = await stat(own)
      await writeFile(`${own}.new`, '12\n')
      await utimes(`${own}.new`, atime, mtime)
      await rename(`${own}.new`, own)
      const files = await dut.openedFiles()
      expect(find(files, own)).toEqual(['unknown'])
      expect(await areAsOpened(files)).toBe(false)
    })
  })

test('what two processes read of one file is unknown where it differs, and may then be the same', async () => {
  const of = (path: string, sha256: string): OpenedFile => ({ path, sha256 })
  const files = mergeOpened([of('a', '1'), of('b', '2')], [of('a', '1'), of('b', '3')])
  expect(files).toEqual([of('a', '1'), of('b', 'unknown')])
  // Nobody can read the folder now, either.
  const own = [of(table, await hashFile(table)), of(folder, 'unknown')]
  expect([await areAsOpened(own), await mayBeAsOpened(own)]).toEqual([false, true])
  expect(await mayBeAsOpened([of(table, 'another')])).toBe(false)
})

test("a bridge's list is read against what each file is now", async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'assay opened-')), 'a file')
  await writeFile(path, 'text')
  const { size, ino, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  const state = [size, ino, mtimeNs, ctimeNs].join(' ')
  const list = (...records: readonly (readonly string[])[]) =>
    readOpenedFiles(records.map((record) => `${record.join('\x1f')}\x1e`).join(''))
  const sha256 = await hashFile(path)
  expect(await list()).toEqual([])
  expect(await list([path, state, 'file'], ['none', '', ''], [path, state, 'file'])).toEqual([
    { path, sha256 },
    { path: 'none', sha256: 'missing' },
  ])
  const unknown = [{ path, sha256: 'unknown' }]
  expect(await list([path, state, 'pipe'])).toEqual(unknown)
  expect(await list([path, state, 'file'], [path, '', ''])).toEqual(unknown)
  for (const index of [0, 1, 2, 3]) {
    const parts = [size, ino, mtimeNs, ctimeNs]
    parts[index]! += 1n
    expect(await list([path, parts.join(' '), 'file'])).toEqual(unknown)
  }
  await writeFile(path, 'more text')
  expect(await list([path, state, 'file'])).toEqual(unknown)
})

test.each([
  { what: '$system', body: 'integer code = $system("true");' },
  { what: '$c', body: 'initial value_o = $c("7");' },
  {
    what: 'DPI',
    body: 'import "DPI-C" function int getpid(); initial value_o = getpid() != 0 ? 8\'d7 : 8\'d0;',
  },
])('says that nobody knows what RTL was told by $what', async ({ what, body }) => {
  const path = join(folder, 'asks.sv')
  await writeFile(path, `module asks(input logic clk_i, output logic [7:0] value_o);\n  ${body}\nendmodule\n`)
  await using dut = await simulate({ top: 'asks', sources: [path] })
  dut.tick()
  const files = await dut.openedFiles()
  expect(files).toEqual([{ path: what, sha256: 'unknown' }])
  expect(await areAsOpened(files)).toBe(false)
})
