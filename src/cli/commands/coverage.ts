/** `assay coverage`: the lines, branches and bits of your modules that your tests reach. */

import { setExitCode } from '../../process/exit.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { type Call, defineCommand } from '../options/define-command.ts'
import { MODEL_OPTIONS, TESTS_OPTION } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult, progressFor } from '../terminal/print.ts'

const SOURCES = {
  sources: {
    type: 'string',
    array: true,
    describe: 'SystemVerilog files to count [all below the working directory]',
  },
} as const satisfies Declarations

const OPTIONS = {
  tests: TESTS_OPTION,
  'at-least': {
    type: 'number',
    range: [0, 100],
    describe: 'exit code 1 if fewer percent of all points are reached: lines, branches and bits that toggle',
  },
  out: MODEL_OPTIONS.out,
  json: MODEL_OPTIONS.json,
  quiet: MODEL_OPTIONS.quiet,
} as const satisfies Declarations
type CoverageArguments = Arguments<typeof SOURCES & typeof OPTIONS>

export const coverageCommand = defineCommand<CoverageArguments>({
  name: 'coverage',
  positionals: SOURCES,
  options: OPTIONS,
  examples: [
    ['$0 coverage', 'all tests of the project'],
    ['$0 coverage rtl/fifo.sv -t test/fifo.test.ts', 'one module and its test'],
    ['$0 coverage --at-least 95', 'a gate for CI'],
  ],
  handler: runCommand,
})

async function runCommand(args: CoverageArguments, { env }: Call): Promise<void> {
  const { runCoverage } = await import('../../pipeline/mutation/coverage.ts')
  const { tests, out, sources = [], atLeast } = args
  const { report, files, failure } = await runCoverage({ sources, tests, out }, progressFor(args, env))
  const { renderCoverage } = await import('../../report/coverage.ts')
  printResult(args, report, () => `${renderCoverage(report.files)}\n\n${files.join(', ')}`)
  const percent = (100 * report.hit) / Math.max(1, report.all)
  const isBelow = atLeast !== undefined && percent < atLeast
  if (isBelow)
    process.stderr.write(`${percent.toFixed(1)} % are reached, --at-least asks for ${atLeast} %.\n`)
  if (failure !== null) process.stderr.write(`Some tests fail:\n${failure}\n`)
  setExitCode(isBelow || failure !== null ? EXIT.mismatch : EXIT.done)
}
