/** The command line as a whole: all commands, and how a call becomes one of them. */
import yargs, { type Argv } from 'yargs'
import { removePendingFiles } from '../store/files.ts'
import { readOwnVersion } from '../store/own-version.ts'
import { COMMANDS } from './commands.ts'
import type { Call } from './options/define-command.ts'
import { toUsageError } from './terminal/errors.ts'

const asksForHelp = (words: readonly string[]): boolean =>
  words.length <= 1 || words.some((word) => word === '--help' || word === '-h')

async function createParser(call: Call): Promise<Argv> {
  const parser = yargs([...call.words])
    .scriptName('assay')
    .usage('$0 <command>\n\nProves that a YOLOv8 accelerator computes exactly what the quantised model says.')
    // Values are read as they were written, and checked against their declarations (options/check-value.ts).
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
    })
    // yargs would look for the version of the package that the user's folder belongs to.
    .version(await readOwnVersion())
    .demandCommand(1, 'Name a command.')
    .strictCommands()
    .recommendCommands()
    .help()
    .alias('h', 'help')
    // yargs lays its help out before every command runs: that takes longer than many commands.
    .wrap(asksForHelp(call.words) ? Math.min(100, process.stdout.columns ?? 80) : null)
    .epilogue(
      'Exit codes: 0 bit-exact or done, 1 a mismatch, 2 bad usage or bad input, 3 a tool or the system failed.',
    )
    .fail((message, error) => {
      // yargs throws this error for what it refuses while it parses.
      if (error?.name === 'YError') throw toUsageError(error.message)
      throw error ?? toUsageError(message)
    })
  for (const { command, describe, load } of COMMANDS) {
    // Only a command that is named can be what runs, and loading all takes as long as many a command.
    const named = call.words.includes(command.split(' ')[0]!) ? await load() : undefined
    parser.command({
      command,
      describe,
      builder: named?.build,
      handler: (parsed) => named!.run(parsed, call),
    })
  }
  return parser
}

/** Parses and runs. @throws whatever the command throws; the exit code of a result is set, that of an error is not. */
export async function runCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      removePendingFiles()
      process.exit(code)
    })
  const parser = await createParser({ program: argv[1]!, words: argv.slice(2), env })
  await parser.parseAsync()
}
