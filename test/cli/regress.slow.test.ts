/** `assay regress` as a team uses it: a night, again, killed, in shards, on another scheduler's machines. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Night } from '../../src/regress/night.ts'
import { takeLock } from '../../src/store/lock.ts'
import { breakRtl, MIN_POOL } from '../pipeline/broken-rtl.ts'
import { git } from '../pipeline/git.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { makeNight } from '../regress/nights.ts'
import { assayMain, runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const IMAGES = join(HOME, 'golden', 'default', 'val')
const project = makeFolder()
const out = join(project, 'build')
let folder: string

const OPTIONS =
  'options: { array: 8x8x2, calibration-images: 4, layers: "model.0,model.9.m@1", waveform: false }'
const matrix = (rtl: string): string =>
  `${OPTIONS}\nmatrix:\n  image: [0.png, 1.png]\n  rtl: ${rtl}\n  seeds: 1..2\n`
const regress = (...words: readonly string[]) =>
  runAssay(['regress', '--folder', folder, ...words], { cwd: project })
const plan = (text: string): string => {
  writeFileSync(join(project, 'night.yaml'), text)
  return 'night.yaml'
}
const readNight = (): Night => JSON.parse(readFileSync(join(folder, 'regress.json'), 'utf8'))
const statusesOf = ({ entries }: Night) =>
  Object.fromEntries(entries.map(({ name, status }) => [name, status]))

beforeAll(async () => {
  await shareModels(out)
  await breakRtl([MIN_POOL], join(project, 'broken'))
  await cp(join(HOME, 'rtl'), join(project, 'good'), { recursive: true })
  for (const index of [0, 1, 2, 3, 4, 5])
    await cp(join(IMAGES, `00000${index}.png`), join(project, `${index}.png`))
})
beforeEach(() => {
  folder = join(makeFolder(), "it's a night")
})

test('a night to one record; nothing has changed in the next', async () => {
  const file = plan(matrix('good'))
  const first = await regress(file)
  expect([first.exitCode, first.stderr]).toEqual([
    0,
    expect.stringMatching(/^4 entries in 2 runs; how long .*\n/),
  ])
  const names = [0, 1].flatMap((image) => [1, 2].map((seed) => `shapes w8a8 ${image} isolated seed=${seed}`))
  const night = readNight()
  expect(statusesOf(night)).toEqual(Object.fromEntries(names.map((name) => [name, 'exact'])))
  expect(night).toMatchObject({ verdict: 'exact', name: 'night', plan: { file: 'night.yaml' } })
  expect(night.designs).toMatchObject([
    { name: 'shapes w8a8 isolated', cycles: { 'model.0': expect.any(Number) } },
  ])
  expect(night.runs[0]!.words).toEqual(
    expect.arrayContaining(['--image', '0.png', '--rtl', 'good', '--seeds', '1,2']),
  )
  const again = await regress(file)
  expect([again.exitCode, again.stderr]).toEqual([
    0,
    expect.stringMatching(/^4 entries in 2 runs, about .* if all/),
  ])
  expect(new Set(Object.values(statusesOf(readNight())))).toEqual(new Set(['before']))
  expect(readNight().startedAt > night.startedAt).toBe(true)
})

test('nobody plans, joins or runs where a night runs, and nobody plans where a shard does', async () => {
  const file = plan(matrix('good'))
  expect((await regress(file, '--plan', '-n', '2')).exitCode).toBe(0)
  const text = readFileSync(join(folder, 'plan.json'), 'utf8')
  const refused = async (words: readonly string[], what: string) => {
    const { exitCode, stderr } = await regress(...words)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`process ${process.pid} on`)])
    expect(stderr).toContain(what)
  }
  const night = await takeLock(join(folder, 'night.lock'))
  for (const words of [[file], [file, '--plan'], ['--shard', '1/2'], ['--join']])
    await refused(words, 'runs a night here')
  await night.release()
  const shard = await takeLock(join(folder, 'shard-1.lock'))
  for (const words of [[file], [file, '--plan'], ['--shard', '1/2'], ['--join']])
    await refused(words, 'runs shard 1 here')
  await shard.release()
  expect(readFileSync(join(folder, 'plan.json'), 'utf8')).toBe(text)
  expect(readdirSync(folder)).toEqual(['plan.json'])
})

test('red RTL is red in its entries alone, and the exit code is 1', async () => {
  const { exitCode, stdout } = await regress(plan(matrix('[good, broken]')), '--json')
  expect(exitCode).toBe(1)
  const night = JSON.parse(stdout) as Night
  expect(night).toMatchObject({ verdict: 'mismatch' })
  for (const { name, status, fault } of night.entries)
    expect([name, status, fault?.layer]).toEqual(
      name.includes('rtl=broken')
        ? [name, 'differs', 'model.9.m@1']
        : [name, expect.stringMatching(/exact|before/), undefined],
    )
  expect(night.entries.filter(({ status }) => status === 'differs')).toHaveLength(4)
})

test('what was not exact runs again alone, and the rest is exact only where its proof holds', async () => {
  const picture = (index: number): string => join(project, `${index}.png`)
  const [own, before] = [readFileSync(picture(0)), readFileSync(picture(1))]
  onTestFinished(() => {
    writeFileSync(picture(0), own)
    writeFileSync(picture(1), before)
  })
  // Of these no test has evidence.
  const fresh = (index: number): Buffer => readFileSync(join(IMAGES, `00000${index}.png`))
  const file = plan(matrix('good'))
  const rerun = async (...words: readonly string[]) => regress(file, '--rerun-failed', ...words)
  expect(await rerun()).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no night has ended here'),
  })
  // Its head is whole, so that only its run can tell.
  writeFileSync(picture(1), before.subarray(0, before.length / 2))
  const alone = await regress(file, '--against', 'last')
  expect([alone.exitCode, alone.stdout.includes('Against the night')]).toEqual([2, false])
  const beginning = alone.stderr.replaceAll(/\s+/g, ' ')
  expect(beginning).toMatch(/^! No night of \S+ is in .+ yet: this one is compared with none\. /)
  const first = readNight()
  const names = (index: number) => [1, 2].map((seed) => `shapes w8a8 ${index} isolated seed=${seed}`)
  const why = names(1).map((name) => `${name}: without a result`)
  expect((await rerun('--list')).stdout).toMatch(new RegExp(`^${why.join('\n')}\n2 entries in 1 run`))

  writeFileSync(picture(1), fresh(2))
  writeFileSync(picture(0), fresh(3))
  const { exitCode, stdout, stderr } = await rerun()
  expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/^2 entries in 1 run/)])
  const said = stdout.replaceAll(/\s+/g, ' ')
  expect(said).toContain('Not proved: no entry differs, but 2 of 4 entries did not run')
  expect(said).toContain('2 entries that were exact then are unproven: run the plan without --rerun-failed.')
  expect(statusesOf(readNight())).toEqual({
    ...Object.fromEntries(names(0).map((name) => [name, 'notRun'])),
    ...Object.fromEntries(names(1).map((name) => [name, 'exact'])),
  })
  expect(readNight().rerun).toEqual({ of: first.startedAt })

  writeFileSync(picture(0), own)
  const last = await rerun()
  expect([last.exitCode, last.stderr]).toEqual([
    0,
    expect.stringMatching(/^Everything was exact in the night before/),
  ])
  expect(new Set(Object.values(statusesOf(readNight())))).toEqual(new Set(['before']))
  const records = readdirSync(join(folder, 'history')).filter((name) => name.endsWith('.json'))
  expect(records).toHaveLength(2)
})

test('RTL that does not compile differs nowhere: the exit code is 3', async () => {
  await cp(join(project, 'good'), join(project, 'torn'), { recursive: true })
  const file = join(project, 'torn', 'rom.sv')
  writeFileSync(file, readFileSync(file, 'utf8').replace('endmodule', ''))
  const { exitCode } = await regress(plan(matrix('[good, torn]')))
  expect(exitCode).toBe(3)
  const { verdict, entries, runs } = readNight()
  expect(verdict).toBe('broken')
  expect(entries.filter(({ status }) => status === 'error')).toHaveLength(4)
  expect(runs.filter(({ exitCode: code, error }) => code === 3 && /rom\.sv/.test(error ?? ''))).toHaveLength(
    2,
  )
})

/** A process of a night, once one of its runs has a record. */
async function untilOneRan(file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [assayMain, 'regress', '--folder', folder, '--jobs', '1', file], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  while (listRecords().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  return child
}
function listRecords(): readonly string[] {
  const runs = join(folder, 'runs')
  return existsSync(runs) ? readdirSync(runs).filter((id) => existsSync(join(runs, id, 'run.json'))) : []
}

// On images that no run has seen.
test.each([
  ['SIGKILL', '[2.png, 3.png]'],
  ['SIGINT', '[4.png, 5.png]'],
] as const)('a night that was ended by %s goes on where it was', async (signal, images) => {
  const file = plan(`${OPTIONS}\nmatrix:\n  image: ${images}\n  rtl: good\n  seeds: [null, 1]\n`)
  const child = await untilOneRan(file)
  const exit = new Promise<readonly unknown[]>((resolve) => child.on('exit', (...how) => resolve(how)))
  child.kill(signal)
  expect(await exit).toEqual(signal === 'SIGINT' ? [130, null] : [null, 'SIGKILL'])
  const there = listRecords()
  expect(there.length).toBeLessThan(4)
  expect(existsSync(join(folder, 'regress.json'))).toBe(false)
  const states = there.map((id) => readFileSync(join(folder, 'runs', id, 'run.json'), 'utf8'))
  const { exitCode, stderr } = await regress(file)
  expect([exitCode, stderr]).toEqual([
    0,
    expect.stringMatching(
      new RegExp(`^Going on with the night of .* UTC: ${there.length} of 4 runs are exact`),
    ),
  ])
  expect(there.map((id) => readFileSync(join(folder, 'runs', id, 'run.json'), 'utf8'))).toEqual(states)
  expect(Object.keys(statusesOf(readNight()))).toHaveLength(4)
  expect(readNight().verdict).toBe('exact')
})

test('a night that goes on takes nothing that rests on what has changed since, and names the commit that ran', async () => {
  const rtl = join(project, 'included')
  await cp(join(project, 'good'), rtl, { recursive: true })
  const top = join(rtl, 'detector.sv')
  writeFileSync(top, `\`include "inc/flip.svh"\n${readFileSync(top, 'utf8')}`)
  mkdirSync(join(rtl, 'inc'))
  const flip = (text: string): void => writeFileSync(join(rtl, 'inc', 'flip.svh'), text)
  flip('')
  await git(project, 'init', '--quiet')
  await git(project, 'add', 'included', '0.png')
  await git(project, 'commit', '--quiet', '-m', 'a')
  const commit = await git(project, 'rev-parse', 'HEAD')
  const file = plan(`${OPTIONS}\nmatrix: { image: 0.png, rtl: included }\n`)
  await regress(file, '--plan', '-n', '1')
  expect((await regress('--shard', '1/1')).exitCode).toBe(0)
  const isRun = (): boolean => existsSync(join(folder, 'runs', readNight().runs[0]!.id, 'report.json'))
  // Only what it includes, two folders away, has changed: not the list, and no source that it names.
  flip('this is no SystemVerilog')
  await git(project, 'commit', '--quiet', '-a', '-m', 'b')
  expect((await regress('--join')).exitCode).toBe(0)
  expect(readNight().origin).toMatchObject({ commit, dirty: expect.any(Boolean) })
  expect(isRun()).toBe(true)
  expect((await regress('--shard', '1/1')).exitCode).toBe(3)
  expect((await regress('--join')).exitCode).toBe(3)
  expect(readNight().entries[0]).toMatchObject({ status: 'error' })
  expect(isRun()).toBe(false)
})

test('shards of a plan, on any machine, and the whole', async () => {
  const file = plan(matrix('good'))
  expect(await regress(file, '--plan', '-n', '2')).toMatchObject({ exitCode: 0, stderr: '' })
  const shared = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as {
    readonly shards: readonly string[]
  }
  expect(shared.shards).toEqual(['1/2', '2/2'])
  const shard = (name: string, ...words: readonly string[]) =>
    runAssay(['regress', ...words, '--folder', folder, '--shard', name, '--quiet'], { cwd: project })
  expect((await regress('--join')).exitCode).toBe(3)
  expect(Object.values(statusesOf(readNight()))).toEqual(Array.from({ length: 4 }, () => 'notRun'))
  expect(await shard('1/2')).toMatchObject({ exitCode: 0, stdout: 'Shard 1/2: 2 entries, 0 red.' })
  expect((await regress('--join')).exitCode).toBe(3)
  const lost = readNight().runs.flatMap(({ error }) => error ?? [])
  expect(lost).toEqual([expect.stringMatching(/^shard 2\/2 left no result of it: its job failed/)])
  expect(Object.values(statusesOf(readNight())).filter((status) => status === 'notRun')).toHaveLength(2)
  expect((await shard('2/2')).exitCode).toBe(0)
  expect((await regress('--join')).exitCode).toBe(0)
  expect(readNight().verdict).toBe('exact')
  writeFileSync(join(project, 'other.yaml'), matrix('good'))
  expect((await shard('1/2', 'other.yaml')).stderr).toMatch(/plan\.json is of the plan night, not of other/)
  expect((await shard('1/3')).stderr).toMatch(/the plan has 2 shards, not 3/)
  const path = join(folder, 'plan.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"--seeds","1,2"', '"--seeds","1,3"'))
  const changed = await shard('1/2')
  expect([changed.exitCode, changed.stderr]).toEqual([
    2,
    expect.stringMatching(/not the one that it names \(identity\)/),
  ])
})

