/** The files that a build read, and the absent files that it would have read. */
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import * as v from 'valibot'
import { pathWithin } from '../../input/path-within.ts'
import { type Checked, openObject } from '../../input/schema.ts'
import { explainCacheError } from '../../store/cache-error.ts'
import { writeCached } from '../../store/files.ts'
import { hashOrMissing, hashParts } from '../../store/hash.ts'
import { readSealed, seal } from '../../store/kept.ts'
import { statIfSeen } from '../../store/stat.ts'
import type { BuildInput, Tools } from './types.ts'

/** What is kept of a build to find it again without its tool. */
const DEPENDENCIES = openObject({
  /** Files that the tool read. */
  read: v.array(v.string()),
  /** Files that would have been read instead, or as well: where one appears, the build is made again. */
  absent: v.array(v.string()),
})
export type Dependencies = Checked<typeof DEPENDENCIES>

/** Paths under the working directory stay relative: a cache then holds for another checkout of the same tree. */
export const shortPath = (path: string): string => pathWithin(process.cwd(), path) ?? resolve(path)

export async function readDependencies(index: string): Promise<Dependencies | null> {
  return readSealed(index, DEPENDENCIES)
}

export async function writeDependencies(index: string, dependencies: Dependencies): Promise<void> {
  await writeCached(index, seal(dependencies), (error) => explainCacheError(error, index))
}

/** Whether none of the files that would change the search has appeared. */
export function areAbsent(paths: readonly string[]): boolean {
  return paths.every((path) => statIfSeen(path) === undefined)
}

export async function hashInputs(parts: readonly string[], inputs: readonly BuildInput[]): Promise<string> {
  const texts = inputs.flatMap(({ path, sha256 }) => [shortPath(path), sha256])
  return hashParts([...parts, ...texts]).slice(0, 40)
}

/** @param known files that were read just now. */
export async function readInputs(
  paths: readonly string[],
  known: readonly BuildInput[] = [],
): Promise<readonly BuildInput[]> {
  const hashes = new Map(known.map(({ path, sha256 }) => [resolve(path), sha256]))
  return Promise.all(
    paths.map(async (path) => ({
      path,
      sha256: hashes.get(resolve(path)) ?? (await hashOrMissing(path)),
    })),
  )
}

/** What `after` read, if it is certain that it read just that: each file was known before, and has not changed since. */
export function isUnchanged(before: readonly BuildInput[], after: readonly BuildInput[]): boolean {
  const known = new Map(before.map(({ path, sha256 }) => [resolve(path), sha256]))
  return after.every(({ path, sha256 }) => sha256 !== 'missing' && known.get(resolve(path)) === sha256)
}

/** The files that Verilator read, without its own program. Its make rule does not escape spaces; this list quotes. */
export async function listVerilatorFiles(folder: string, prefix: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, `${prefix}__verFiles.dat`), 'utf8')
  const files = text.split('\n').flatMap((line) => {
    // S size inode times... ["hash"] "path". What was never there has no inode.
    const [, inode, path] = /^S\s+\d+\s+(\d+)\s[\d\s]*(?:"[^"\s/.]*"\s+)?"(.*)"\s*$/.exec(line) ?? []
    return path === undefined || inode === '0' ? [] : [path]
  })
  return [...new Set(files)].sort()
}

/** As `listVerilatorFiles`, without the tool's own program. */
export async function listSources(folder: string, prefix: string, tools: Tools): Promise<readonly string[]> {
  const files = await listVerilatorFiles(folder, prefix)
  return files.filter(
    (path) => resolve(path) !== tools.verilator.binary && !/\/?verilator_bin[^/]*$/.test(path),
  )
}

/** Whether a file is the tool's and no input of the user's. */
export function isOfTool(path: string, tools: Tools): boolean {
  return pathWithin(join(tools.verilator.root, 'include'), path) !== null
}

/** Folders in which a tool looks for a name, in its order, and what it hangs on the name. */
export interface SearchPath {
  readonly folders: readonly string[]
  readonly endings: readonly string[]
}

/**
 * The places where each of `files` was looked for before it was found, and one more for each file whose place in the
 * search is unknown: what was found in a folder may have been found by any name that leads there.
 */
export function listAbsent(files: readonly string[], { folders, endings }: SearchPath): readonly string[] {
  const there = new Set(files.map((path) => resolve(path)))
  const absent = new Set<string>()
  for (const file of files) {
    for (const [index, folder] of folders.entries()) {
      const name = pathWithin(folder, file)
      if (name === null) continue
      const stem = endings.find((ending) => ending !== '' && name.endsWith(ending))
      const names = stem === undefined ? [name] : [name, name.slice(0, -stem.length)]
      for (const earlier of folders.slice(0, index + 1))
        for (const each of names)
          for (const ending of endings) absent.add(shortPath(join(earlier, `${each}${ending}`)))
    }
  }
  return [...absent].filter((path) => !there.has(resolve(path)) && !exists(path)).sort()
}

const exists = (path: string): boolean => statIfSeen(path) !== undefined

/** What Verilator searches, by its flags; those of `-f` files count. */
export async function readSearchPath(
  flags: readonly string[],
  files: readonly string[],
): Promise<SearchPath> {
  const folders: string[] = []
  const endings = ['', '.v', '.sv']
  const take = async (words: readonly string[], base: string): Promise<void> => {
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!
      const next = words[at + 1] ?? ''
      if (word.startsWith('-I')) folders.push(under(base, word.slice(2)))
      else if (word.startsWith('+incdir+'))
        folders.push(
          ...word
            .split('+')
            .slice(2)
            .map((folder) => under(base, folder)),
        )
      else if (word.startsWith('+libext+')) endings.push(...word.split('+').slice(2))
      else if (word === '-y') folders.push(under(base, next))
      else if (word === '--relative-includes' || word === '-relative-includes')
        folders.push(...new Set(files.map((path) => dirname(path))))
      else if (['-f', '-F'].includes(word)) {
        const text = await readFile(under(base, next), 'utf8').catch(() => '')
        await take(splitArguments(text), word === '-F' ? dirname(under(base, next)) : base)
      }
    }
  }
  await take(flags, '')
  return { folders: [...folders, '.'], endings }
}

const under = (base: string, path: string): string => (isAbsolute(path) ? path : join(base, path))

const splitArguments = (text: string): readonly string[] =>
  text
    .replace(/\/\*[\s\S]*?\*\/|(\/\/|#).*$/gm, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
