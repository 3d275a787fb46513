#!/usr/bin/env node
/** Entry of the `assay` command: the only place that ends the process. */
import yargs, { type Argv, type CommandModule } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { removePendingFiles } from '../pipeline/files.ts'
import { diffCommand } from './diff.ts'
import { EXIT, exitCodeOf, reportError, UsageError } from './errors.ts'
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
const COMMANDS = [
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

function createParser(): Argv {
  const parser = yargs(hideBin(process.argv))
    .scriptName('assay')
    .usage('$0 <command>\n\nProves that a YOLOv8 accelerator computes exactly what the quantised model says.')
    .demandCommand(1, 'Name a command.')
    .strict()
    .recommendCommands()
    .help()
    .alias('h', 'help')
    .wrap(Math.min(100, process.stdout.columns ?? 80))
    .epilogue('Exit codes: 0 bit-exact or done, 1 a mismatch, 2 bad usage or bad input, 3 a tool failed.')
    .fail((message, error) => {
      // A config file that cannot be read: yargs makes an error of its own of ours.
      if (error?.name === 'YError') throw new UsageError(error.message)
      throw error ?? new UsageError(`${message} (assay --help lists commands and options)`)
    })
  for (const command of COMMANDS) parser.command(command as CommandModule)
  return parser
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    removePendingFiles()
    process.exit(code)
  })

// A closed pipe (`assay inspect | head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.tool)
})

try {
  await createParser().parseAsync()
} catch (error) {
  reportError(error)
  process.exitCode = exitCodeOf(error)
}
