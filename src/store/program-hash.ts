/** What this program is made of: evidence of another version of it counts for nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashParts } from './hash.ts'
import { hashLibraries } from './library-hash.ts'

/** `dist/` or `src/`, whichever runs. */
const PROGRAM = fileURLToPath(new URL('../', import.meta.url))

/** Measures only; part of no result. */
const LEFT_OUT = `bench${sep}`

/**
 * SHA-256 of every module of a program, of the versions of its libraries, and of Node. Hundreds of small files are read fastest one by one.
 * @param cache folder in which hashes of large files are kept.
 */
export function hashProgram(folder: string = PROGRAM, cache: string | null = null): string {
  return hashParts([process.version, process.arch, hashLibraries(folder, cache), hashModules(folder)])
}

function hashModules(folder: string): string {
  const names = (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => /\.[jt]s$/.test(name) && !name.startsWith(LEFT_OUT))
    .sort()
  const texts = names.map((name) => readFileSync(join(folder, name)))
  return hashParts([...names, ...texts])
}

/** Folders that a quantised model comes from. */
const QUANTISER = ['input', 'checkpoint', 'graph', 'image', 'golden', 'quantise', 'pipeline/model'] as const

/** SHA-256 of what quantises: a kept model of another version of it is not this version's. */
export function hashQuantiser(program: string = PROGRAM, cache: string | null = null): string {
  const parts = QUANTISER.map((name) => hashModules(join(program, name)))
  return hashParts([process.version, process.arch, hashLibraries(program, cache), ...parts])
}

/** Folders that figures of accuracy come from, once there are boxes. */
const EVALUATOR = ['input', 'golden', 'validate', 'pipeline/validate'] as const

/** SHA-256 of what evaluates boxes. */
export function hashEvaluator(program: string = PROGRAM): string {
  return hashParts([process.version, ...EVALUATOR.map((name) => hashModules(join(program, name)))])
}
