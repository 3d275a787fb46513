/** The command line as a whole: help, the version, or the command that is called. */
import { removePendingFiles } from '../store/files.ts'
import { readOwnVersion } from '../store/own-version.ts'
import { COMMANDS } from './commands.ts'
import { helpWidth, renderCommandHelp, renderHelp } from './help.ts'
import { nameOf } from './options/listed-command.ts'
import { UsageError } from './terminal/errors.ts'

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
  const words = argv.slice(2)
  const names = COMMANDS.map(nameOf)
  // Options may stand before the command.
  const at = words[0]?.startsWith('-') ? words.findIndex((word) => names.includes(word)) : 0
  const listed = COMMANDS[names.indexOf(words[at] ?? '')]
  if (listed === undefined) return runWithoutCommand(words, names)
  const command = await listed.load()
  const read = command.read(words.toSpliced(at, 1))
  if (read.asks === 'help') process.stdout.write(renderCommandHelp(listed, command, helpWidth()))
  else if (read.asks === 'version') await printVersion()
  else await command.run(read, { program: argv[1]!, words, env })
}

/** @throws UsageError where the words ask for nothing that Assay itself knows. */
async function runWithoutCommand(words: readonly string[], names: readonly string[]): Promise<void> {
  const unknown = words.find((word) => !word.startsWith('-'))
  if (unknown === 'help' || (unknown === undefined && words.some((word) => /^(--help|-h)$/.test(word))))
    process.stdout.write(renderHelp(helpWidth()))
  else if (words.includes('--version')) await printVersion()
  else {
    const { suggest } = await import('../input/suggest.ts')
    const near = unknown === undefined ? '' : suggest(unknown, names)
    const reason = unknown === undefined ? 'Name a command.' : near || `Unknown command: ${unknown}`
    throw new UsageError(`${reason} (assay --help lists commands and options)`)
  }
}

async function printVersion(): Promise<void> {
  process.stdout.write(`${await readOwnVersion()}\n`)
}
