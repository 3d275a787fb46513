/** What decides whether a model is built again. Each test changes one thing that a model was made from, or would be. */
import { execFileSync } from 'node:child_process'
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../../src/process/environment.ts'
import { findProgram } from '../../../src/process/find-program.ts'
import {
  isOfTool,
  listAbsent,
  listSources,
  readSearchPath,
} from '../../../src/simulate/build/dependencies.ts'
import { planRuntime } from '../../../src/simulate/build/runtime.ts'
import { findTools } from '../../../src/simulate/build/tools.ts'
import { type BuildOptions, buildModel, simulate } from '../../../src/simulate/index.ts'
import { hashFile } from '../../../src/store/hash.ts'
import { listenToNotices } from '../../../src/store/notice.ts'

const realPath = process.env.PATH ?? ''
let folder = ''
let said: string[] = []
let undo = (): void => {}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay key-'))
  said = []
  undo = listenToNotices((text) => said.push(text))
})
afterEach(() => {
  undo()
  process.env.PATH = realPath
})

async function write(name: string, text: string): Promise<string> {
  await mkdir(join(folder, name, '..'), { recursive: true })
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const moduleOf = (value: string, include = '') =>
  `${include === '' ? '' : `\`include "${include}"\n`}module top (output logic [7:0] value_o);
  assign value_o = 8'(${value});
endmodule
`
const define = (value: number) => `localparam int Value = ${value};\n`

async function readValue(options: BuildOptions): Promise<number> {
  await using dut = await simulate(options)
  return dut.ports.value_o!
}

describe('a file that was read', () => {
  test('has a path with spaces, in a folder below an include folder', async () => {
    await write('inc dir/sub dir/the value.svh', define(3))
    const source = await write('my rtl/my top.sv', moduleOf('Value', 'sub dir/the value.svh'))
    const options = { top: 'top', sources: [source], includeDirs: [join(folder, 'inc dir')] }
    const built = await buildModel(options)
    expect(built.inputs.map(({ path }) => path)).toEqual([
      join(folder, 'inc dir/sub dir/the value.svh'),
      source,
    ])
    expect(await readValue(options)).toBe(3)
    await write('inc dir/sub dir/the value.svh', define(77))
    expect(await readValue(options)).toBe(77)
  })

  test('is named whole where it is wrong, and where it stops a run', async () => {
    const wrong = await write('my rtl/wrong top.sv', 'module top;\n  assign a = ;\nendmodule\n')
    await expect(buildModel({ top: 'top', sources: [wrong] })).rejects.toMatchObject({
      message: expect.stringContaining(`${wrong}:2:14: syntax error`),
      diagnostics: [{ file: wrong, line: 2 }],
    })
    const fatal = await write(
      'my rtl/fatal top.sv',
      'module top (input logic clk_i);\n  always @(posedge clk_i) $fatal(1, "enough");\nendmodule\n',
    )
    await using dut = await simulate({ top: 'top', sources: [fatal] })
    expect(() => dut.tick()).toThrow(`${fatal}:2: `)
  })

  test('is swapped by mv for an older one while the model is built', async () => {
    const include = await write('value.svh', define(3))
    const older = await write('older.svh', define(77))
    await utimes(older, 1, 1)
    const tools = await makeWrapper(
      `"${findProgram('verilator')}" "$@"; code=$?
