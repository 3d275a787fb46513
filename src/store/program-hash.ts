/** What this program is made of: evidence of another version of it counts for nothing. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FileHashes, fileHashes, hashFiles, listFiles } from './file-hashes.ts'
import { writeCached } from './files.ts'
import { hashParts } from './hash.ts'
import { readSealedNow, seal } from './kept.ts'
import { hashLibraries } from './library-hash.ts'

/** `dist/` or `src/`, whichever runs. */
const PROGRAM = fileURLToPath(new URL('../', import.meta.url))

/** Measures only; part of no result. */
const LEFT_OUT = 'bench/'

/**
 * SHA-256 of every module of a program, of the versions of its libraries, and of Node.
 * @param cache folder in which hashes of files are kept.
 */
export function hashProgram(folder: string = PROGRAM, cache: string | null = null): string {
  const modules = Object.entries(hashModules(folder, cache)).filter(([name]) => !name.startsWith(LEFT_OUT))
  return hashParts([process.version, process.arch, hashLibraries(folder, cache), ...nameHashes(modules)])
}

/** Folders that a quantised model comes from. */
const QUANTISER = [
  'input',
  'checkpoint',
  'graph',
  'image',
  'arithmetic',
  'golden',
  'quantise',
  'distil',
  'pipeline/model',
] as const

/** SHA-256 of what quantises: a kept model of another version of it is not this version's. */
export function hashQuantiser(program: string = PROGRAM, cache: string | null = null): string {
  const modules = hashFolders(program, cache, QUANTISER)
  return hashParts([process.version, process.arch, hashLibraries(program, cache), ...modules])
}

/** Folders that figures of accuracy come from, once there are boxes. */
const EVALUATOR = ['input', 'arithmetic', 'golden', 'validate', 'pipeline/validate'] as const

/** SHA-256 of what evaluates boxes. */
export function hashEvaluator(program: string = PROGRAM, cache: string | null = null): string {
  return hashParts([process.version, ...hashFolders(program, cache, EVALUATOR)])
}

const hashFolders = (program: string, cache: string | null, folders: readonly string[]): readonly string[] =>
  nameHashes(
    Object.entries(hashModules(program, cache)).filter(([name]) =>
      folders.some((folder) => name.startsWith(`${folder}/`)),
    ),
  )

const nameHashes = (files: readonly (readonly [string, FileHashes[string]])[]): readonly string[] =>
  files.flatMap(([name, [, sha256]]) => [name, sha256])

/** Of programs with a cache: a run asks for the quantiser and for the whole. */
const known = new Map<string, FileHashes>()

/** The modules of a program. Reading some hundred small files takes a tenth of a run that has nothing to do. */
function hashModules(program: string, cache: string | null): FileHashes {
  if (cache === null) return readModules(program, null)
  const key = JSON.stringify([program, cache])
  const modules = known.get(key) ?? readModules(program, join(cache, 'modules.json'))
  known.set(key, modules)
  return modules
}

function readModules(program: string, file: string | null): FileHashes {
  const names = listFiles(program, (name) => /(?<!\.d)\.[jt]s$/.test(name))
  const kept = (file === null ? null : readSealedNow(file, fileHashes)) ?? {}
  const modules = hashFiles(program, names, kept)
  const isNew = names.some((name) => modules[name] !== kept[name])
  // A cache that can only be read serves as well.
  if (file !== null && isNew) void writeCached(file, seal(modules)).catch(() => undefined)
  return modules
}
