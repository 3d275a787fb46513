/**
 * The vitest runner of `make mutate`: runs every test once with the RTL as it is and then with each mutant that is still
 * alive, in one process. A test fails here only if it fails without a mutant.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { type RunnerTestCase, TestRunner } from 'vitest'
import { checkJson } from '../input/schema.ts'
import { type Verdict, verdict } from './verdict.ts'

const readEnvironment = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`Expected ${name} in the environment: run make mutate`)
  return value
}

class MutationRunner extends TestRunner {
  /** Mutants that no test has killed yet. */
  readonly #alive: Set<number>
  readonly #file = readEnvironment('ASSAY_MUTATION_VERDICTS')

  constructor(...args: ConstructorParameters<typeof TestRunner>) {
    super(...args)
    const count = Number(readEnvironment('ASSAY_MUTANTS'))
    this.#alive = new Set(Array.from({ length: count }, (_, index) => index + 1))
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      if (line !== '') this.#alive.delete(checkJson(verdict, line, this.#file).mutant)
    }
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test)
    process.env.ASSAY_MUTANT = '0'
    await run()
    for (const mutant of this.#alive) {
      process.env.ASSAY_MUTANT = String(mutant)
      try {
        await run()
      } catch (error) {
        const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
        const caught: Verdict = { mutant, test: test.fullName ?? test.name, reason: reason.slice(0, 200) }
        appendFileSync(this.#file, `${JSON.stringify(caught)}\n`)
        this.#alive.delete(mutant)
      }
    }
    process.env.ASSAY_MUTANT = '0'
  }
}

// biome-ignore lint/style/noDefaultExport: vitest loads a runner by its default export
export default MutationRunner
