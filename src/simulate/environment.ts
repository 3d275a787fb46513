import { existsSync, mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { SimulateOptions } from './types.ts'

let opened = 0

/**
 * `ASSAY_SEED` of the environment, or 1.
 *
 * @throws RangeError when it is not a whole number of 31 bits.
 */
export function defaultSeed(): number {
  const text = process.env.ASSAY_SEED ?? ''
  if (text === '' || text === 'random') return 1
  const seed = Number(text)
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) return seed
  throw new RangeError(`Expected a whole number below 2^31, or random, in ASSAY_SEED, got ${text}`)
}

/** What a run for coverage or mutation changes in every simulation of a test run, without a word in the tests. */
export function applyEnvironment<Options extends SimulateOptions>(options: Options): Options {
  const { ASSAY_COVERAGE: coverage, ASSAY_MUTATION: folder, ASSAY_MUTANT: mutant = '0' } = process.env
  const trace = options.trace ?? options.waveform !== undefined
  const prepared: Options = { ...options, trace }
  if (coverage !== undefined && coverage !== '') Object.assign(prepared, { coverage: true })
  if (process.env.ASSAY_SIMULATOR === 'icarus') Object.assign(prepared, { simulator: 'icarus' })
  if (folder === undefined || folder === '') return prepared
  const substitute = (path: string): string => {
    const broken = join(folder, relative(process.cwd(), resolve(path)))
    return existsSync(broken) ? broken : path
  }
  return {
    ...prepared,
    sources: [join(folder, 'assay_mutation.sv'), ...options.sources.map(substitute)],
    plusargs: { ...options.plusargs, assay_mutant: mutant },
  }
}

/** Where this instance leaves its counts: a file of its own in the folder that `ASSAY_COVERAGE` names. */
export function coverageFile(key: string): string | null {
  const folder = process.env.ASSAY_COVERAGE
  if (folder === undefined || folder === '') return null
  mkdirSync(folder, { recursive: true })
  return resolve(folder, `${key.slice(0, 12)}-${process.pid}-${opened++}.dat`)
}
