/**
 * The vitest runner of `assay mutate`. Vitest repeats each test in one process, with its hooks and fixtures: once as it is, once more as it
 * is, and then with each mutant that is still alive. A test whose model was opened in `beforeAll` gets a new one each time.
 */
import { type RunnerTestCase, type RunnerTestFile, TestRunner } from 'vitest'
import { keepModelLog, modelLog } from '../../simulate/model-log.ts'
import type { SimulateOptions } from '../../simulate/types.ts'
import { packModel, readJournal, summarise, write } from './journal.ts'
import { reopenSuites, type Suite, suitesOf } from './replay.ts'
import { stepsOf } from './steps.ts'

const readVariable = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`Expected ${name} in the environment: run assay mutate`)
  return value
}

class MutationRunner extends TestRunner {
  readonly #journal = readVariable('ASSAY_MUTATION_JOURNAL')
  /** Numbers of the mutants; none: the tests are run as they are, and the models that they ask for are noted. */
  readonly #mutants = (process.env.ASSAY_MUTANTS ?? '').split(',').filter(Boolean).map(Number)
  readonly #limitMs = Number(process.env.ASSAY_MUTANT_LIMIT_MS ?? 0)
  readonly #alive: Set<number>
  readonly #done: ReadonlySet<string>
  readonly #careful: ReadonlySet<string>
  readonly #alone: ReadonlyMap<string, number>
  /** What runs: a file is being loaded, hooks of a suite run, or a test does. */
  #current: RunnerTestFile | Suite | RunnerTestCase | null = null
  #isLoading = true
  /** Suites whose hooks opened a model with mutants. */
  readonly #suites = new Set<Suite>()
  /** Models with mutants that the current try asked for. */
  #asked = 0
  #steps: Generator<number, void, string | null> | null = null
  /** Tests of this file that passed. */
  readonly #ran: RunnerTestCase[] = []
  #hasTried = false
  #began = 0

  constructor(...args: ConstructorParameters<typeof TestRunner>) {
    super(...args)
    const known = summarise(readJournal(this.#journal))
    this.#alive = new Set(this.#mutants.filter((mutant) => !known.killed.has(mutant)))
    this.#done = known.done
    this.#careful = known.careful
    this.#alone = known.alone
    // A mutant's snapshot is nobody's.
    Object.assign(this.config.snapshotOptions, { updateSnapshot: 'none' })
    keepModelLog({ asked: (options) => this.#note(options), open: modelLog()?.open ?? new Set() })
  }

  override onCollectStart(file: RunnerTestFile): void {
    super.onCollectStart(file)
    this.#current = file
    this.#isLoading = true
    this.#ran.length = 0
    write(this.#journal, { kind: 'file', file: file.name })
  }

  override async onBeforeRunSuite(suite: Suite): Promise<void> {
    await super.onBeforeRunSuite(suite)
    this.#current = suite
    this.#isLoading = false
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    await super.onBeforeRunTask(test)
    this.#current = test
    this.#steps = null
    test.retry = 0
    // The end is told by the last step.
    test.repeats = Number.MAX_SAFE_INTEGER
  }

  override async onBeforeTryTask(
    test: RunnerTestCase,
    { repeats }: { repeats: number } = { repeats: 0 },
  ): Promise<void> {
    const failure = repeats === 0 ? null : failureOf(test)
    Object.assign(test.result!, { state: 'run', errors: undefined })
    super.onBeforeTryTask(test)
    if (repeats === 0) {
      this.#asked = 0
      this.#began = performance.now()
      return
    }
    const step = repeats === 1 ? this.#begin(test, failure) : this.#steps!.next(failure)
    process.env.ASSAY_MUTANT = String(step.value ?? 0)
    // Vitest repeats no test that was skipped.
    if (step.done === true) {
      this.#ran.push(test)
      return test.context.skip()
    }
    this.#asked = 0
    await reopenSuites(test, this.#suites, this.#ran)
  }

  override onAfterRunFiles(files: readonly RunnerTestFile[] = []): void {
    super.onAfterRunFiles()
    for (const { name } of files) write(this.#journal, { kind: 'end', file: name })
  }

  /** After the test ran as it is. */
  #begin(test: RunnerTestCase, failure: string | null): IteratorResult<number, void> {
    const name = nameOf(test)
    const end: IteratorResult<number, void> = { done: true, value: undefined }
    if (failure !== null) {
      write(this.#journal, { kind: 'red', test: name, reason: failure })
      return end
    }
    const ms = performance.now() - this.#began
    write(this.#journal, { kind: 'green', test: name, ms })
    const inSuite = suitesOf(test).some((suite) => this.#suites.has(suite))
    if (this.#mutants.length === 0 || this.#done.has(name) || (this.#asked === 0 && !inSuite)) return end
    const alone = this.#alone.get(name)
    this.#steps = stepsOf({
      name,
      limitMs: this.#limitMs > 0 ? this.#limitMs : 10_000 + 20 * ms,
      isCareful: this.#careful.has(name),
      alive: [...this.#alive].sort((a, b) => Number(b === alone) - Number(a === alone)),
      asked: () => this.#asked,
      isFirst: () => {
        const isFirst = !this.#hasTried
        this.#hasTried = true
        return isFirst
      },
      kill: (mutant) => this.#alive.delete(mutant),
      write: (entry) => write(this.#journal, entry),
      // Vitest would catch an exit.
      die: () => process.kill(process.pid, 'SIGKILL'),
    })
    return this.#steps.next(null)
  }

  /** A model that is being asked for. */
  #note(options: SimulateOptions): void {
    const current = this.#current
    if (current === null) return
    this.#asked++
    if (!this.#isLoading && 'tasks' in current && this.#mutants.length > 0) this.#suites.add(current)
    if (this.#mutants.length > 0) return
    const file = current.file.name
    write(this.#journal, { kind: 'model', file, early: this.#isLoading, model: packModel(options) })
  }
}

const nameOf = (test: RunnerTestCase): string => `${test.file.name} > ${test.fullTestName ?? test.name}`

/** What the last try of a test ended with; null where it passed. */
function failureOf({ result, fails }: RunnerTestCase): string | null {
  const failed = result?.state === 'fail'
  if (fails === true) return failed ? null : 'passed, and is expected to fail'
  return failed ? (result?.errors?.[0]?.message ?? 'failed').split('\n')[0]!.slice(0, 200) : null
}

// biome-ignore lint/style/noDefaultExport: vitest loads a runner by its default export
export default MutationRunner
