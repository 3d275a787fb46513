/** Shards as a Slurm job array: submitted, waited for, and submitted again where they leave nothing. */
import { join } from 'node:path'
import type { Progress } from '../files/progress.ts'
import { cancelJob, describeTasks, quoteShell, submitArray, waitForJob } from './slurm.ts'

export interface ShardArray {
  /** Folder that every machine sees, for the script and what the shards print. */
  readonly folder: string
  readonly count: number
  /** The folder in which shards run. */
  readonly workingFolder: string
  /** Program and arguments of a shard, before its `i/n`. */
  readonly words: readonly string[]
  /** How often a shard is submitted at most. */
  readonly attempts: number
  /** Further options of sbatch. */
  readonly options: readonly string[]
  /** Shards that have something to do yet. */
  readonly findMissing: () => Promise<readonly number[]>
}

/** @returns shards that left nothing, however often they were submitted. */
export async function runArray(array: ShardArray, progress: Progress): Promise<readonly number[]> {
  const { folder, count, workingFolder, words, attempts, options, findMissing } = array
  const self = words.map(quoteShell).join(' ')
  const job = {
    name: 'assay',
    script: join(folder, 'shard.sh'),
    // Replaces the shell, so that the signal of a limit of time reaches it.
    command: `cd ${quoteShell(workingFolder)} && exec ${self} "$SLURM_ARRAY_TASK_ID/${count}" > /dev/null`,
    output: join(folder, 'shard-%a.log'),
    options,
  }
  let missing = await findMissing()
  for (let attempt = 1; attempt <= attempts && missing.length > 0; attempt++) {
    const number = await submitArray(job, missing)
    const cancel = (): void => cancelJob(number)
    // Runs before the handler that ends the process.
    process.prependOnceListener('SIGINT', cancel)
    process.prependOnceListener('SIGTERM', cancel)
    const submitted = missing.length
    const task = progress.start(
      `Slurm job ${number}, ${submitted} shards${attempt > 1 ? `, attempt ${attempt}` : ''}`,
    )
    let done = 0
    await waitForJob(
      number,
      (tasks) => {
        done = 1 - tasks.left / submitted
        task.update(done, describeTasks(tasks, submitted))
      },
      { onSilence: () => task.update(done, "Slurm's controller does not answer") },
    )
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
    missing = await findMissing()
    task.done(missing.length === 0 ? 'all reports are there' : `no report of ${missing.join(', ')}`)
  }
  return missing
}
