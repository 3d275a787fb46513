/** Which test file starts first: with the long ones at the end, one worker would wait for the other. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The longest first, as measured on two cores with nothing built. Vitest knows the durations of the last run, and of a
 * fresh clone only sizes: a short file may run many commands.
 */
const LONGEST = [
  'cli/farm',
  'pipeline/own-rtl/simulation',
  'cli/options/options',
  'cli/stale-results',
  'cli/regress',
  'cli/regression',
  'cli/poor-machine',
  'report/page',
  'docs/examples',
  'ci/workflows',
  'cli/signals',
  'cli/main',
  'pipeline/bench/isolation',
  'cli/frozen',
  'simulate/build/foreign',
  'store/evidence',
  'cli/optional-libraries',
  'pipeline/selftest/selftest',
  'pipeline/validate/validation',
  'rtl/detector',
  'pipeline/sim/simulation',
  'pipeline/explain/rtl',
  'testing/simulate-test',
  'rtl/detect-head',
  'report/night/night',
  'cli/validate-run',
  'pipeline/stimulus/stimulus',
  'rtl/rtl-tools',
]

function rankOf({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
  return index === -1 ? LONGEST.length : index
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b))
  }
}
