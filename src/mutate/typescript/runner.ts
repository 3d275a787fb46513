/**
 * The vitest runner of `make mutate-ts`: runs every test once as it is, and then with each living mutant that it reached, in one
 * process. A mutant is killed if the test fails with it and passes again without it; if it does not pass, the mutant has spoilt the state of a
 * module: the process ends, and the next process tries that mutant first.
 */
import { type RunnerTestCase, type RunnerTestSuite, TestRunner } from 'vitest'
import { read, write } from './journal.ts'
import { type Switches, switchesOf } from './switches.ts'

/** Slow tests come in a second run, for what the fast ones left alive. */
const FAST_MS = 20

class TypeScriptMutationRunner extends TestRunner {
  readonly #journal = process.env.ASSAY_MUTATION_JOURNAL!
  readonly #withSlow = process.env.ASSAY_MUTATION_SLOW === '1'
  readonly #switches: Switches = switchesOf(globalThis)
  /** Killed, or left alone. */
  readonly #dead = new Set<number>()
  readonly #done = new Set<string>()
  /** By test: the mutant that comes first, while this process is as good as new. */
  readonly #alone = new Map<string, number>()
  #hasTried = false

  constructor(...args: ConstructorParameters<typeof TestRunner>) {
    super(...args)
    for (const entry of read(this.#journal)) {
      if (entry.kind === 'skip') for (const mutant of entry.mutants) this.#dead.add(mutant)
      if (entry.kind === 'killed') this.#dead.add(entry.mutant)
      if (entry.kind === 'alone') this.#alone.set(entry.test, entry.mutant)
      if (entry.kind === 'done') this.#done.add(entry.test)
    }
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    this.#noteOutside(test.file.name)
    this.#switches.begin()
    try {
      await this.#tryMutants(test)
    } finally {
      this.#switches.leave()
    }
  }

  override onAfterRunFiles(): void {
    super.onAfterRunFiles()
    write(this.#journal, { kind: 'end' })
  }

  async #tryMutants(test: RunnerTestCase): Promise<void> {
    const name = `${test.file.name} > ${test.fullTestName}`
    const started = performance.now()
    try {
      await TestRunner.getTestFn(test)()
    } catch (error) {
      write(this.#journal, { kind: 'red', test: name })
      throw error
    }
    // It has met its mutants in a process that was ended later; the tests after it may need what it leaves.
    if (this.#done.has(name)) return
    const ms = performance.now() - started
    if (ms > FAST_MS && !this.#withSlow) return
    const reached = this.#switches.reached()
    const alone = this.#alone.get(name)
    const living = [...reached]
      .filter(([mutant]) => !this.#dead.has(mutant))
      .sort(([a], [b]) => Number(b === alone) - Number(a === alone))
    // A test that passes only once says nothing of a mutant when it is run again.
    const canRepeat = living.length > 0 && (await this.#passes(test))
    // A loop that a mutant makes endless is ended by the count of its hits, or from outside by the time limit.
    const limitMs = 5_000 + 20 * ms
    for (const [mutant, hits] of canRepeat ? living : []) {
      const isFirst = !this.#hasTried
      this.#hasTried = true
      write(this.#journal, { kind: 'try', mutant, test: name, limitMs })
      const reason = await this.#isKilled(test, mutant, hits, limitMs)
      if (reason === null) continue
      const isSpoilt = !(await this.#passes(test))
      // Who spoilt the process: this one, if it was the first in it; else nobody knows.
      if (isSpoilt && !isFirst) write(this.#journal, { kind: 'alone', mutant, test: name })
      else {
        this.#dead.add(mutant)
        const first = reason.split('\n')[0]!.slice(0, 200)
        write(this.#journal, { kind: 'killed', mutant, test: name, reason: first })
      }
      // vitest would catch an exit.
      if (isSpoilt) process.kill(process.pid, 'SIGKILL')
    }
    write(this.#journal, { kind: 'done', test: name, ms, canRepeat, reached: [...reached.keys()] })
    if (canRepeat && !(await this.#passes(test))) process.kill(process.pid, 'SIGKILL')
  }

  /** What the test says to a mutant; null where it says nothing. */
  async #isKilled(
    test: RunnerTestCase,
    mutant: number,
    hits: number,
    limitMs: number,
  ): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('took too long')), limitMs)
    })
    this.#switches.wake(mutant, hits)
    try {
      await Promise.race([this.#attempt(test), limit])
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      clearTimeout(timer)
      this.#switches.sleep()
    }
  }

  /** Once more as vitest would: its hooks, its function, its count of assertions. */
  async #attempt(test: RunnerTestCase): Promise<void> {
    const suites: RunnerTestSuite[] = []
    for (let suite = test.suite ?? test.file; ; suite = suite.suite ?? suite.file) {
      suites.unshift(suite)
      if ('filepath' in suite) break
    }
    this.onBeforeTryTask(test)
    const cleanups: (() => unknown)[] = []
    try {
      for (const suite of suites)
        for (const hook of TestRunner.getSuiteHooks(suite).beforeEach) {
          const cleanup: unknown = await hook(test.context, suite)
          if (typeof cleanup === 'function') cleanups.unshift(cleanup as () => unknown)
        }
      await TestRunner.getTestFn(test)()
      this.onAfterTryTask(test)
      if (test.result?.state === 'fail') throw new Error(test.result.errors?.[0]?.message ?? 'failed')
    } finally {
      if (test.result !== undefined) Object.assign(test.result, { state: 'run', errors: undefined })
      for (const suite of suites.toReversed())
        for (const hook of TestRunner.getSuiteHooks(suite).afterEach) await hook(test.context, suite)
      for (const cleanup of cleanups) await cleanup()
      const { onFinished = [] } = test as { onFinished?: ((context: unknown) => unknown)[] }
      for (const hook of onFinished.splice(0)) await hook(test.context)
    }
  }

  async #passes(test: RunnerTestCase): Promise<boolean> {
    return await this.#attempt(test).then(
      () => true,
      () => false,
    )
  }

  #noteOutside(file: string): void {
    const reached = this.#switches.takeOutside()
    if (reached.length > 0) write(this.#journal, { kind: 'outside', file, reached })
  }
}

// biome-ignore lint/style/noDefaultExport: vitest loads a runner by its default export
export default TypeScriptMutationRunner
