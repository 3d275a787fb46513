/** The words of the project's own programs (`make bench`, `make mutate` …): all are checked before anything starts. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Read<Of extends Options> = ReturnType<typeof parseArgs<Config<Of>>>
type Config<Of extends Options> = { args: string[]; options: Of; allowPositionals: true; strict: true }

export interface ToolWords<Of extends Options> {
  /** Printed by `--help`, and below what is refused. */
  readonly usage: string
  readonly options: Of
  /** What words without dashes may name; null allows any. */
  readonly names: readonly string[] | null
}

/** What is wrong with the words, in one sentence. */
export class WrongWords extends Error {}

/** @throws {WrongWords} an option or a name is unknown, or a value is missing */
export function readWords<const Of extends Options>(
  words: readonly string[],
  { options, names }: Omit<ToolWords<Of>, 'usage'>,
): Read<Of> {
  const config: Config<Of> = { args: [...words], options, allowPositionals: true, strict: true }
  let read: Read<Of>
  try {
    read = parseArgs(config)
  } catch (error) {
    throw new WrongWords((error as Error).message.split('. ')[0])
  }
  const unknown = read.positionals.filter((name) => names?.includes(name) === false)
  if (unknown.length > 0) throw new WrongWords(`expected ${names!.join(', ')}, got ${unknown.join(', ')}`)
  return read
}

/** The words of this process; it ends here after `--help` and after words that are wrong. */
export function toolWords<const Of extends Options>({ usage, ...words }: ToolWords<Of>): Read<Of> {
  const given = process.argv.slice(2)
  if (given.includes('--help') || given.includes('-h')) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  try {
    return readWords(given, words)
  } catch (error) {
    if (!(error instanceof WrongWords)) throw error
    refuse(error.message, usage)
  }
}

/** A whole number from 1 that an option gives, or null where it is not given. */
export function wholeWord(name: string, text: string | undefined, usage: string): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d*$/.test(text)) refuse(`--${name}: expected a whole number from 1, got ${text}`, usage)
  return Number(text)
}

export function refuse(why: string, usage: string): never {
  process.stderr.write(`${why}\n\n${usage}\n`)
  process.exit(2)
}
