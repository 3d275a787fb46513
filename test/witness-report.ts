/** A reporter of vitest: says last, also where nobody looks at a terminal, which tests were skipped and what they lacked. */
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Skipped by something else than `needs`. */
const NO_WITNESS = 'a hook that failed, or test.skip'

export interface Missing {
  readonly tests: number
  readonly files: ReadonlySet<string>
}

/** Skipped tests by what they lack; a test that lacks two things counts with each. */
export function countMissing(
  skipped: Iterable<{ readonly file: string; readonly needs: readonly string[] }>,
): ReadonlyMap<string, Missing> {
  const missing = new Map<string, Missing>()
  for (const { file, needs } of skipped)
    for (const name of needs.length === 0 ? [NO_WITNESS] : needs) {
      const { tests, files } = missing.get(name) ?? { tests: 0, files: new Set() }
      missing.set(name, { tests: tests + 1, files: new Set([...files, file]) })
    }
  return missing
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

export function renderMissing(missing: ReadonlyMap<string, Missing>, skipped: number): string {
  if (skipped === 0) return 'All witnesses were there: no test was skipped.\n'
  const rows = [...missing].sort(([, a], [, b]) => b.tests - a.tests)
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(
    ([name, { tests, files }]) =>
      `  ${name.padEnd(width)}  ${plural(tests, 'test')} in ${[...files].sort().join(', ')}`,
  )
  return `Not tested: ${plural(skipped, 'test')}, for want of\n${lines.join('\n')}
make test installs iverilog, yosys, srec_cat, fst2vcd and gemmlowp where it may; the others are yours to install.\n`
}

export default class WitnessReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped: { file: string; needs: readonly string[] }[] = []
    // `-t` leaves tests out that nobody asked for.
    for (const module of modules)
      for (const test of module.children.allTests('skipped'))
        if (wasWanted(test)) skipped.push({ file: module.relativeModuleId, needs: test.meta().needs ?? [] })
    process.stdout.write(`\n${renderMissing(countMissing(skipped), skipped.length)}`)
  }
}

const wasWanted = (test: TestCase): boolean => {
  const { testNamePattern } = test.project.config
  return testNamePattern === undefined || testNamePattern.test(test.fullName)
}