case "$*" in *--cc*top.sv*) if [ -e "${older}" ]; then mv "${older}" "${include}"; fi;; esac
exit $code`,
    )
    process.env.PATH = `${tools}:${realPath}`
    const source = await write('top.sv', moduleOf('Value', 'value.svh'))
    const options = { top: 'top', sources: [source], includeDirs: [folder] }
    const built = await buildModel(options)
    expect(built.inputs).toContainEqual({ path: include, sha256: await hashFile(include) })
    expect(await readValue(options)).toBe(77)
  })
})

describe('a file that was looked for in vain', () => {
  test('appears in an earlier include folder', async () => {
    await mkdir(join(folder, 'first'))
    await write('second/value.svh', define(3))
    const source = await write('top.sv', moduleOf('Value', 'value.svh'))
    const includeDirs = ['first', 'second'].map((name) => join(folder, name))
    const options = { top: 'top', sources: [source], includeDirs }
    expect(await readValue(options)).toBe(3)
    await write('first/value.svh', define(77))
    expect(await readValue(options)).toBe(77)
    await rm(join(folder, 'first/value.svh'))
    expect(await readValue(options)).toBe(3)
  })

  test('appears in an earlier library folder', async () => {
    await mkdir(join(folder, 'first'))
    const part = (value: number) =>
      `module part (output wire [7:0] value_o);\n  assign value_o = ${value};\nendmodule\n`
    await write('second/part.sv', part(3))
    const source = await write(
      'top.sv',
      'module top (output logic [7:0] value_o);\n  part part (.value_o);\nendmodule\n',
    )
    const verilatorFlags = ['-y', join(folder, 'first'), '-y', join(folder, 'second')]
    const options = { top: 'top', sources: [source], verilatorFlags }
    expect(await readValue(options)).toBe(3)
    await write('first/part.v', part(77))
    expect(await readValue(options)).toBe(77)
  })

  test('is every place before the one where it was found, under every name', async () => {
    const files = ['second/sub/value.svh', 'second/part.sv', 'top.sv']
    const flags = ['--cc', '-Ifirst', '+incdir+second+third', '-y', 'lib', '+libext+.vlib', 'top.sv']
    const search = await readSearchPath(flags, files)
    expect(search).toEqual({
      folders: ['first', 'second', 'third', 'lib', '.'],
      endings: ['', '.v', '.sv', '.vlib'],
    })
    const absent = listAbsent(files, search)
    for (const path of ['first/sub/value.svh', 'first/part', 'first/part.v', 'second/part.v', 'lib/top.sv'])
      expect(absent).toContain(path)
    expect(absent).not.toContain('third/part.sv')
    expect(absent).not.toContain('second/part.sv')
  })

  test('is searched where -f files and --relative-includes say', async () => {
    await write('sub/flags.f', '// comment -Inot\n-I inc\n+incdir+one+two /* -y no */\n-y lib # -y not\n')
    const name = join(folder, 'sub/flags.f')
    expect((await readSearchPath(['-f', await write('plain.f', '-Ihere\n-y there')], [])).folders).toEqual([
      'here',
      'there',
      '.',
    ])
    const { folders } = await readSearchPath(['-F', name, '--relative-includes'], ['rtl/a.sv'])
    for (const each of ['one', 'two', 'lib']) expect(folders).toContain(join(folder, 'sub', each))
    expect(folders).toContain('rtl')
  })
})

test("what is Verilator's own is told by its path, not by the text of the path", async () => {
  const tools = await findTools(readEnvironment())
  const { root, binary } = tools.verilator
  expect(isOfTool(join(root, 'include', 'verilated_std.sv'), tools)).toBe(true)
  for (const path of [`${root}-rtl/include/a.sv`, `${root}/include-rtl/a.sv`, `${root}/rtl/a.sv`, 'a.sv'])
    expect(isOfTool(path, tools), path).toBe(false)
  const own = join(root, 'rtl', 'a "quoted" name.sv')
  const line = (path: string, inode: number) => `S  118  ${inode}  1795849263  41886504  1  0 "${path}"\n`
  await write(
    'Vx__verFiles.dat',
    `# DESCRIPTION\nC "--cc"\n${line(binary, 1)}${line(own, 2)}${line('my', 0)}T  1  3  1  1  1  1 "out.cpp"\n`,
  )
  expect(await listSources(folder, 'Vx', tools)).toEqual([own])
})

