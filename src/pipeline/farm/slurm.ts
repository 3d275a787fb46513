/** This file runs a Slurm job array with the commands that every cluster has: sbatch, squeue, scancel. */
import { execa, execaSync } from 'execa'
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

/** Submits tasks with the given indices. @returns the job's number. @throws ToolError with sbatch's message. */
export async function submitArray(job: ArrayJob, indices: readonly number[]): Promise<string> {
  await writeWhole(job.script, `#!/bin/bash\n${job.command}\n`)
  const said = await runTool('sbatch', [
    '--parsable',
    `--job-name=${job.name}`,
    `--array=${indices.join(',')}`,
    `--output=${job.output}`,
    ...job.options,
    job.script,
  ])
  return said.trim().split(';')[0]!
}

/** Counts the tasks of a job that wait or run. A job that the controller has forgotten has none. */
export async function countTasks(job: string): Promise<number> {
  const { failed, stdout, stderr } = await execa(
    'squeue',
    ['--noheader', '--array', '--format=%T', `--jobs=${job}`],
    { reject: false, stdin: 'ignore', timeout: 60_000 },
  )
  if (failed && /Invalid job id/.test(stderr)) return 0
  if (failed) throw Object.assign(new Error(`squeue failed: ${stderr.trim()}`), { exitCode: 3 })
  return stdout.split('\n').filter((line) => line.trim() !== '').length
}

/** Ends waiting and running tasks. It is synchronous, because the process that calls it is about to end. */
export function cancelJob(job: string): void {
  execaSync('scancel', [job], { reject: false, stdin: 'ignore', timeout: 10_000 })
}

/** Waits until no task of the job is left. A controller that does not answer is asked again a limited number of times. */
export async function waitForJob(
  job: string,
  onTasks: (left: number) => void,
  { pollMs = 1000, patience = 30 } = {},
): Promise<void> {
  let silent = 0
  for (;;) {
    try {
      const left = await countTasks(job)
      silent = 0
      if (left === 0) return
      onTasks(left)
    } catch (error) {
      if (++silent === patience) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
