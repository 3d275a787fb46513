/** What the environment changes in a simulation. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Environment } from '../process/environment.ts'
import { modelLog } from './model-log.ts'
import type { SimulateOptions } from './types.ts'

let opened = 0

/**
 * The options with what the environment changes in every simulation of a test run, without a word in the tests: the simulator
 * where none is named, counters, mutated sources. It may be applied twice.
 */
export function applyEnvironment<Options extends SimulateOptions>(
  options: Options,
  environment: Environment,
): Options & { readonly environment: Environment } {
  const { simulator, coverage, mutation, mutant } = environment
  const trace = options.trace ?? options.waveform !== undefined
  const prepared = { ...options, trace, environment }
  if (coverage !== null) Object.assign(prepared, { coverage: true })
  if (simulator !== null && options.simulator === undefined) Object.assign(prepared, { simulator })
  const broken = mutation === null ? null : mutate(prepared, mutation, mutant)
  if (mutation === null || broken !== null) modelLog()?.asked(options)
  return { ...prepared, ...broken }
}

/** Where the mutated text of a source lies. */
export const mutatedPath = (folder: string, source: string): string =>
  join(folder, 'rtl', relative(process.cwd(), resolve(source)).replaceAll('..', '__'))

/** Null: no source of the model has mutants, and it stays as it is. */
function mutate<Options extends SimulateOptions>(
  options: Options,
  folder: string,
  mutant: string,
): Partial<SimulateOptions> | null {
  const { includeDirs = [], plusargs } = options
  const chosen = { plusargs: { ...plusargs, assay_mutant: mutant } }
  // It was applied before.
  if (plusargs?.assay_mutant !== undefined) return chosen
  const replace = (path: string): string => {
    const instead = mutatedPath(folder, path)
    return existsSync(instead) ? instead : path
  }
  const sources = options.sources.map(replace)
  const folders = includeDirs.map(replace).filter((path, index) => path !== includeDirs[index])
  const changed = options.sources.filter((path, index) => path !== sources[index])
  if (changed.length === 0 && folders.length === 0) return null
  return {
    ...chosen,
    sources,
    // Verilator looks for what a file includes beside it.
    includeDirs: [...folders, ...includeDirs, ...new Set(changed.map((path) => dirname(path)))],
  }
}

/** Where this instance leaves its counts: a file of its own in the folder that `ASSAY_COVERAGE` names. */
export function coverageFile({ coverage }: Environment, key: string): string | null {
  if (coverage === null) return null
  mkdirSync(coverage, { recursive: true })
  return resolve(coverage, `${key.slice(0, 12)}-${process.pid}-${opened++}.dat`)
}
