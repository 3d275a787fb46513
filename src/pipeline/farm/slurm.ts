/** This file runs a Slurm job array with the commands that every cluster has: sbatch, squeue, scancel. */
import { execa, execaSync } from 'execa'
import { ToolError } from '../../input/tool-error.ts'
import { runTool } from '../../process/run-tool.ts'
import { writeWhole } from '../../store/files.ts'

export interface ArrayJob {
  /** Name of the job and of the batch script's file. */
  readonly name: string
  readonly script: string
  /** Command of one task; `$SLURM_ARRAY_TASK_ID` is its index. */
  readonly command: string
  /** File for a task's output; `%a` is the task's index. */
  readonly output: string
  /** Further options of sbatch. */
  readonly options: readonly string[]
}

/** Quotes a text for the shell with single quotes. */
export const quoteShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** What squeue, sbatch and scancel say of a controller that is down, restarts, or is overloaded. */
const SILENT =
  /unable to contact|connection (refused|timed out|failure)|socket timed out|zero bytes|communication/i

/** How often it is asked again, and at what intervals. */
export interface Patience {
  readonly pollMs?: number
  /** Answers that may be missing one after another. */
  readonly patience?: number
}
const PATIENCE = { pollMs: 1000, patience: 600 }

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Submits tasks with the given indices. A controller that does not answer is asked again.
 * @returns the job's number. @throws ToolError with sbatch's message.
 */
export async function submitArray(
  job: ArrayJob,
  indices: readonly number[],
  { pollMs = PATIENCE.pollMs, patience = PATIENCE.patience }: Patience = {},
): Promise<string> {
  await writeWhole(job.script, `#!/bin/bash\n${job.command}\n`)
  for (let asked = 1; ; asked++) {
    try {
      const said = await runTool('sbatch', [
        '--parsable',
        `--job-name=${job.name}`,
        `--array=${indices.join(',')}`,
        `--output=${job.output}`,
        // A task whose node has died is submitted again here: Slurm would wait for minutes, or hold it for ever.
        '--no-requeue',
        ...job.options,
        job.script,
      ])
      return said.trim().split(';')[0]!
    } catch (error) {
      if (!(error instanceof ToolError) || !SILENT.test(error.output) || asked >= patience) throw error
    }
    await wait(pollMs)
  }
}

/** The tasks of a job that wait or run. */
export interface Tasks {
  readonly left: number
  readonly waiting: number
  /** Those that Slurm holds after a failure of a node, until somebody releases them. */
  readonly held: number
  /** Why Slurm lets them wait, in its own words: Resources, Priority, a node that is down. */
  readonly reasons: readonly string[]
  /** Limit of time of each, as Slurm writes it. */
  readonly limit: string | null
}

const STATES = ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'SUSPENDED']

/** Asks for the tasks of a job. One that the controller has forgotten has none. */
export async function askTasks(job: string): Promise<Tasks> {
  const { failed, stdout, stderr } = await execa(
    'squeue',
    ['--noheader', '--array', '--format=%T|%l|%R', `--jobs=${job}`],
    { reject: false, stdin: 'ignore', timeout: 60_000 },
  )
  if (failed && /Invalid job id/.test(stderr))
    return { left: 0, waiting: 0, held: 0, reasons: [], limit: null }
  if (failed) throw Object.assign(new Error(`squeue failed: ${stderr.trim()}`), { exitCode: 3 })
  const rows = stdout.split('\n').flatMap((line) => {
    const [state, limit, ...reason] = line.trim().split('|')
    return state === undefined || state === '' ? [] : [{ state, limit, reason: reason.join('|') }]
  })
  const waiting = rows.filter(({ state }) => STATES.includes(state))
  const reasons = new Set(
    waiting.map(({ reason }) => reason.replace(/^\((.*)\)$/, '$1')).filter((reason) => reason !== ''),
  )
  const limit = rows.find((row) => row.limit !== undefined && row.limit !== '')?.limit ?? null
  const held = waiting.filter(({ reason }) => /requeued held/.test(reason)).length
  return { left: rows.length, waiting: waiting.length, held, reasons: [...reasons], limit }
}

/** `3 of 8 left, 2 wait (Resources), limit 1:00:00`. */
export function describeTasks({ left, waiting, reasons, limit }: Tasks, all: number): string {
  const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`
  const waits = waiting === 0 ? '' : `, ${waiting} wait${waiting === 1 ? 's' : ''}${why}`
  const most = limit === null || limit === 'UNLIMITED' ? '' : `, limit ${limit}`
  return `${left} of ${all} left${waits}${most}`
}

/** Ends waiting and running tasks. It is synchronous, because the process that calls it is about to end. */
export function cancelJob(job: string): void {
  execaSync('scancel', [job], { reject: false, stdin: 'ignore', timeout: 10_000 })
}

/** Waits until no task of the job is left. A controller that does not answer is asked again a limited number of times. */
export async function waitForJob(
  job: string,
  onTasks: (tasks: Tasks) => void,
  {
    pollMs = PATIENCE.pollMs,
    patience = PATIENCE.patience,
    onSilence,
  }: Patience & { readonly onSilence?: () => void } = {},
): Promise<void> {
  let silent = 0
  for (;;) {
    try {
      const tasks = await askTasks(job)
      const { left } = tasks
      silent = 0
      if (left === 0) return
      if (tasks.held === left) return cancelJob(job)
      onTasks(tasks)
    } catch (error) {
      if (++silent === patience) throw error
      onSilence?.()
    }
    await wait(pollMs)
  }
}
