/** The files that a user's flags of the compiler and the linker name. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { statIfSeen } from '../../store/stat.ts'
import { shortPath } from './dependencies.ts'

export interface FlagFiles {
  /** Files that are there. */
  readonly files: readonly string[]
  /** Places where a library was looked for and is not. */
  readonly absent: readonly string[]
}

/**
 * What a link takes because of its flags: every file that a word of them names, alone or behind `=`, a comma or an option of one letter,
 * and for `-lX` what is called so in a folder of `-L`. A library in none of these folders is the system's.
 *
 * @throws InputError for a list of further flags (`@file`), which nothing here reads.
 */
export function listLinkFiles(flags: readonly string[]): FlagFiles {
  const words = splitWords(flags, 'ldFlags')
  const folders = valuesOf('-L', words)
  const places = valuesOf('-l', words).flatMap((name) => {
    const names = name.startsWith(':') ? [name.slice(1)] : libraryEndings.map((each) => `lib${name}${each}`)
    return folders.flatMap((folder) => names.map((each) => join(folder, each)))
  })
  return {
    files: [...new Set([...listNamed(words), ...places.filter(isFile)])],
    absent: places.filter((path) => statIfSeen(path) === undefined).map(shortPath),
  }
}

/** Whether a file of a link leads to others: a linker's script, or an archive that holds but the names of its members. */
export async function leadsFurther(path: string): Promise<boolean> {
  const text = await readFile(path, 'latin1')
  if (text.startsWith('!<thin>')) return true
  return !text.includes('\0') && /\b(INPUT|GROUP|INCLUDE|STARTUP|SEARCH_DIR)\b/.test(text)
}

const libraryEndings = ['.so', '.a', '.dylib', '.tbd']

/** The files that flags of the compiler name: `-fplugin=`, `-specs=`. What is included is not among them. */
export const listCompilerFiles = (flags: readonly string[]): readonly string[] =>
  listNamed(splitWords(flags, 'cFlags'))

/** The words behind `-Wl,` and `-Xlinker` are the linker's. */
function splitWords(flags: readonly string[], option: string): readonly string[] {
  const words = flags
    .filter((flag) => flag !== '-Xlinker')
    .flatMap((flag) => (flag.startsWith('-Wl,') ? flag.slice(4).split(',') : [flag]))
  const list = words.find((word) => word.startsWith('@'))
  if (list !== undefined)
    throw new InputError(
      `${list} holds flags that Assay does not read, so a change of the files that they name would not be seen`,
      option,
      `Give the flags themselves as ${option}.`,
    )
  return words
}

/** `-Lfolder`, `-L folder`, `--library-path=folder`. */
function valuesOf(option: '-L' | '-l', words: readonly string[]): readonly string[] {
  const long = { '-L': /^--?library-path(?:=|$)/, '-l': /^--?library(?:=|$)/ }[option]
  return words.flatMap((word, index) => {
    const isLong = long.test(word)
    if (!isLong && !word.startsWith(option)) return []
    const rest = isLong ? word.replace(long, '') : word.slice(option.length)
    return [rest === '' ? (words[index + 1] ?? '') : rest]
  })
}

const listNamed = (words: readonly string[]): readonly string[] => [
  ...new Set(
    words
      .flatMap((word) => [word, word.replace(/^[^=]*=/, ''), word.replace(/^--?[A-Za-z]/, '')])
      .flatMap((word) => [word, ...word.split(',')])
      .filter((word) => word !== '' && isFile(word)),
  ),
]

const isFile = (path: string): boolean => statIfSeen(path)?.isFile() ?? false
