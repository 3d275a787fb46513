import { existsSync, mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { InputError } from '../input/input-error.ts'
import type { SimulateOptions } from './types.ts'

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
  /** What Verilator and the compiler obey, where it is set. */
  readonly tools: Readonly<Record<string, string>>
}

/** Of GCC and Clang: where headers, libraries and their own programs are looked for. */
const compilerVariables =
  /^(CPATH|C_INCLUDE_PATH|CPLUS_INCLUDE_PATH|LIBRARY_PATH|COMPILER_PATH|GCC_EXEC_PREFIX|LD_LIBRARY_PATH|LD_PRELOAD)$/

/**
 * The only reader of these variables, besides `ASSAY_CACHE`, which says where and not what.
 *
 * @throws InputError for a simulator that there is not.
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
    tools: Object.fromEntries(
      tools.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => [name, text ?? '']),
    ),
  }
}

let opened = 0

/**
 * `ASSAY_SEED` of the environment, or 1.
 *
 * @throws RangeError when it is not a whole number of 31 bits.
 */
export function defaultSeed({ seed: text }: Environment = readEnvironment()): number {
  if (text === '' || text === 'random') return 1
  const seed = Number(text)
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) return seed
  throw new RangeError(`Expected a whole number below 2^31, or random, in ASSAY_SEED, got ${text}`)
}

/**
 * What the environment changes in every simulation of a test run, without a word in the tests: the simulator where none is
 * named, counters, mutated sources. It may be applied twice.
 */
export function applyEnvironment<Options extends SimulateOptions>(
  options: Options,
  { simulator, coverage, mutation, mutant }: Environment = readEnvironment(),
): Options {
  const trace = options.trace ?? options.waveform !== undefined
  const prepared: Options = { ...options, trace }
  if (coverage !== null) Object.assign(prepared, { coverage: true })
  if (simulator !== null && options.simulator === undefined) Object.assign(prepared, { simulator })
  if (mutation === null) return prepared
  const control = join(mutation, 'assay_mutation.sv')
  const substitute = (path: string): string => {
    const broken = join(mutation, relative(process.cwd(), resolve(path)))
    return existsSync(broken) ? broken : path
  }
  return {
    ...prepared,
    sources: options.sources[0] === control ? options.sources : [control, ...options.sources.map(substitute)],
    plusargs: { ...options.plusargs, assay_mutant: mutant },
  }
}

/** Where this instance leaves its counts: a file of its own in the folder that `ASSAY_COVERAGE` names. */
export function coverageFile(key: string): string | null {
  const { coverage } = readEnvironment()
  if (coverage === null) return null
  mkdirSync(coverage, { recursive: true })
  return resolve(coverage, `${key.slice(0, 12)}-${process.pid}-${opened++}.dat`)
}
