/** What the environment changes in a simulation. */
import { existsSync, mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Environment } from '../process/environment.ts'
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
export function coverageFile({ coverage }: Environment, key: string): string | null {
  if (coverage === null) return null
  mkdirSync(coverage, { recursive: true })
  return resolve(coverage, `${key.slice(0, 12)}-${process.pid}-${opened++}.dat`)
}
