/**
 * The packed package in other people's projects, with no network but the npm registry and with install scripts on: `make test-package`.
 * Prints the figures of the README that are about installing.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shareModels } from '../cli/share-models.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { testWith } from '../witness.ts'
import { type Firewall, raiseFirewall } from './firewall.ts'
import { HOME, listTarball, makeProject, type Project, type Ran, writeBench } from './project.ts'

interface Manifest {
  readonly version: string
  readonly optionalDependencies: Readonly<Record<string, string>>
}
const manifest = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as Manifest
/** docs/installing.md: versions that there are not, which npm leaves out as it may leave out whatever is optional. */
const SMALL = {
  overrides: {
    assay: Object.fromEntries(
      Object.keys(manifest.optionalDependencies).map((name) => [name, '0.0.0-left-out']),
    ),
  },
}
const NPM = Number.parseInt(execFileSync('npm', ['--version'], { encoding: 'utf8' }), 10)
/** docs/installing.md: npm 10 fails on the peers of vitest 4.1, also without Assay. */
const PEERS: Readonly<Record<string, string>> = NPM < 11 ? { npm_config_legacy_peer_deps: 'true' } : {}
const folder = makeFolder()
const figures: string[] = []
let firewall: Firewall
let tarball = ''
const inProject = (settings: object = {}): Project =>
  makeProject(settings, {
    ...firewall.environment,
    ...PEERS,
    npm_config_cache: join(folder, 'cache'),
  })
const npmInstall = async (project: Project, ...words: readonly string[]) => {
  const ran = await project.run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...words)
  expect(ran).toMatchObject({ exitCode: 0 })
  return ran
}
async function sim(project: Project): Promise<Ran> {
  const out = join(project.folder, 'sim')
  if (!existsSync(out)) await shareModels(out)
  return await project.run('assay', 'sim', '--layers', 'model.0,model.22', '--quiet', '--out', out)
}
const isThere = (project: Project, name: string): boolean =>
  existsSync(join(project.folder, 'node_modules', name))

/** The project's tests, measured by the project's vitest. */
async function measureBench(project: Project): Promise<void> {
  const mutants = await project.run('assay', 'mutate', 'rtl/counter.sv', '--quiet')
  expect(mutants, mutants.stderr).toMatchObject({ exitCode: 0 })
  expect(mutants.stdout).toMatch(/^rtl\/counter\.sv +16 +\d+/m)
  const coverage = await project.run('assay', 'coverage', '--quiet')
  expect(coverage, coverage.stderr).toMatchObject({ exitCode: 0 })
}

beforeAll(async () => {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], {
    cwd: folder,
    encoding: 'utf8',
  }).trim()
  firewall = await raiseFirewall(registry, folder)
  tarball = execFileSync(join(HOME, 'scripts/pack.sh'), [folder], { encoding: 'utf8' }).trim()
})
afterAll(async () => {
  await firewall[Symbol.asyncDispose]()
  process.stdout.write(`\n${figures.join('\n')}\n`)
})

describe('the tarball', () => {
  test('holds what a user runs, and nothing else', () => {
    const names = listTarball(tarball)
    for (const name of [
      'dist/cli/main.js',
      'dist/index.d.ts',
      'dist/testing/index.d.ts',
      'rtl/rtl.f',
      'sim/bridge.cpp',
      'LICENSE',
    ])
      expect(names).toContain(name)
    expect(
      names.filter((name) => /\.map$|\.py$|tsbuildinfo|^dist\/(bench|mutate)\/|^(src|test)\//.test(name)),
    ).toEqual([])
  })

  test('is the same from a clean clone and from one where more was built', () => {
    const built = makeFolder()
    cpSync(join(folder, 'source'), built, { recursive: true, verbatimSymlinks: true })
    mkdirSync(join(built, 'dist/bench'), { recursive: true })
    for (const name of ['dist/bench/main.js', 'dist/stale.js', 'dist/.tsbuildinfo'])
      writeFileSync(join(built, name), '')
    execFileSync('npm', ['pack', '--silent'], { cwd: built })
    expect(listTarball(join(built, `assay-${manifest.version}.tgz`))).toEqual(listTarball(tarball))
  })
})

describe('a project', () => {
  test('of own RTL: under 30 MB, its bench runs, and what is left out can be added', async () => {
    const project = inProject(SMALL)
    const { seconds } = await npmInstall(project, tarball)
    expect(project.size()).toBeLessThan(30)
    figures.push(
      `npm install for own RTL: ${project.size()} MB, ${project.count()} packages, ${seconds.toFixed(1)} s`,
    )
    expect(Object.keys(manifest.optionalDependencies).filter((name) => isThere(project, name))).toEqual([])
    // As the CI of that project installs it, from its lock file.
    await project.run('rm', '-rf', 'node_modules')
    await npmInstall(project)
    expect(project.size()).toBeLessThan(30)
    await npmInstall(project, '--save-dev', 'vitest@4')
    writeBench(project)
    const ran = await project.run('vitest', 'run')
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 })
    expect(ran.stdout).toMatch(/Tests +6 passed/)
    await measureBench(project)
    // What was left out is added by the commands that the sentences name.
    for (const name of ['sharp', 'onnxruntime-node']) {
      const { exitCode, stderr } = await sim(project)
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: expect.stringContaining(`assay: ${name}: `),
      })
      const [program, ...words] = /Add it with `([^`]*)`\.$/.exec(stderr)![1]!.split(' ')
      expect(await project.run(program!, ...words)).toMatchObject({ exitCode: 0 })
    }
    expect(await sim(project)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Proved: ') })
  })

  test('that was empty: an install script that is refused its host does not fail the install', async () => {
    const project = inProject()
    await npmInstall(project, tarball)
    expect(await project.run('assay', '--version')).toMatchObject({ exitCode: 0, stdout: manifest.version })
  })

  test('that was empty: without install scripts it has all that assay sim needs', async () => {
    const project = inProject()
    const { seconds } = await npmInstall(project, '--ignore-scripts', tarball)
    figures.push(
      `npm install, all of it: ${project.size()} MB, ${project.count()} packages, ${seconds.toFixed(1)} s`,
    )
    expect(await project.run('assay', '--version')).toMatchObject({ exitCode: 0, stdout: manifest.version })
    expect(await sim(project)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Proved: ') })
  })

  test('with vitest 5: npm installs both', async () => {
    await npmInstall(inProject(), '--package-lock-only', tarball, 'vitest@5')
  })

  testWith('Node 22.12', 'with vitest 5: its bench runs', async () => {
    const project = inProject(SMALL)
    await npmInstall(project, tarball, 'vitest@5')
    writeBench(project)
    const ran = await project.run('vitest', 'run')
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 })
    expect(ran.stdout).toMatch(/Tests +6 passed/)
    expect(ran.stdout).toMatch(/v5\.\d/)
    await measureBench(project)
  })
})

test('npm ci of a developer takes under 460 MB', async () => {
  const { folder: own, run, size } = makeProject({}, {})
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(HOME, name), join(own, name))
  const { seconds } = await run('npm', 'ci', '--ignore-scripts', '--loglevel=error')
  figures.push(`npm ci: ${size()} MB, ${seconds.toFixed(1)} s with npm's cache`)
  expect(size()).toBeLessThan(460)
})
