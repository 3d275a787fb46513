/** The command line as a whole: its own help, or the command that is called. */
import { endForeignCode } from '../process/foreign-code.ts'
import { endRunning } from '../process/running.ts'
import { endNativeCalls } from '../process/thread.ts'
import { removePendingFiles } from '../store/files.ts'
import { readOwnVersion } from '../store/own-version.ts'
import { COMMANDS } from './commands.ts'
import { helpWidth, renderHelp } from './help.ts'
import type { Call } from './options/define-command.ts'
import { parseOptions } from './options/parse-options.ts'

/** Parses and runs. @throws whatever the command throws; the exit code of a result is set, that of an error is not. */
export async function runCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      // A line that moves has no end, and the prompt begins on a line of its own.
      if (process.stderr.isTTY) process.stderr.write('\n')
      void endNativeCalls(5000).then(() => {
        endRunning()
        removePendingFiles()
        process.exit(code)
      })
    })
  const words = argv.slice(2)
  if (/^(--help|-h|help)$/.test(words[0] ?? '') && !words.slice(1).some((word) => /^\w/.test(word))) {
    process.stdout.write(renderHelp(helpWidth()))
    return
  }
  // As `--help`: without yargs, which takes longer to load than all else here.
  if (words.length === 1 && words[0] === '--version') {
    process.stdout.write(`${await readOwnVersion()}\n`)
    return
  }
  const call = { program: argv[1]!, words, env }
  try {
    if (await runPlain(call)) return
    const { createParser } = await import('./parser.ts')
    await (await createParser(call)).parseAsync()
  } finally {
    endForeignCode()
  }
}

/**
 * Runs a command that is named first, takes options alone, and is not asked for its help: yargs takes longer to load than most such
 * runs have left.
 *
 * @returns whether it was one
 */
async function runPlain(call: Call): Promise<boolean> {
  const { words } = call
  const listed = COMMANDS.find(({ command }) => command === words[0])
  if (listed === undefined) return false
  const { declarations, run } = await listed.load()
  const parsed = parseOptions(declarations, words)
  // In any spelling: `-qh`, `--h`.
  if (parsed === null || ['h', 'help', 'version'].some((asked) => asked in parsed)) return false
  await run(parsed, call)
  return true
}
