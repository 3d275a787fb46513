/** `assay farm --slurm` where there is no Slurm: its commands are scripts that run the tasks here. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { SimResult } from '../../src/result/result.ts'
import { breakRtl, MIN_POOL } from '../pipeline/broken-rtl.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { assayMain, runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'
import { makeSlurm, type SlurmStandIn } from './slurm-stand-in.ts'

const out = makeFolder()
const rtl = join(out, 'rtl')
let slurm: SlurmStandIn
let folder: string

const words = (...more: readonly string[]): readonly string[] => [
  ...['farm', '--slurm', '-n', '2', '--folder', folder, '--json', '--sbatch=--partition=fast', ...more, '--'],
  ...['--out', out, '--array', '8x8x2', '--calibration-images', '4', '--no-pictures', '--no-waveform'],
  ...['--rtl', rtl, '--layers', 'model.0,model.9.m@1'],
]
const farm = (...more: readonly string[]) => runAssay(words(...more), { env: { PATH: slurm.path } })

beforeAll(async () => {
  await shareModels(out)
  await breakRtl([MIN_POOL], rtl)
})
beforeEach(() => {
  slurm = makeSlurm(makeFolder())
  folder = join(makeFolder(), "it's a farm")
})

describe('a job array', () => {
  test('of which a task is lost: it alone is submitted again, and the red layer is red in the whole', async () => {
    slurm.mark('lose-2')
    const { exitCode, stdout, stderr } = await farm()
    expect(stderr).toMatch(
      /Slurm job 1, 2 shards.*no report of 2.*Slurm job 2, 1 shards, attempt 2.*all reports/s,
    )
    const arrays = [1, 2].map((job) => slurm.words(job).filter((word) => /^--(array|partition)=/.test(word)))
    expect(arrays).toEqual([
      ['--array=1,2', '--partition=fast'],
      ['--array=2', '--partition=fast'],
    ])
    const result = JSON.parse(stdout) as SimResult
    expect([exitCode, result.verdict]).toEqual([1, 'mismatch'])
    expect(result.counts).toMatchObject({ exact: 1, differs: 1, notRun: 0 })
    expect(result.layers.map(({ name, mismatches }) => [name, mismatches > 0])).toEqual([
      ['model.0', false],
      ['model.9.m@1', true],
    ])
    // Its line is made with the reports.
    const { reproduce, ...kept } = result
    expect(reproduce?.line).toMatch(/--layers model\.9\.m@1$/)
    expect(JSON.parse(readFileSync(join(folder, 'merged', 'sim.json'), 'utf8'))).toEqual(kept)
  })

  test('whose tasks are all lost is an error that names a log', async () => {
    slurm.mark('lose-1')
    slurm.mark('lose-2')
    const none = await farm('--attempts', '1')
    expect([none.exitCode, none.stdout]).toEqual([3, ''])
    expect(none.stderr).toMatch(/no shard left a report; .*shard-1\.log tells why/)
  })

  test('is cancelled when the farm is interrupted', async () => {
    slurm.mark('hold')
    const env = { ...process.env, PATH: slurm.path }
    const child = spawn(process.execPath, [assayMain, ...words()], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Slurm job 1')) resolve()
      })
    })
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(slurm.cancelled).toEqual(['1'])
    expect(existsSync(join(folder, 'merged', 'sim.json'))).toBe(false)
  })
})
