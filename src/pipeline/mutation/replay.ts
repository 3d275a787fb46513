/** Takes the hooks and the earlier tests of a suite through once more, as vitest does. */
import { type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest'

export type Suite = RunnerTestSuite | RunnerTestFile
type Cleanup = () => unknown

/** The suites of a test, the file first. */
export function suitesOf(test: RunnerTestCase): readonly Suite[] {
  const suites: Suite[] = []
  for (let suite: Suite = test.suite ?? test.file; ; suite = suite.suite ?? suite.file) {
    suites.unshift(suite)
    if ('filepath' in suite) return suites
  }
}

/** What the hooks of a suite that this file has run left to do. */
const cleanups = new WeakMap<Suite, readonly Cleanup[]>()

/**
 * Ends the suites of a test whose hooks open a model, and begins them again.
 *
 * @param ran tests that run again before it, those of other suites aside
 * @throws what a hook or an earlier test throws
 */
export async function reopenSuites(
  test: RunnerTestCase,
  opening: ReadonlySet<Suite>,
  ran: readonly RunnerTestCase[],
): Promise<void> {
  const all = suitesOf(test)
  const outermost = all.findIndex((suite) => opening.has(suite))
  if (outermost < 0) return
  const suites = all.slice(outermost)
  for (const suite of suites.toReversed()) await endSuite(suite)
  for (const suite of suites) await beginSuite(suite)
  for (const earlier of ran) if (suitesOf(earlier).includes(suites[0]!)) await attemptTest(earlier)
}

async function beginSuite(suite: Suite): Promise<void> {
  const left: Cleanup[] = []
  cleanups.set(suite, left)
  for (const hook of TestRunner.getSuiteHooks(suite).beforeAll) keep(left, await hook(suite))
}

async function endSuite(suite: Suite): Promise<void> {
  for (const hook of TestRunner.getSuiteHooks(suite).afterAll.toReversed()) await hook(suite)
  for (const cleanup of (cleanups.get(suite) ?? []).toReversed()) await cleanup()
  cleanups.delete(suite)
}

/** Runs a test with the hooks around each test. */
async function attemptTest(test: RunnerTestCase): Promise<void> {
  const suites = suitesOf(test)
  const left: Cleanup[] = []
  try {
    for (const suite of suites)
      for (const hook of TestRunner.getSuiteHooks(suite).beforeEach)
        keep(left, await hook(test.context, suite))
    await TestRunner.getTestFn(test)()
  } catch (error) {
    if (test.fails !== true) throw error
  } finally {
    for (const suite of suites.toReversed())
      for (const hook of TestRunner.getSuiteHooks(suite).afterEach.toReversed())
        await hook(test.context, suite)
    for (const cleanup of left.toReversed()) await cleanup()
  }
}

function keep(left: Cleanup[], result: unknown): void {
  if (typeof result === 'function') left.push(result as Cleanup)
}
