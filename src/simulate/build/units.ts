/** The pieces in which a model is compiled, so that a change of the RTL leaves most of them as they are. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashParts } from '../../store/hash.ts'

/** One run of the compiler. */
export interface Unit {
  readonly text: string
  /** How much it compiles. */
  readonly bytes: number
  /** SHA-256 of all that it reads besides the runtime; null where it reads what was not hashed. */
  readonly content: string | null
}

/** A file of this size is worth a start of the compiler. */
const largeBytes = 50_000

/** Run once, if at all: it is compiled with the same precompiled header, and hardly optimised. */
const SLOW = /(__Slow|__Syms|^glue)(__\d+)?\.cpp$/

/** A header of the C++ library: the compiler's own, which the key of the runtime names. */
const STANDARD = /^<\w+>$/

/**
 * The units of the C++ in `folder`, which Verilator wrote: each large file of what runs every cycle, the small ones
 * together, and all that runs once; the last two are one where that is little.
 * @param bridge folder of the bridge's headers
 * @param library folders of Verilator's headers
 */
export async function planUnits(
  folder: string,
  bridge: string,
  library: readonly string[],
): Promise<readonly Unit[]> {
  const sources = await readAll(folder, '.cpp')
  const own = await readAll(folder, '.h')
  const headers = new Map([...(await readAll(bridge, '.h')), ...own])
  const all = hashParts([...headers].flat())
  const isKnown = (included: string): boolean => {
    const name = included.replaceAll(/[<>]/g, '')
    return STANDARD.test(included) || headers.has(name) || library.some((at) => existsSync(join(at, name)))
  }
  const isHashed = [...own.values(), ...sources.values()].every((text) => listIncludes(text).every(isKnown))
  const includeAll = (files: readonly string[]) => files.map((file) => `#include "${file}"\n`).join('')
  const unit = (fast: readonly string[], slow: readonly string[]): Unit => {
    const texts = [...fast, ...slow].map((file) => sources.get(file)!)
    // Not at O0 beside what runs every cycle: a template that both use would be no more in place of its calls.
    const level = fast.length > 0 ? 'O1' : 'O0'
    const once =
      slow.length === 0
        ? ''
        : `#pragma GCC push_options\n#pragma GCC optimize ("${level}")\n${includeAll(slow)}#pragma GCC pop_options\n`
    const text = `${includeAll(fast)}${once}`
    const content = isHashed ? hashParts([all, text, ...texts]) : null
    return { text, bytes: texts.reduce((sum, { length }) => sum + length, 0), content }
  }
  const isSlow = (name: string): boolean => SLOW.test(name)
  const isLarge = (name: string): boolean => sources.get(name)!.length >= largeBytes
  const fast = [...sources.keys()].filter((name) => !isSlow(name))
  const slow = [...sources.keys()].filter(isSlow)
  const small = fast.filter((name) => !isLarge(name))
  const whole = unit(small, slow)
  if (whole.bytes < 2 * largeBytes) return [...fast.filter(isLarge).map((name) => unit([name], [])), whole]
  const parts = [...fast.filter(isLarge).map((name) => [name]), ...(small.length > 0 ? [small] : [])]
  return [...parts.map((part) => unit(part, [])), unit([], slow)]
}

/** The files of a folder with this ending, in the order of their names. */
async function readAll(folder: string, ending: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort()
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  )
}

/** What a text includes, by name, with its angles; as it stands where it is no name. */
function listIncludes(text: string): readonly string[] {
  const found = text.matchAll(/^[ \t]*#[ \t]*include\b[ \t]*(?:"([^"]*)"|(<[^>]*>|.*))/gm)
  return [...found].map(([, quoted, other]) => quoted ?? other ?? '')
}
