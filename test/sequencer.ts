/** Which test file starts first: with the long ones at the end, one worker would wait for the other. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The longest first, as measured on two cores with nothing built. Vitest knows the durations of the last run, and of a
 * fresh clone only sizes: a short file may run many commands.
 */
const LONGEST = [
  'cli/stale-results',
  'cli/frozen',
  'pipeline/own-rtl/simulation',
  'cli/options/options',
  'cli/poor-machine',
  'cli/main',
  'pipeline/bench/isolation',
  'pipeline/validate/validation',
  'ci/workflows',
  'pipeline/sim/simulation',
  'pipeline/explain/rtl',
  'rtl/rtl-tools',
  'pipeline/validate/rtl',
  'rtl/detector',
  'store/evidence',
  'simulate/signals',
  'rtl/detect-head',
  'simulate/icarus',
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
