/** What a fresh clone has of a run: its inputs, and Assay itself. */
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { pathWithin } from '../../input/path-within.ts'
import { acceptJson, openObject, recordOf } from '../../input/schema.ts'
import type { Untracked } from '../../result/record.ts'
import { pathIn } from '../../result/reproduce.ts'
import { readCached } from '../../store/files.ts'
import { git } from './git.ts'

/** Inputs that git is asked about: a command line has its bounds. */
const MOST_INPUTS = 2000
/** Files that are said of one input. */
const MOST_FILES = 5
/** What lies beside a module and is perhaps a part of it. */
const SOURCE = /\.(?:s?vh?|f|mem|hex|[cm]?[jt]s|json)$/

const lockSchema = openObject({
  packages: recordOf(openObject({ resolved: v.optional(v.string()), link: v.optional(v.boolean()) })),
})

/** Whether `npm ci --ignore-scripts` in the working folder of a clone installs Assay: the nearest package-lock.json names it, and git tracks both. */
export async function installsAssay(root: string, cwd: string): Promise<boolean> {
  for (let folder = cwd; pathWithin(root, folder) !== null; folder = dirname(folder)) {
    const path = join(folder, 'package-lock.json')
    const bytes = await readCached(path)
    if (bytes !== null) {
      const lock = acceptJson(lockSchema, Buffer.from(bytes).toString('utf8'))
      const found = lock?.packages['node_modules/assay']
      if (found === undefined) return false
      const { resolved = '', link = false } = found
      const file = link ? resolved : /^file:(.*)$/s.exec(resolved)?.[1]
      const needed = [path, ...(file === undefined ? [] : [resolve(folder, file)])]
      if (needed.some((own) => pathWithin(root, own) === null)) return false
      return (await Promise.all(needed.map((own) => isTracked(own, cwd)))).every((is) => is)
    }
    if (folder === dirname(folder)) break
  }
  return false
}

const isTracked = async (path: string, cwd: string): Promise<boolean> =>
  ((await list(cwd, [], [path])) ?? '') !== ''

/** The inputs among the words that a clone lacks, each with the files of it that git does not track: none of them if it tracks nothing of it. */
export async function findUntracked(
  words: readonly string[],
  root: string,
  cwd: string,
): Promise<readonly Untracked[]> {
  const named = await Promise.all([...new Set(words.map(pathIn))].map((word) => inputOf(word, root, cwd)))
  const inputs = named.flatMap((input) => input ?? []).slice(0, MOST_INPUTS)
  if (inputs.length === 0) return []
  const [known, unknown] = await Promise.all([
    list(
      cwd,
      [],
      inputs.map(({ path }) => path),
    ),
    list(
      cwd,
      ['--others', '--exclude-standard'],
      inputs.map(({ path, module }) => module ?? path),
    ),
  ])
  // No answer is no reproach.
  if (known === null || unknown === null) return []
  const [tracked, others] = [known, unknown].map((text) =>
    text.split('\0').flatMap((name) => (name === '' ? [] : [resolve(cwd, name)])),
  ) as [string[], string[]]
  return inputs.flatMap(({ word, path, module }): readonly Untracked[] => {
    if (!tracked.some((file) => pathWithin(path, file) !== null)) return [{ input: word, files: [] }]
    const isPart = (file: string): boolean =>
      module === null ? pathWithin(path, file) !== null : dirname(file) === module && SOURCE.test(file)
    const files = others.filter(isPart).map((file) => pathWithin(module ?? path, file)!)
    if (files.length === 0) return []
    const more = files.length - MOST_FILES
    return [{ input: word, files: [...files.slice(0, MOST_FILES), ...(more > 0 ? [`${more} more`] : [])] }]
  })
}

interface Input {
  readonly word: string
  readonly path: string
  /** Folder of a configuration of a module, beside which its sources lie; null for other inputs. */
  readonly module: string | null
}

/** Null for a word that names nothing in the repository. */
async function inputOf(word: string, root: string, cwd: string): Promise<Input | null> {
  const path = resolve(cwd, word)
  if (word === '' || word.startsWith('-') || pathWithin(root, path) === null) return null
  const info = await stat(path).catch(() => null)
  if (info === null) return null
  const module = info.isFile() && /\.[cm]?[jt]s$/.test(path) ? dirname(path) : null
  return { word, path, module }
}

const list = (cwd: string, own: readonly string[], paths: readonly string[]): Promise<string | null> =>
  git(cwd, ['--literal-pathspecs', 'ls-files', '-z', ...own, '--', ...paths])
