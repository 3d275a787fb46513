/** One property for every reader: whatever the bytes, it gives a value or says what is wrong, soon, and in little memory. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { InputError } from '../../src/input/input-error.ts'
import { damagedBytes, damagedJson } from './damage.ts'

export interface Reader {
  readonly name: string
  /** Valid files. */
  readonly seeds: readonly Uint8Array[]
  /** Words of the format, which damage puts in. */
  readonly words?: readonly string[]
  readonly isJson?: boolean
  /** Share of the runs, of 1; less for slow readers. */
  readonly weight?: number
  /** Null is how a cache refuses. */
  readonly read: (bytes: Uint8Array) => unknown
  /** What the message of a refusal begins with: the file. */
  readonly file?: string
  /** The errors that the reader documents, where they are not those of input. */
  readonly refuses?: (error: unknown) => boolean
}

export interface Outcome {
  readonly name: string
  readonly cases: number
  /** Cases that were read to the end. */
  readonly read: number
  readonly seconds: number
}

const SEEDS = join(import.meta.dirname, 'seeds')
/** Time of the processor: other work on the machine does not count. */
const MOST_MILLISECONDS = 3000
const MOST_BYTES = 2 ** 29
/** Repeats of repeats end here. */
const MOST_FILE = 2 ** 18

/** @throws Error where the reader did anything but give a value or refuse. @returns null, or why it refused. */
export async function check(reader: Reader, bytes: Uint8Array): Promise<string | null> {
  const memory = process.memoryUsage.rss()
  const begin = process.cpuUsage()
  const refusal = await refusalOf(reader, bytes)
  const { user, system } = process.cpuUsage(begin)
  const milliseconds = (user + system) / 1000
  const grown = process.memoryUsage.rss() - memory
  if (grown > MOST_BYTES) throw new Error(`took ${(grown / 2 ** 20).toFixed(0)} MB`)
  if (milliseconds > MOST_MILLISECONDS) throw new Error(`took ${milliseconds.toFixed(0)} ms`)
  return refusal
}

async function refusalOf({ read, refuses, file = '' }: Reader, bytes: Uint8Array): Promise<string | null> {
  try {
    return (await read(bytes)) === null ? 'null' : null
  } catch (error) {
    if (refuses?.(error) === true) return (error as Error).message
    if (!(error instanceof InputError)) throw error
    if (!error.message.startsWith(file)) throw new Error(`names no file: ${error.message}`, { cause: error })
    return error.message
  }
}

export interface Plan {
  readonly runs: number
  readonly seconds: number
  readonly seed: number
  /** One case of an earlier run, as its failure named it. */
  readonly path?: string | undefined
}

/** A failing case is shrunk and kept in `test/fuzz/seeds`, where every run begins. */
export async function fuzz(reader: Reader, { runs, seconds, seed, path }: Plan): Promise<Outcome> {
  const { name, seeds, words = [], isJson = false } = reader
  const begin = performance.now()
  let [cases, read] = [0, 0]
  for (const bytes of seeds) {
    const refusal = await check(reader, bytes)
    if (refusal !== null) throw new Error(`${name}: a valid file is refused: ${refusal}`)
  }
  const bytes = damagedBytes(seeds, words)
  // A byte that is wrong mostly ends in the parser; a value that is wrong goes further.
  const file = isJson
    ? fc.oneof({ weight: 3, arbitrary: damagedJson(seeds) }, { weight: 1, arbitrary: bytes })
    : bytes
  const property = fc.asyncProperty(
    file.map((all) => all.subarray(0, MOST_FILE)),
    async (damaged) => {
      cases++
      if ((await check(reader, damaged)) === null) read++
    },
  )
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  })
  if (result.failed) {
    const kept = keep(name, result.counterexample?.[0] ?? new Uint8Array(0))
    const again = `make fuzz ONLY=${name} SEED=${result.seed} CASE=${result.counterexamplePath}`
    throw new Error(`${name}: kept as ${kept}; \`${again}\` repeats it`, { cause: result.errorInstance })
  }
  return { name, cases, read, seconds: (performance.now() - begin) / 1000 }
}

function keep(name: string, bytes: Uint8Array): string {
  const folder = join(SEEDS, name)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, createHash('sha256').update(bytes).digest('hex').slice(0, 16))
  writeFileSync(path, bytes)
  return path
}

/** Readers of which something once failed. */
export const keptFolders = (): readonly string[] => readdirSync(SEEDS)

/** What once failed. */
export function keptCases(name: string): readonly { readonly file: string; readonly bytes: Uint8Array }[] {
  const folder = join(SEEDS, name)
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((file) => ({ file, bytes: readFileSync(join(folder, file)) }))
}
