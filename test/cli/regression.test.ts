/** What a CI and a person at the editor rely on: nothing changed, two at once, killed, watched, farmed out. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { SimResult } from '../../src/result/result.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { needs } from '../witness.ts'
import { assayMain, runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const common = ['--array', '8x8x2', '--calibration-images', '4', '--no-pictures']
const few = ['--layers', 'model.0,model.22.cv2.2.2']

async function makeOut(): Promise<string> {
  const out = makeFolder()
  await shareModels(out)
  return out
}

/** Files of a run. The cache of models is shared with other runs, which write there at the same time. */
const listFiles = (folder: string, below = ''): readonly string[] =>
  readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = join(below, entry.name)
    if (name === join('cache', 'verilator')) return []
    return entry.isDirectory() ? listFiles(folder, name) : [name]
  })

const sim = (out: string, ...args: string[]) =>
  runAssay(['sim', '--out', out, '--quiet', '--json', ...common, ...args])
const beforeOf = (stdout: string) =>
  (JSON.parse(stdout) as SimResult).layers.map(({ evidence }) => evidence?.before)

/** Resolves when the process has said something that matches, so many times. */
async function waitFor(child: ChildProcess, pattern: RegExp, times = 1): Promise<void> {
  let text = ''
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      text += chunk.toString()
      if ((text.match(new RegExp(pattern, 'g')) ?? []).length >= times) resolve()
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)))
  })
}

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [assayMain, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null ? Promise.resolve(child.exitCode) : new Promise((done) => child.on('exit', done))

// What else makes it run: commands/sim/request.test.ts.
test('nothing changed is said; --no-cache runs', async () => {
  const out = await makeOut()
  expect(beforeOf((await sim(out, ...few)).stdout)).toEqual([false, false])
  const again = await sim(out, ...few, '--jobs', '1')
  expect(beforeOf(again.stdout)).toEqual([true, true])
  // What was proved is an earlier run's; who asks, and at which commit, is this one's.
  const { command, words } = (JSON.parse(again.stdout) as SimResult).run.origin!
  expect(command.slice(-2)).toEqual(['--jobs', '1'])
  expect(words).toEqual(['--calibration-images', '4', ...few, '--array', '8x8x2'])
  expect(beforeOf((await sim(out, ...few, '--no-cache')).stdout)).toEqual([false, false])
})

test('two runs at once in one folder are both exact', async () => {
  const out = await makeOut()
  const runs = await Promise.all([sim(out, ...few), sim(out, ...few), sim(out, ...few, '--observer', 'max')])
  for (const { exitCode, stdout, stderr } of runs) {
    // One of them quantises: on a slow machine the other says that it waits.
    expect(stderr).toMatch(/^(assay: waiting for process \d+ on .*\.lock\n?)*$/)
    expect(exitCode).toBe(0)
    expect((JSON.parse(stdout) as SimResult).verdict).toBe('exact')
  }
  expect(listFiles(out).filter((name) => /\.tmp$|\.lock$/.test(name))).toEqual([])
})

test('a killed run leaves no report and no half file, and the next one goes on with what was proved', async () => {
  const out = await makeOut()
  const child = start(['sim', '--out', out, ...common, '--jobs', '1'])
  await waitFor(child, /simulate each layer/)
  const evidence = join(out, 'cache', 'evidence')
  while (!existsSync(evidence) || readdirSync(evidence).length < 3)
    await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await ended(child)
  const run = join(out, 'shapes-w8a8')
  expect(existsSync(join(run, 'sim.json')) || existsSync(join(run, 'report.json'))).toBe(false)
  const { exitCode, stdout } = await sim(out)
  expect(exitCode).toBe(0)
  const before = beforeOf(stdout)
  expect(before).toHaveLength(74)
  expect(before.filter((each) => each === true).length).toBeGreaterThan(0)
})

test('--watch runs again when RTL is saved, and Ctrl-C leaves nothing behind', async () => {
  const out = await makeOut()
  const rtl = join(makeFolder(), 'rtl')
  await cp(join(HOME, 'rtl'), rtl, { recursive: true })
  const child = start(['sim', '--watch', '--out', out, '--rtl', rtl, '--quiet', ...common, ...few])
  await waitFor(child, /Watching/)
  const again = waitFor(child, /(?:Proved)[\s\S]*Watching/)
  const file = join(rtl, 'rom.sv')
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n// saved\n`)
  await again
  // As a change of branches does it.
  const missing = waitFor(child, /rtl\.f: no such file[\s\S]*Watching/)
  renameSync(rtl, `${rtl}.away`)
  await missing
  const back = waitFor(child, /(?:Proved)[\s\S]*Watching/)
  await cp(`${rtl}.away`, rtl, { recursive: true })
  await back
  const code = ended(child)
  child.kill('SIGINT')
  expect(await code).toBe(130)
  expect(listFiles(out).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

needs('Slurm, as root', 'on a Slurm cluster of one machine', () => {
  test('a shard that was lost is submitted again, and the whole is exact', async () => {
    const out = await makeOut()
    const cluster = makeFolder()
    const script = join(HOME, 'scripts', 'slurm-cluster.sh')
    const started = spawnSync(script, ['start', cluster], { encoding: 'utf8' })
    expect(started.stderr).toBe('')
    onTestFinished(() => void spawnSync(script, ['stop', cluster]))
    process.env.SLURM_CONF = join(cluster, 'slurm.conf')
    onTestFinished(() => {
      delete process.env.SLURM_CONF
    })
    const folder = join(out, 'farm')
    // No task ends before one is lost, however slow this test is.
    const later = '--sbatch=--begin=now+1hour'
    const args = ['--folder', folder, '-n', '2', '--json', later, '--', '--out', out, ...common, ...few]
    const child = start(['farm', '--slurm', ...args])
    let stdout = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    const resubmitted = waitFor(child, /attempt 2/)
    let task = ''
    // What ends it says why.
    while (task === '' && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const queue = spawnSync('squeue', ['-h', '-r', '-o', '%i'], { encoding: 'utf8' }).stdout
      task = queue.split('\n').find((id) => id.endsWith('_2')) ?? ''
    }
    spawnSync('scancel', [task])
    const hurry = setInterval(() => {
      const jobs = spawnSync('squeue', ['-h', '-o', '%A'], { encoding: 'utf8' }).stdout.split('\n')
      for (const job of jobs.filter((id) => id !== ''))
        spawnSync('scontrol', ['update', `JobId=${job}`, 'StartTime=now'])
    }, 500)
    onTestFinished(() => clearInterval(hurry))
    await resubmitted
    expect(await ended(child)).toBe(0)
    const result = JSON.parse(stdout) as SimResult
    expect(result.verdict).toBe('exact')
    expect(result.layers.map(({ name }) => name)).toEqual(['model.0', 'model.22.cv2.2.2'])
  })
})
