/** `assay regress --slurm` on a real cluster of one machine, on which all goes wrong that can. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { isRedEntry, type Night } from '../../src/regress/night.ts'
import type { SimResult } from '../../src/result/result.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { needs } from '../witness.ts'
import { assayMain } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const script = join(HOME, 'scripts', 'slurm-cluster.sh')
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

let project: string
let cluster: string
let folder: string
const ask = (command: string): void => {
  const { status, stderr } = spawnSync(script, [command, cluster], { encoding: 'utf8' })
  expect([command, status, stderr]).toEqual([command, 0, ''])
}
const squeue = (): string => spawnSync('squeue', ['-h', '-r', '-o', '%i %T'], { encoding: 'utf8' }).stdout

/** Waits for as long as the test may take. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(100)
}

interface Started {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

function start(...words: readonly string[]): Started {
  const child = spawn(process.execPath, [assayMain, ...words], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return { child, said: () => said, ended: new Promise((resolve) => child.on('exit', resolve)) }
}

const PLAN = `options: { array: 8x8x2, calibration-images: 4, layers: model.0..model.4 }
matrix: { image: images, seeds: [null, 1..2] }
`
const regress = (...words: readonly string[]) =>
  start('regress', 'night.yaml', '--slurm', '-n', '3', '--folder', folder, ...words)
const records = (): number =>
  !existsSync(join(folder, 'runs'))
    ? 0
    : readdirSync(join(folder, 'runs'), { recursive: true }).filter((name) =>
        String(name).endsWith('run.json'),
      ).length
const readNight = (): Night => JSON.parse(readFileSync(join(folder, 'regress.json'), 'utf8'))

needs(['Slurm, as root', 'the right to mount a tmpfs'], 'on a Slurm cluster of one machine', () => {
  beforeEach(async () => {
    project = makeFolder()
    cluster = makeFolder()
    folder = join(project, 'night')
    mkdirSync(join(project, 'images'))
    for (const index of [0, 1, 2])
      await cp(
        join(HOME, 'golden', 'default', 'val', `00000${index}.png`),
        join(project, 'images', `${index}.png`),
      )
    writeFileSync(join(project, 'night.yaml'), PLAN)
    await shareModels(join(project, 'build'))
    ask('start')
    process.env.SLURM_CONF = join(cluster, 'slurm.conf')
  })
  afterEach(() => {
    spawnSync(script, ['stop', cluster])
    delete process.env.SLURM_CONF
  })

  test('a node that dies and a controller that stops: the night ends exact', async () => {
    const { ended, said } = regress('--attempts', '5')
    await until(() => squeue().includes('RUNNING'))
    await until(() => records() > 0)
    ask('kill-node')
    await pause(2000)
    ask('start-node')
    ask('stop-controller')
    await until(() => said().includes('Slurm job'))
    await pause(5000)
    ask('start-controller')
    expect([await ended, said()]).toEqual([0, expect.any(String)])
    const { verdict, entries } = readNight()
    expect([verdict, entries.length, entries.filter(isRedEntry)]).toEqual(['exact', 9, []])
  })

  test('a disk that is full is no mismatch: the exit code is 3, and with space the same command ends the night', async () => {
    const small = join(project, 'small')
    mkdirSync(small)
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', small])
    onTestFinished(() => void spawnSync('umount', ['--lazy', small]))
    folder = join(small, 'night')
    const first = regress('--attempts', '1')
    expect([await first.ended, first.said()]).toEqual([3, expect.stringMatching(/disk is full|no space/i)])
    spawnSync('mount', ['-o', 'remount,size=300m', small])
    const second = regress()
    expect([await second.ended, second.said()]).toEqual([0, expect.any(String)])
    expect(readNight().verdict).toBe('exact')
  })

  test('a shard of a farm that its limit of time cuts keeps what it has proved', async () => {
    // One core takes some minutes for a thousand seeds of these.
    const some = 'model.0..model.4,model.22.cv2.0.0,model.22.cv2.0.1'
    const options = ['--array', '8x8x2', '--image', 'images/0.png', '--size', '320', '--layers', some]
    options.push('--no-pictures', '--jobs', '1')
    const farm = ['farm', '--slurm', '-n', '1', '--folder', folder, '--sbatch=--time=1', '--attempts', '1']
    const { said, ended } = start(...farm, '--', ...options, '--seeds', '1..1000')
    expect([await ended, said()]).toEqual([3, expect.stringMatching(/no shard left a report/)])
    const log = readFileSync(join(cluster, 'slurmctld.log'), 'utf8')
    expect(log).toMatch(/Time limit exhausted for JobId=1_1/)
    const again = start('sim', ...options, '--seeds', '1', '--json', '--quiet')
    expect(await again.ended).toBe(0)
    const { layers } = JSON.parse(again.said()) as SimResult
    expect(layers.map(({ evidence }) => evidence?.before)).toEqual(layers.map(() => true))
  })
})
