/** One property for every reader: whatever the bytes, it gives a value or says what is wrong, soon, and in little memory. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { applyEdits, editArbitrary } from './mutation.ts'

export interface Target {
  readonly name: string
  /** Valid files. */
  readonly seeds: readonly Uint8Array[]
  /** Words of the format, which mutations put in. */
  readonly words?: readonly string[]
  readonly isJson?: boolean
  /** Share of the runs, of 1; less for slow readers. */
  readonly weight?: number
  readonly read: (bytes: Uint8Array) => unknown
  /** The errors that the reader documents. */
  readonly refuses: (error: unknown) => boolean
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

/** @throws Error where the reader did anything but give a value or refuse. @returns whether it gave a value. */
export async function check(target: Target, bytes: Uint8Array): Promise<boolean> {
  const memory = process.memoryUsage.rss()
  const begin = process.cpuUsage()
  let isRead = true
  try {
    await target.read(bytes)
  } catch (error) {
    isRead = false
    if (!target.refuses(error)) throw error
  }
  const { user, system } = process.cpuUsage(begin)
  const milliseconds = (user + system) / 1000
  const grown = process.memoryUsage.rss() - memory
  if (milliseconds > MOST_MILLISECONDS) throw new Error(`took ${milliseconds.toFixed(0)} ms`)
  if (grown > MOST_BYTES) throw new Error(`took ${(grown / 2 ** 20).toFixed(0)} MB`)
  return isRead
}

/** A failing case is shrunk and kept in `test/fuzz/seeds`, where every run begins. */
export async function fuzz(
  target: Target,
  { runs, seconds, seed }: { readonly runs: number; readonly seconds: number; readonly seed: number },
): Promise<Outcome> {
  const begin = performance.now()
  let [cases, read] = [0, 0]
  for (const bytes of target.seeds) {
    if (!(await check(target, bytes))) throw new Error(`${target.name}: a valid file is refused`)
  }
  const damaged = fc
    .tuple(fc.nat(target.seeds.length - 1), editArbitrary(target.words ?? [], target.isJson ?? false))
    .map(([index, edits]) => applyEdits(target.seeds[index]!, edits).subarray(0, MOST_FILE))
  const file = fc.oneof(
    { weight: 15, arbitrary: damaged },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  )
  const property = fc.asyncProperty(file, async (bytes) => {
    cases++
    if (await check(target, bytes)) read++
  })
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  })
  if (result.failed) {
    const [bytes] = result.counterexample ?? [new Uint8Array(0)]
    const path = keep(target.name, bytes)
    throw new Error(`${target.name}: seed ${seed}, after ${cases} cases, kept as ${path}`, {
      cause: result.errorInstance,
    })
  }
  return { name: target.name, cases, read, seconds: (performance.now() - begin) / 1000 }
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
