/** What is asked of Slurm, and what is made of its answers. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  askTasks,
  cancelJob,
  describeTasks,
  quoteShell,
  submitArray,
  waitForJob,
} from '../../../src/pipeline/farm/slurm.ts'
import { makeSlurm, type SlurmStandIn } from '../../cli/slurm-stand-in.ts'
import { makeFolder } from '../prepared.ts'

let slurm: SlurmStandIn
let job: Parameters<typeof submitArray>[0]
beforeEach(() => {
  slurm = makeSlurm(makeFolder())
  vi.stubEnv('PATH', slurm.path)
  job = {
    name: 'assay',
    script: join(slurm.home, 'shard.sh'),
    command: `echo "task $SLURM_ARRAY_TASK_ID" ${quoteShell("it's")}`,
    output: join(slurm.home, 'shard-%a.log'),
    options: ['--partition=fast'],
  }
})
afterEach(() => vi.unstubAllEnvs())

test('a job is submitted with its name, indices, output, further options and script, in that order', async () => {
  expect(await submitArray(job, [1, 3])).toBe('1')
  expect(slurm.words(1)).toEqual([
    ...['--parsable', '--job-name=assay', '--array=1,3', `--output=${job.output}`, '--no-requeue'],
    '--partition=fast',
    job.script,
  ])
  const left: number[] = []
  await waitForJob('1', (tasks) => left.push(tasks.left), { pollMs: 10 })
  expect(left.every((tasks) => tasks === 1 || tasks === 2)).toBe(true)
  const read = (index: number) => readFileSync(join(slurm.home, `shard-${index}.log`), 'utf8')
  expect([read(1), read(3)]).toEqual(["task 1 it's\n", "task 3 it's\n"])
  expect(existsSync(join(slurm.home, 'shard-2.log'))).toBe(false)
})

test('waiting ends when no task is left, not before', async () => {
  slurm.mark('hold')
  await submitArray(job, [1, 2])
  expect(await askTasks('1')).toEqual({
    ...{ left: 2, waiting: 2, held: 0, reasons: ['Resources'], limit: '1:00:00' },
  })
  const left: number[] = []
  await waitForJob(
    '1',
    (tasks) => {
      left.push(tasks.left)
      if (left.length === 3) rmSync(join(slurm.home, 'hold'))
    },
    { pollMs: 10 },
  )
  expect(left.slice(0, 3)).toEqual([2, 2, 2])
  expect((await askTasks('1')).left).toBe(0)
  expect(existsSync(join(slurm.home, 'shard-2.log'))).toBe(true)
})

test('a job that the controller has forgotten has no tasks; one that does not answer is an error, after a while', async () => {
  expect((await askTasks('7')).left).toBe(0)
  slurm.mark('mute')
  await expect(askTasks('7')).rejects.toMatchObject({ exitCode: 3, message: /Unable to contact/ })
  const left: number[] = []
  const waiting = waitForJob('7', (tasks) => left.push(tasks.left), { pollMs: 1, patience: 3 })
  await expect(waiting).rejects.toThrow(/Unable to contact/)
  expect(left).toEqual([])
})

test('a controller that is silent now and then is asked on', async () => {
  slurm.mark('hold')
  await submitArray(job, [1])
  let answers = 0
  slurm.mark('mute-once')
  await waitForJob(
    '1',
    () => {
      // Three silences, one at a time.
      if (++answers < 3) slurm.mark('mute-once')
      else rmSync(join(slurm.home, 'hold'), { force: true })
    },
    { pollMs: 1, patience: 2 },
  )
  expect(answers).toBeGreaterThanOrEqual(3)
  expect(existsSync(join(slurm.home, 'shard-1.log'))).toBe(true)
})

test('cancelled, nothing of it is left', async () => {
  slurm.mark('hold')
  await submitArray(job, [1, 2])
  cancelJob('1')
  expect([(await askTasks('1')).left, slurm.cancelled]).toEqual([0, ['1']])
})

test('a controller that is away when a job is submitted is asked again; another refusal is an error at once', async () => {
  slurm.mark('away-once')
  expect(await submitArray(job, [1], { pollMs: 1, patience: 2 })).toBe('1')
  slurm.mark('away')
  await expect(submitArray(job, [1], { pollMs: 1, patience: 2 })).rejects.toThrow(/Unable to contact/)
  rmSync(join(slurm.home, 'away'))
  slurm.mark('refuse')
  await expect(submitArray(job, [1], { pollMs: 1, patience: 1e9 })).rejects.toThrow(/Invalid partition/)
})

test('what is said of tasks', () => {
  const tasks = { left: 3, waiting: 2, held: 0, reasons: ['Resources', 'Priority'], limit: '1:00:00' }
  expect(describeTasks(tasks, 8)).toBe('3 of 8 left, 2 wait (Resources; Priority), limit 1:00:00')
  expect(describeTasks({ left: 1, waiting: 1, held: 0, reasons: [], limit: 'UNLIMITED' }, 8)).toBe(
    '1 of 8 left, 1 waits',
  )
  expect(describeTasks({ left: 1, waiting: 0, held: 0, reasons: [], limit: null }, 2)).toBe('1 of 2 left')
})

test('tasks that Slurm holds since their node has died are given up once nothing else is left', async () => {
  slurm.mark('hold')
  await submitArray(job, [1, 2])
  const seen: number[] = []
  await waitForJob(
    '1',
    ({ held }) => {
      seen.push(held)
      slurm.mark('held')
    },
    { pollMs: 1 },
  )
  expect([seen, slurm.cancelled, (await askTasks('1')).left]).toEqual([[0], ['1'], 0])
})
