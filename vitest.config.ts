import { defineConfig } from 'vitest/config'
import { LONG, LongestFirst } from './test/sequencer.ts'

/** `*.slow.test.ts` take a minute and more each: `make test-slow` runs them alone, `make test` leaves them out. */
const slow = process.env.ASSAY_SLOW_TESTS === '1'
/** `make test` leaves out what `make test-long` runs alone; both are run where nothing is said. */
const long = LONG.map((name) => `test/${name}.test.ts`)
const which = process.env.ASSAY_LONG_TESTS
/** `*.fuzz.ts`: `make fuzz`. */
const fuzz = process.env.ASSAY_FUZZ === '1'
/** `*.package.ts`: `make test-package`. */
const packed = process.env.ASSAY_PACKAGE_TESTS === '1'

const kind = fuzz ? 'fuzz' : packed ? 'package' : slow ? 'slow.test' : 'test'

export default defineConfig({
  test: {
    include: which === 'only' ? long : [`test/**/*.${kind}.ts`],
    exclude: [...(slow ? [] : ['test/**/*.slow.test.ts']), ...(which === 'none' ? long : [])],
    globalSetup: ['test/global-setup.ts'],
    // The last word is what was not tested.
    reporters: ['default', 'test/witness-report.ts'],
    // A test that compares nothing fails: an empty loop, an early return.
    // What is waited for comes late on a busy machine: only the test's own limit ends the wait.
    expect: { requireAssertions: true, poll: { timeout: 120_000 } },
    // Only what hangs is ended by them: a loaded machine takes several times what a quiet one does.
    testTimeout: slow ? 1_800_000 : 600_000,
    hookTimeout: slow ? 1_800_000 : 600_000,
    pool: 'forks',
    maxWorkers: 2,
    // Test files of a worker share its modules: starting and importing anew took a fifth of the time.
    isolate: false,
    // What is made of a module is kept for the next run, by its content.
    experimental: { fsModuleCache: true, fsModuleCachePath: 'build/cache/vitest' },
    sequence: { sequencer: LongestFirst },
  },
})