test('a plan that has changed since it was planned is no plan of the shards', async () => {
  const file = plan(matrix('good'))
  expect((await regress(file, '--plan', '-n', '2')).exitCode).toBe(0)
  plan(matrix('good').replace('[0.png, 1.png]', '[1.png]'))
  for (const words of [['--join'], ['--shard', '1/2']]) {
    const { exitCode, stderr } = await regress(file, ...words)
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('night.yaml: asks for other entries than'),
    ])
  }
})

test('a list runs nothing', async () => {
  const { exitCode, stdout, stderr } = await regress(plan(matrix('good')), '--list')
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(stdout.split('\n')).toEqual([
    ...['shapes w8a8 0 isolated seed=1', 'shapes w8a8 0 isolated seed=2'],
    ...['shapes w8a8 1 isolated seed=1', 'shapes w8a8 1 isolated seed=2'],
    expect.stringMatching(/^4 entries in 2 runs; how long they take is not known/),
  ])
  expect(existsSync(join(folder, 'plan.json'))).toBe(false)
  const json = await regress(plan(matrix('good')), '--list', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ name: 'night', seconds: null, runs: [{}, {}] })
})

test('wrong calls', async () => {
  expect((await regress()).stderr).toMatch(/name a plan/)
  expect((await regress(plan('matrix:\n  imge: x'))).stderr).toMatch(
    /night\.yaml:2: imge: there is no option imge/,
  )
  expect((await regress('night.yaml', '--max-cycles-growth', '1%')).stderr).toMatch(
    /--max-cycles-growth: compares with another night, and none is named\. Name one: --against last\./,
  )
  for (const word of ['--shard=1/2', '--join', '--plan', '--slurm', '--restart', '--no-cache']) {
    const { exitCode, stderr } = await regress('night.yaml', '--rerun-failed', word)
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^assay: --(rerun-failed|restart|no-cache): not honoured by .*\. Leave it out\.$/,
      ),
    ])
  }
  const other = join(makeFolder(), 'regress.json')
  writeFileSync(other, JSON.stringify(makeNight()))
  const against = await regress(plan(matrix('good')), '--against', other, '--max-cycles-growth', '1%')
  expect([against.exitCode, against.stderr]).toEqual([
    2,
    expect.stringMatching(/^assay: --against: the night of .* has no entry of this plan\./),
  ])
  expect(existsSync(join(folder, 'plan.json'))).toBe(false)
  expect((await regress('nowhere.yaml')).stderr).toMatch(/nowhere\.yaml: no such file/)
  expect((await regress('--shard', '1/2')).stderr).toMatch(/plan\.json: no such file\. Write it with/)
})
