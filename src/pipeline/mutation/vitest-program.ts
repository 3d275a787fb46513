/** The program that runs the user's own vitest with a runner of Assay's: its arguments are vitest's filters. */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What of `vitest/node` is used here. */
interface VitestNode {
  readonly startVitest: (
    mode: 'test',
    filters: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ) => Promise<{ close(): Promise<void> } | undefined>
}

const here = fileURLToPath(import.meta.url)
const { startVitest } = (await import(pathToFileURL(process.env.ASSAY_VITEST!).href)) as VitestNode
const runner = process.env.ASSAY_MUTATION_JOURNAL
const vitest = await startVitest('test', process.argv.slice(2), {
  watch: false,
  bail: 0,
  // Counts of lines are for a run without mutants.
  coverage: { enabled: false },
  reporters: ['dot'],
  ...(runner === undefined
    ? // A model with counters takes longer to build.
      { testTimeout: 600_000, hookTimeout: 600_000 }
    : {
        runner: join(dirname(here), 'vitest-runner.js'),
        // A mutant is a variable of the process, and what is alive is known to one process at a time.
        pool: 'forks',
        maxWorkers: 1,
        fileParallelism: false,
        maxConcurrency: 1,
        retry: 0,
        silent: true,
        // A mutant that was given up may still fail somewhere.
        dangerouslyIgnoreUnhandledErrors: true,
      }),
})
await vitest?.close()
