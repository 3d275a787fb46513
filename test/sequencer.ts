/** Which test file starts first: with the long ones at the end, one worker would wait for the other. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What `make test-long` runs and `make test` does not: files that run many commands or build many models, 40 s and more each
 * on two slow cores. Each tests by whole runs what others test in parts.
 */
export const LONG = [
  'rtl/detector-axi-weight-widths',
  'cli/probe',
  'cli/regression',
  'pipeline/own-rtl/simulation',
  'ci/workflows',
  'docs/examples',
  'simulate/timing',
  'pipeline/modules/load-profile',
  'pipeline/bench/fault-kinds',
  'rtl/detector-axi-runs',
  'rtl/detector-axi-tools',
  'pipeline/own-rtl/axi-conv',
  'cli/measured-tests',
  'pipeline/bench/isolation',
  'pipeline/probe/layer',
  'simulate/readmem',
  'simulate/build/foreign',
  'pipeline/selftest/selftest',
  'cli/frozen',
  'cli/signals',
  'cli/validate-run',
  'cli/optional-libraries',
  'pipeline/sim/mixed-bits',
  'store/evidence',
  'simulate/build/build-key',
  'testing/simulate-test',
  'cli/farm-slurm',
  'simulate/build/target',
]

/**
 * The longest first, as measured on two cores with nothing built. Vitest knows the durations of the last run, and of a
 * fresh clone only sizes: a short file may run many commands.
 */
const LONGEST = [
  'cli/farm',
  'cli/stale-results',
  'cli/regress',
  'cli/poor-machine',
  ...LONG,
  'report/page',
  'rtl/rtl-tools',
  'cli/options/options',
  'rtl/detect-head',
  'pipeline/sim/simulation',
  'rtl/detector',
  'cli/main',
  'rtl/mac-array',
  'report/night/night',
  'pipeline/validate/validation',
  'pipeline/own-rtl/axi-chain',
  'pipeline/explain/rtl',
  'pipeline/selftest/planted',
  'rtl/parameter-limits',
  'pipeline/stimulus/stimulus',
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
