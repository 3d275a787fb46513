/** The command in an install that lacks sharp and onnxruntime: what needs neither works, the rest says how to add them. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'
import { DEFAULT_IMAGE } from '../pipeline/shared-data.ts'
import { type CliRun, runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const { version, optionalDependencies } = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as {
  version: string
  optionalDependencies: Record<string, string>
}
const LIBRARIES = ['onnxruntime-node', 'sharp']

/** An install of what is compiled here, without some libraries. @returns its folder. */
function install(without: readonly string[]): string {
  const folder = makeFolder()
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(HOME, 'node_modules')))
    if (!name.startsWith('.') && !without.includes(name))
      symlinkSync(join(HOME, 'node_modules', name), join(modules, name))
  // Node follows links before it looks for libraries: code has to be a copy.
  for (const name of ['dist', 'package.json'])
    cpSync(join(HOME, name), join(folder, name), { recursive: true })
  for (const name of ['rtl', 'sim', 'golden', 'docs']) symlinkSync(join(HOME, name), join(folder, name))
  return folder
}

async function run(installed: string, args: readonly string[], cwd = makeFolder()): Promise<CliRun> {
  const main = join(installed, 'dist/cli/main.js')
  const {
    exitCode = -1,
    stdout,
    stderr,
  } = await execa(process.execPath, [main, ...args], { cwd, reject: false })
  return { exitCode, stdout, stderr }
}

const sentence = (library: string, purpose: string, state = 'is not installed'): string =>
  `assay: ${library}: ${state}. ${purpose} needs it. Add it with \`npm install --ignore-scripts ${library}@${optionalDependencies[library]}\`.`
const NO_SHARP = sentence('sharp', 'Reading or drawing a picture')
const NO_ONNXRUNTIME = sentence('onnxruntime-node', 'Running the float network')

test('the libraries that are left out here are the optional ones', () => {
  expect(Object.keys(optionalDependencies)).toEqual(LIBRARIES)
})

describe('without both', () => {
  const out = join(makeFolder(), 'out')
  const frozen = join(out, 'frozen')
  let small = ''
  beforeAll(async () => {
    small = install(LIBRARIES)
    await shareModels(out)
    const made = await runAssay([
      ...['golden', '--freeze', frozen, '--out', out, '--calibration-images', '4', '--quiet'],
      ...['--layers', 'model.0'],
    ])
    expect(made).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('a dump is compared with a frozen set, codes that the set lacks included', async () => {
    const golden = join(out, 'shapes-w8a8', 'golden')
    expect((await runAssay(['golden', '--out', out, '--calibration-images', '4', '--quiet'])).exitCode).toBe(
      0,
    )
    const dump = join(golden, 'model.1.npy')
    const { exitCode, stderr } = await run(small, ['compare', '--dump', dump, '--against', frozen, '--quiet'])
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  test('a frozen set is compared with the RTL', async () => {
    const words = [
      '--frozen',
      frozen,
      '--array',
      '8x8x2',
      '--out',
      out,
      '--layers',
      'model.0',
      '--quiet',
      '--json',
    ]
    const { exitCode, stdout, stderr } = await run(small, ['sim', ...words])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'exact' })
  })

  test("a module of one's own is read, and a checkpoint is shown", async () => {
    const source = join(makeFolder(), 'gate.sv')
    writeFileSync(
      source,
      'module gate (input logic a_i, output logic b_o);\n  assign b_o = ~a_i;\nendmodule\n',
    )
    const ports = await run(small, ['ports', 'gate', source])
    expect(ports).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ports.stdout).toContain('a_i')
    expect(await run(small, ['inspect', '--quiet'])).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test.each([
    { words: ['sim'], lacks: NO_SHARP },
    { words: ['golden'], lacks: NO_SHARP },
    { words: ['validate', '--stages', 'float'], lacks: NO_SHARP },
    { words: ['quantise'], lacks: NO_ONNXRUNTIME },
  ])('$words ends with one sentence', async ({ words, lacks }) => {
    const { exitCode, stdout, stderr } = await run(small, [...words, '--quiet'])
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: lacks })
  })
})

describe('without onnxruntime', () => {
  let installed = ''
  beforeAll(() => {
    installed = install(['onnxruntime-node'])
  })

  test.each([
    { words: ['sim', '--image', DEFAULT_IMAGE] },
    { words: ['sim', '--no-pictures'] },
    { words: ['roms'] },
    { words: ['validate', '--stages', 'float'] },
  ])('$words ends with one sentence', async ({ words }) => {
    const { exitCode, stderr } = await run(installed, [...words, '--quiet'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: NO_ONNXRUNTIME })
  })
})

test('a library that is there and cannot be loaded says why', async () => {
  const installed = install(['sharp'])
  const broken = join(installed, 'node_modules/sharp')
  mkdirSync(broken)
  writeFileSync(join(broken, 'package.json'), '{ "name": "sharp", "main": "index.js" }')
  writeFileSync(join(broken, 'index.js'), "throw new Error('no libvips for this system\\nsecond line')")
  const { exitCode, stderr } = await run(installed, ['sim', '--quiet'])
  const state = 'cannot be loaded (no libvips for this system)'
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: sentence('sharp', 'Reading or drawing a picture', state),
  })
})

test("--version is Assay's own in another project's folder", async () => {
  const project = makeFolder()
  writeFileSync(join(project, 'package.json'), '{ "name": "other", "version": "9.8.7" }')
  expect(await runAssay(['--version'], { cwd: project })).toEqual({
    exitCode: 0,
    stdout: version,
    stderr: '',
  })
})
