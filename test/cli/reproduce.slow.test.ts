/** The line of a red part, as it was printed, run by a shell in a fresh clone: the same layer is red at the same element. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkJson } from '../../src/input/schema.ts'
import { finishNight } from '../../src/pipeline/regress/finish-night.ts'
import { nightSchema } from '../../src/regress/night.ts'
import { parseReport, type Report } from '../../src/result/report-file.ts'
import { isRed } from '../../src/result/result.ts'
import { breakRtl, MIN_POOL } from '../pipeline/broken-rtl.ts'
import { git } from '../pipeline/git.ts'
import { BUFFERED } from '../pipeline/own-rtl/upsampler.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { fault, makeNight } from '../regress/nights.ts'
import { runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const IMAGE = join(HOME, 'golden/default/val/000000.png')
const quick = ['--calibration-images', '4', '--no-pictures', '--no-waveform', '--quiet', '--report', 'json']
const POOL = 'model.9.m@1'

/** Assay as a package of the project that `npm ci` installs without a registry: its program and its types are those of this checkout. */
function addAssay(folder: string): void {
  const own = join(folder, 'vendor', 'assay')
  mkdirSync(own, { recursive: true })
  const bin = { assay: 'main.js' }
  const dist = (path: string): string => JSON.stringify(pathToFileURL(join(HOME, 'dist', path)).href)
  writeFileSync(
    join(own, 'package.json'),
    JSON.stringify({ name: 'assay', version: '0.0.0', type: 'module', bin, exports: './index.js' }),
  )
  writeFileSync(join(own, 'main.js'), `#!/usr/bin/env node\nimport ${dist('cli/main.js')}\n`, { mode: 0o755 })
  writeFileSync(join(own, 'index.js'), `export * from ${dist('index.js')}\n`)
  const devDependencies = { assay: 'file:vendor/assay' }
  const head = { name: 'project', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...head, devDependencies }))
  const packages = {
    '': { name: 'project', devDependencies },
    'node_modules/assay': { resolved: 'vendor/assay', link: true },
    'vendor/assay': { name: 'assay', version: '0.0.0', dev: true, bin },
  }
  const lock = { name: 'project', lockfileVersion: 3, requires: true, packages }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

/** A project with RTL that is wrong, a picture whose name a shell would take apart, and a module of its own. */
const project = makeFolder()
beforeAll(async () => {
  await breakRtl([MIN_POOL], join(project, 'hw', 'rtl'))
  await cp(IMAGE, join(project, 'hw', `it's $HOME.png`))
  const module = readFileSync(join(BUFFERED.folder, 'buffered_upsample.sv'), 'utf8').replace(
    'column / 2',
    'column / 3',
  )
  writeFileSync(join(project, 'hw', 'buffered_upsample.sv'), module)
  const config = `import { defineConfig } from 'assay'\nexport default defineConfig(${JSON.stringify(BUFFERED.config)})\n`
  writeFileSync(join(project, 'hw', 'assay.config.ts'), config)
  writeFileSync(join(project, '.gitignore'), 'node_modules\nbuild\n')
  addAssay(project)
  await git(project, 'init', '--quiet')
  await git(project, 'add', '.')
  await git(project, 'commit', '--quiet', '--message', 'broken')
})

/** What a run says of its first red layer. */
const redOf = ({ layers }: Report) => {
  const { name, first, mismatches, seeds } = layers.find(isRed)!
  return { name, first, mismatches, red: seeds?.red }
}

const run = async (words: readonly string[]): Promise<Report> => {
  const out = makeFolder()
  await shareModels(out)
  const cwd = join(project, 'hw')
  const { exitCode, stderr } = await runAssay(
    ['sim', ...words, ...quick, '--out', out, '--result-folder', out],
    { cwd },
  )
  expect([exitCode, stderr]).toEqual([1, ''])
  return parseReport(readFileSync(join(out, 'report.json'), 'utf8'), out)
}

/** Runs a line as a person would who has cloned the project. */
async function follow(line: string): Promise<Report> {
  const clone = makeFolder()
  await git(clone, 'clone', '--quiet', project, '.')
  // Another commit is there, so that the line has to go back.
  writeFileSync(join(clone, 'later'), '')
  await git(clone, 'add', '.')
  await git(clone, 'commit', '--quiet', '--message', 'later')
  mkdirSync(join(clone, 'hw', 'build'), { recursive: true })
  await shareModels(join(clone, 'hw', 'build'))
  const { exitCode, stderr } = await execa('/bin/sh', ['-c', line], {
    cwd: clone,
    reject: false,
    stdin: 'ignore',
    // It needs nothing of a registry.
    env: { npm_config_offline: 'true', npm_config_audit: 'false' },
  })
  expect(exitCode, stderr).toBe(1)
  const folder = /--module/.test(line) ? 'shapes-w8a8-hw' : 'shapes-w8a8'
  const path = join(clone, 'hw', 'build', folder, 'report.json')
  return parseReport(readFileSync(path, 'utf8'), path)
}

describe('a red run, seen again in a fresh clone', () => {
  test.each([
    [
      'isolated',
      ['--rtl', 'rtl', '-i', join(project, 'hw', `it's $HOME.png`), '--array', '8x8x2', '-l', 'model.9'],
    ],
    ['chained', ['--rtl=rtl', '--array', '8x8x2', '--mode', 'chained']],
    ['own module', ['--module', 'assay.config.ts', '--layers', 'model.10']],
  ])('%s', async (mode, words) => {
    const report = await run(words)
    const { line, notes } = report.reproduce!
    expect(line).toMatch(
      /^git checkout [0-9a-f]{40} && cd hw && npm ci --ignore-scripts && npx --no-install assay sim --/,
    )
    expect(notes.join('\n')).toContain(`: ${report.run.imageHash}`)
    const again = await follow(line)
    expect(redOf(again)).toEqual(redOf(report))
    expect(again.run).toMatchObject({ rtlHash: report.run.rtlHash, imageHash: report.run.imageHash })
    // Nothing but the red layer, where it runs alone.
    expect(again.layers.length === 1).toBe(mode !== 'chained')
  })
})

test('every red entry of a night, from its own power-up', async () => {
  const own = ['--rtl', 'rtl', '--array', '8x8x2', '--layers', 'model.9', '--seeds', '1..2']
  const words = [...own, '--calibration-images', '4']
  const report = await run(own)
  const night = makeNight({
    images: 1,
    seeds: 2,
    fate: () => ({ status: 'differs', fault: fault({ layer: POOL }) }),
  })
  const { origin, imageHash } = report.run
  const runs = night.runs.map((each) => ({ ...each, words, folder: join(project, 'hw'), imageHash }))
  const folder = makeFolder()
  await finishNight(
    { ...night, runs, origin: { ...origin!, folder: 'hw' } },
    folder,
    { kinds: new Set(), against: null, maxCyclesGrowth: null, env: {} },
    join(project, 'hw'),
  )
  const path = join(folder, 'regress.json')
  const { entries } = checkJson(nightSchema, readFileSync(path, 'utf8'), path)
  expect(entries.map(({ seed, reproduce }) => [seed, reproduce!.line.includes(`--seeds ${seed}`)])).toEqual([
    [1, true],
    [2, true],
  ])
  const again = await follow(entries[1]!.reproduce!.line)
  expect(redOf(again)).toMatchObject({ name: POOL, red: [2] })
  const { mismatches } = report.layers.find(({ name }) => name === POOL)!
  expect(redOf(again).mismatches).toBe(mismatches)
})
