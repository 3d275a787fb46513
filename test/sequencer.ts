/** Which test file starts first: with the long ones at the end, one worker would wait for the other. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The longest first, as measured on two cores with nothing built. Vitest knows the durations of the last run, and of a
 * fresh clone only sizes: a short file may run many commands.
 */
const LONGEST = [
  'cli/stale-results',
  'cli/regression',
  'cli/farm',
  'cli/poor-machine',
  'pipeline/sim/simulation',
  'pipeline/own-rtl/simulation',
  'docs/examples',
  'cli/frozen',
  'cli/options/options',
  'pipeline/bench/isolation',
  'cli/optional-libraries',
  'cli/signals',
  'pipeline/selftest/selftest',
  'store/evidence',
  'cli/main',
  'pipeline/validate/validation',
  'report/page',
  'rtl/detector',
  'pipeline/explain/rtl',
  'testing/simulate-test',
  'cli/validate-run',
  'ci/workflows',
  'pipeline/stimulus/stimulus',
  'rtl/rtl-tools',
  'rtl/detect-head',
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
