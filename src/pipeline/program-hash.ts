/** What this program is made of: evidence of another version of it counts for nothing. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashParts } from '../simulate/cache.ts'

/** `dist/` or `src/`, whichever runs. */
const PROGRAM = fileURLToPath(new URL('../', import.meta.url))

/** Measures only; part of no result. */
const LEFT_OUT = `bench${sep}`

/** SHA-256 of every module of a program, of the versions of its libraries, and of Node. */
export async function hashProgram(folder: string = PROGRAM): Promise<string> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => /\.[jt]s$/.test(name) && !name.startsWith(LEFT_OUT))
    .sort()
  const [libraries, ...texts] = await Promise.all([
    readLibraries(folder),
    ...names.map((name) => readFile(join(folder, name))),
  ])
  return hashParts([process.version, process.arch, libraries, ...names, ...texts])
}

/** npm's list of what is installed: in this project's folder, or in the one that it is installed in. */
async function readLibraries(folder: string): Promise<string> {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const text = await readFile(join(at, 'node_modules', '.package-lock.json'), 'utf8').catch(() => null)
    if (text !== null) return text
  }
  return ''
}
