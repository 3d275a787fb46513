/** The command line as a whole: all commands, and how a call becomes one of them. */
import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { removePendingFiles } from '../store/files.ts'
import type { AssayCommand } from './define-command.ts'
import { diffCommand } from './diff.ts'
import { toUsageError } from './errors.ts'
import { explainCommand } from './explain.ts'
import { farmCommand } from './farm.ts'
import { goldenCommand } from './golden.ts'
import { initCommand } from './init.ts'
import { inspectCommand } from './inspect.ts'
import { mergeCommand } from './merge.ts'
import { portsCommand } from './ports.ts'
import { quantiseCommand } from './quantise.ts'
import { reportCommand } from './report.ts'
import { romsCommand } from './roms.ts'
import { selftestCommand } from './selftest.ts'
import { simCommand } from './sim.ts'
import { validateCommand } from './validate.ts'

/** Handlers load what they need when they are called: `--help` must not wait for onnxruntime. */
export const COMMANDS: readonly AssayCommand[] = [
  inspectCommand,
  quantiseCommand,
  romsCommand,
  goldenCommand,
  explainCommand,
  simCommand,
  validateCommand,
  reportCommand,
  diffCommand,
  mergeCommand,
  farmCommand,
  portsCommand,
  selftestCommand,
  initCommand,
]

const asksForHelp = (argv: readonly string[]): boolean =>
  argv.length <= 3 || argv.some((word) => word === '--help' || word === '-h')

function createParser(argv: readonly string[]): Argv {
  const parser = yargs(hideBin([...argv]))
    .scriptName('assay')
    .usage('$0 <command>\n\nProves that a YOLOv8 accelerator computes exactly what the quantised model says.')
    // Values are read as they were written, and checked against their declarations (declaration.ts).
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
    })
    .demandCommand(1, 'Name a command.')
    .strictCommands()
    .recommendCommands()
    .help()
    .alias('h', 'help')
    // yargs lays its help out before every command runs: that takes longer than many commands.
    .wrap(asksForHelp(argv) ? Math.min(100, process.stdout.columns ?? 80) : null)
    .epilogue(
      'Exit codes: 0 bit-exact or done, 1 a mismatch, 2 bad usage or bad input, 3 a tool or the system failed.',
    )
    .fail((message, error) => {
      // yargs throws this error for what it refuses while it parses.
      if (error?.name === 'YError') throw toUsageError(error.message)
      throw error ?? toUsageError(message)
    })
  for (const command of COMMANDS) parser.command(command)
  return parser
}

/** Parses and runs. @throws whatever the command throws; the exit code of a result is set, that of an error is not. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      removePendingFiles()
      process.exit(code)
    })
  await createParser(argv).parseAsync()
}
