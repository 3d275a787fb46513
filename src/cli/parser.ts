/** The words of a call, as yargs parses them. */
import yargs, { type Argv } from 'yargs'
import { readOwnVersion } from '../store/own-version.ts'
import { COMMANDS } from './commands.ts'
import { EXIT_CODES, helpWidth, PURPOSE } from './help.ts'
import { type AssayCommand, type Call, nameOf } from './options/define-command.ts'
import { PARSING } from './options/parse-options.ts'
import { toUsageError } from './terminal/errors.ts'

const asksForHelp = (words: readonly string[]): boolean =>
  words.length <= 1 || words.some((word) => word === '--help' || word === '-h')

/** yargs lays its help out before every command runs, which takes longer than many commands: without options where nobody sees it. */
function buildFor({ build, declarations }: AssayCommand, withHelp: boolean): (parser: Argv) => Argv {
  if (withHelp) return build
  return (parser) => Object.keys(declarations).reduce((built, name) => built.hide(name), build(parser))
}

/** @throws UsageError, when the words are parsed, for what yargs refuses. */
export async function createParser(call: Call): Promise<Argv> {
  const withHelp = asksForHelp(call.words)
  const parser = yargs([...call.words])
    .scriptName('assay')
    .usage(`$0 <command>\n\n${PURPOSE}`)
    // Values are checked against their declarations: see options/check-value.ts.
    .parserConfiguration(PARSING)
    // yargs would look for the version of the package that the user's folder belongs to.
    .version(await readOwnVersion())
    .demandCommand(1, 'Name a command.')
    .strictCommands()
    .recommendCommands()
    .help()
    .alias('h', 'help')
    .wrap(withHelp ? helpWidth() : null)
    .epilogue(EXIT_CODES)
    .fail((message, error) => {
      // yargs throws this error for what it refuses while it parses.
      if (error?.name === 'YError') throw toUsageError(error.message)
      throw error ?? toUsageError(message)
    })
  for (const listed of COMMANDS) {
    const { command, describe } = listed
    // Only a command that is named can be what runs, and loading all takes as long as many a command.
    const named = call.words.includes(nameOf(listed)) ? await listed.load() : undefined
    parser.command({
      command,
      describe,
      builder: named === undefined ? undefined : buildFor(named, withHelp),
      handler: (parsed) => named!.run(parsed, call),
    })
  }
  return parser
}