describe('the tool', () => {
  test('is what ran: a script that chooses by its environment is asked each time', async () => {
    const { verilator } = await findTools(readEnvironment())
    folder = await mkdtemp(join(tmpdir(), 'assay-key-'))
    const other = join(folder, 'other_bin')
    await copyFile(verilator.binary, other)
    await writeFile(other, Buffer.concat([await readFile(other), Buffer.from('another')]))
    await chmod(other, 0o755)
    const tools = await makeWrapper(
      `[ "$CHOICE" = other ] && export VERILATOR_BIN=../../..${other}
exec "${findProgram('verilator')}" "$@"`,
    )
    // As another process would find it, with what the first has left in the cache.
    const ask = (choice: string) => {
      const program = `
        import { readEnvironment } from '${join(process.cwd(), 'dist/process/environment.js')}'
        import { findTools } from '${join(process.cwd(), 'dist/simulate/build/tools.js')}'
        console.log(JSON.stringify(await findTools(readEnvironment(), '${folder}')))`
      const env = { ...process.env, PATH: `${tools}:${realPath}`, CHOICE: choice }
      return JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env }),
      )
    }
    const [first, second, third] = [ask('own'), ask('other'), ask('own')]
    expect(first.verilator.binary).toBe(verilator.binary)
    expect(second.verilator.binary).toBe(other)
    expect(second.identity).not.toBe(first.identity)
    expect(third).toEqual(first)
    expect(await readdir(folder)).not.toContain('tools-2.json')
  })

  test('obeys variables, which are part of its identity', async () => {
    const { identity } = await findTools(readEnvironment())
    process.env.CPLUS_INCLUDE_PATH = folder
    try {
      expect((await findTools(readEnvironment())).identity).not.toBe(identity)
    } finally {
      delete process.env.CPLUS_INCLUDE_PATH
    }
    expect((await findTools(readEnvironment())).identity).toBe(identity)
  })
})

describe('the cache', () => {
  test('builds afresh when it is asked to, once a process', async () => {
    const options = { top: 'top', sources: [await write('top.sv', moduleOf('3'))] }
    const built = await buildModel(options)
    const { ino } = await stat(built.library)
    expect(await buildModel({ ...options, fresh: true })).toEqual(built)
    const again = await stat(built.library)
    expect(again.ino).not.toBe(ino)
    await buildModel({ ...options, fresh: true })
    expect((await stat(built.library)).ino).toBe(again.ino)
    // What is simulated with it is no part of it.
    await using dut = await simulate({ ...options, fresh: true, plusargs: { image: 'other.hex' } })
    expect(dut.ports.value_o).toBe(3)
    expect((await stat(built.library)).ino).toBe(again.ino)
  })

  test('gives no library of another model, and none that was cut', async () => {
    const sources = [await write('top.sv', moduleOf('3'))]
    const other = [await write('other.sv', moduleOf('77'))]
    const built = await buildModel({ top: 'top', sources })
    await copyFile((await buildModel({ top: 'top', sources: other })).library, built.library)
    expect(await readValue({ top: 'top', sources })).toBe(3)
    expect(said).toEqual([`${join(built.library, '..')} is damaged: it is made again`])
    await truncate(built.library, 1000)
    expect((await buildModel({ top: 'top', sources })).key).toBe(built.key)
    expect((await stat(built.library)).size).toBeGreaterThan(1000)
  })

  test('makes again what is damaged of its lists', async () => {
    const options = { top: 'top', sources: [await write('top.sv', moduleOf('3'))] }
    const built = await buildModel(options)
    const index = join(built.library, '../../index')
    const names = await readdir(index)
    const times = await Promise.all(names.map(async (name) => (await stat(join(index, name))).mtimeMs))
    const newest = join(index, names[times.indexOf(Math.max(...times))]!)
    for (const bytes of [0, 30]) {
      await truncate(newest, bytes)
      expect(await buildModel(options)).toEqual(built)
      expect((await stat(newest)).size).toBeGreaterThan(100)
    }
    expect(said).toEqual([`${newest} is damaged: what it keeps is made again`])
  })
})

/** A folder with a `verilator` of one's own. */
async function makeWrapper(script: string): Promise<string> {
  const path = await write('bin/verilator', `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return join(path, '..')
}

test('the runtime is the same wherever an installation of the same content lies', async () => {
  const tools = await findTools(readEnvironment())
  const elsewhere = { ...tools, verilator: { ...tools.verilator, root: '/elsewhere' } }
  const keyOf = async (installed: typeof tools) => (await planRuntime(installed, folder, false, false)).key
  const key = await keyOf(tools)
  expect(await keyOf(elsewhere)).toBe(key)
  expect(await keyOf({ ...tools, identity: 'other content' })).not.toBe(key)
})
