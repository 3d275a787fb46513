/** What the environment decides, as a plain value: read where a run begins, and passed on from there. */
import { join } from 'node:path'
import { InputError } from '../input/input-error.ts'

/** All that the environment decides of builds and simulations, as a plain value: part of what a proof rests on. */
export interface Environment {
  /** `ASSAY_SEED` as it is written; empty where there is none. */
  readonly seed: string
  /** `ASSAY_SIMULATOR`. */
  readonly simulator: 'verilator' | 'icarus' | null
  /** `ASSAY_COVERAGE`: folder of the counts, or null. */
  readonly coverage: string | null
  /** `ASSAY_MUTATION`: folder of mutated sources, or null; `ASSAY_MUTANT`, the one that runs. */
  readonly mutation: string | null
  readonly mutant: string
  /** `CXX`. */
  readonly compiler: string
  /** `ASSAY_CPU`: the CPU that models are compiled for; null: this one. */
  readonly cpu: string | null
  /** What Verilator and the compiler obey, where it is set. */
  readonly tools: Readonly<Record<string, string>>
}

/** Of GCC and Clang: where headers, libraries and their own programs are looked for. */
const compilerVariables =
  /^(CPATH|C_INCLUDE_PATH|CPLUS_INCLUDE_PATH|LIBRARY_PATH|COMPILER_PATH|GCC_EXEC_PREFIX|LD_LIBRARY_PATH|LD_PRELOAD)$/

/**
 * The only reader of these variables. Entries call it (test/rules/environment.ts lists them), all else is given the value.
 *
 * @throws InputError if `ASSAY_SIMULATOR` names no simulator.
 */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const textOf = (name: string): string | null => (env[name] === '' ? null : (env[name] ?? null))
  const simulator = textOf('ASSAY_SIMULATOR')
  if (simulator !== null && simulator !== 'verilator' && simulator !== 'icarus')
    throw new InputError(`expected verilator or icarus, got ${simulator}`, 'ASSAY_SIMULATOR')
  const tools = Object.entries(env).filter(
    ([name]) => name.startsWith('VERILATOR_') || compilerVariables.test(name),
  )
  return {
    seed: env.ASSAY_SEED ?? '',
    simulator,
    coverage: textOf('ASSAY_COVERAGE'),
    mutation: textOf('ASSAY_MUTATION'),
    mutant: env.ASSAY_MUTANT ?? '0',
    compiler: textOf('CXX') ?? 'g++',
    cpu: textOf('ASSAY_CPU'),
    tools: Object.fromEntries(
      tools.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => [name, text ?? '']),
    ),
  }
}

/** `ASSAY_CACHE`, or a folder below the working directory. It says where models are kept and not what they are: no part of a proof. */
export const defaultCacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.ASSAY_CACHE ?? join('build', 'cache', 'verilator')

/**
 * `ASSAY_EVIDENCE_MB` in bytes: how much evidence is kept, which is no part of a proof; undefined where it is not set.
 *
 * @throws InputError if it is no number above 0.
 */
export function evidenceLimit(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const text = env.ASSAY_EVIDENCE_MB ?? ''
  if (text === '') return undefined
  const megabytes = Number(text)
  if (Number.isFinite(megabytes) && megabytes > 0) return megabytes * 1e6
  throw new InputError(`expected megabytes above 0, got ${text}`, 'ASSAY_EVIDENCE_MB')
}

/**
 * `ASSAY_SEED` of the environment, or 1.
 *
 * @throws RangeError when it is not a whole number of 31 bits.
 */
export function defaultSeed({ seed: text }: Environment): number {
  if (text === '' || text === 'random') return 1
  const seed = Number(text)
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) return seed
  throw new RangeError(`Expected a whole number below 2^31, or random, in ASSAY_SEED, got ${text}`)
}
