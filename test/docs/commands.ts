/** What a command of a page must be: one that there is, with options that it has. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import yargs from 'yargs'
import { COMMANDS } from '../../src/cli/commands.ts'
import { nameOf } from '../../src/cli/options/define-command.ts'
import { PARSING } from '../../src/cli/options/parse-options.ts'
import { readArguments } from '../../src/cli/options/read-arguments.ts'

/** Commands of others, whose options are theirs. */
const OTHERS: ReadonlySet<string> = new Set(['apt', 'cd', 'cp', 'git', 'mkdir', 'npm', 'perf', 'source'])

/** @throws Error for a command that there is not, or an option that it does not have. */
export async function checkCommand([program, ...words]: readonly string[]): Promise<void> {
  if (program === 'npx') return words[0] === 'assay' ? parseAssay(words.slice(1)) : checkTool(words)
  if (program === 'assay') return parseAssay(words)
  if (program === 'make') return planMake(words)
  if (program === 'node') return requireProgram(words[0])
  if (!OTHERS.has(program!)) throw new Error(`nobody knows the command ${program}`)
}

/** Of the packages that the page has installed. */
function checkTool([tool]: readonly string[]): void {
  if (tool !== 'vitest' && tool !== 'tsc') throw new Error(`nobody has installed ${tool}`)
}

function requireProgram(path: string | undefined): void {
  if (path === undefined || !existsSync(path)) throw new Error(`there is no program ${path}`)
}

/** The words as the command reads them, up to where it would begin. */
async function parseAssay(words: readonly string[]): Promise<void> {
  if (words.length === 1 && /^--(version|help)$/.test(words[0]!)) return
  const listed = COMMANDS.find((each) => nameOf(each) === words[0])
  if (listed === undefined) throw new Error(`assay has no command ${words[0]}`)
  const { name, build, declarations } = await listed.load()
  const passesOn = words.includes('--')
  await yargs([...words])
    .parserConfiguration(PARSING)
    .strictCommands()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
    .command({
      command: listed.command,
      builder: build,
      handler: (parsed) => void readArguments(name, declarations, parsed, words, passesOn),
    })
    .parseAsync()
  // What another command is given behind a lone `--`.
  if (passesOn) await parseAssay(['sim', ...words.slice(words.indexOf('--') + 1)])
}

function planMake(words: readonly string[]): void {
  const { status, stderr } = spawnSync('make', ['--dry-run', ...words], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`make refuses ${words.join(' ')}: ${stderr}`)
  // The program is the same whatever is in ARGS.
}
