import { existsSync, mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { type Environment, readEnvironment } from '../process/environment.ts'
import type { SimulateOptions } from './types.ts'

let opened = 0

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
