/** The program that runs the user's own vitest with a runner of Assay's: its arguments are vitest's filters. */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { FAILED } from './failures.ts'

interface Failed {
  readonly message: string
}

/** What of `vitest/node` is used here. */
interface VitestNode {
  readonly startVitest: (
    mode: 'test',
    filters: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ) => Promise<{ close(): Promise<void> } | undefined>
}

interface TestModule {
  readonly relativeModuleId: string
  readonly errors: () => readonly Failed[]
  readonly children: {
    readonly allTests: (state: 'failed') => Iterable<{
      readonly fullName: string
      readonly result: () => { readonly errors?: readonly Failed[] | undefined }
    }>
    readonly allSuites: () => Iterable<{
      readonly fullName: string
      readonly errors: () => readonly Failed[]
    }>
  }
}

/** A line for each test that failed, and the first line of its error: this is the end of what this program says. */
function report(modules: readonly TestModule[], unhandled: readonly Failed[]): void {
  const say = (name: string, errors: readonly Failed[] = []): void => {
    const [first = 'failed'] = (errors[0]?.message ?? '').split('\n').filter((text) => text.trim() !== '')
    process.stdout.write(`${FAILED}${name}\n    ${first.trim().slice(0, 120)}\n`)
  }
  // Methods, each of its object: vitest's read `this`.
  for (const module of modules) {
    const { relativeModuleId: file, children } = module
    if (module.errors().length > 0) say(file, module.errors())
    for (const suite of children.allSuites())
      if (suite.errors().length > 0) say(`${file} > ${suite.fullName}`, suite.errors())
    for (const test of children.allTests('failed')) say(`${file} > ${test.fullName}`, test.result().errors)
  }
  for (const error of unhandled) say('outside of any test', [error])
}

const here = fileURLToPath(import.meta.url)
const { startVitest } = (await import(pathToFileURL(process.env.ASSAY_VITEST!).href)) as VitestNode
const runner = process.env.ASSAY_MUTATION_JOURNAL
const vitest = await startVitest('test', process.argv.slice(2), {
  watch: false,
  bail: 0,
  // Counts of lines are for a run without mutants.
  coverage: { enabled: false },
  reporters: [{ onTestRunEnd: report }],
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
