/**
 * Evidence of many random power-ups: a line for what a few parts of a design came to from one seed, in files to which one process each
 * appends. A line has a checksum over itself and the head of its file: one that was cut short or altered counts as not there.
 */
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, count, openObject, real, type Schema } from '../input/schema.ts'
import { explainSystemError } from '../input/system-error.ts'
import { touch } from './cache.ts'
import { type EvidenceStore, powerUpFolder } from './evidence.ts'
import { readCached } from './files.ts'
import { sha256 } from './hash.ts'

const FORMAT = 'assay power-ups 1'

/** What is found waits at most so long for the disk: a run that is killed runs that again. */
const FLUSH_MS = 100

/** What a part came to from one seed. */
export type PowerUp<Opened> =
  | {
      readonly kind: 'exact'
      readonly cycles: number
      readonly seconds: number
      readonly opened: Opened
      readonly provedAt: string
    }
  | { readonly kind: 'red'; readonly opened: Opened }

export interface PowerUpLog<Opened> {
  /** All that it came to: the newest last, but once for each kind and what it had opened. */
  find(part: string, seed: number): readonly PowerUp<Opened>[]
  /** It is on the disk within a moment. @param part one of those that the log was opened with */
  enter(part: string, seed: number, found: PowerUp<Opened>): void
  /** Waits until all is on the disk. @throws InputError or ToolError if something could not be written. */
  close(): Promise<void>
}

const HEAD = openObject({ format: v.literal(FORMAT), group: v.string(), parts: v.array(v.string()) })
const lineOf = (opened: Schema) =>
  openObject({
    seed: count,
    provedAt: v.string(),
    opened,
    /** Index of the part, cycles, seconds. */
    exact: v.array(v.strictTuple([count, count, real(0)])),
    red: v.array(count),
  })

const sealLine = (head: string, text: string): string => `${text} ${sha256(head, text).slice(0, 16)}\n`

/** The text of a line whose checksum is right, else null. */
function openLine(head: string, line: string): string | null {
  const text = line.slice(0, -17)
  return sealLine(head, text) === `${line}\n` ? text : null
}

/**
 * @param group names the files, so that what belongs to one design is read together. It decides nothing.
 * @param parts keys of what is asked for; each is a SHA-256 of all that decides it but the seed
 * @param schema of what `opened` holds
 */
export async function openPowerUps<Opened>(
  store: EvidenceStore,
  group: string,
  parts: readonly string[],
  schema: Schema,
): Promise<PowerUpLog<Opened>> {
  const folder = join(powerUpFolder(store), group)
  const known = new Map(parts.map((part) => [part, new Map<number, readonly PowerUp<Opened>[]>()]))
  const add = (part: string | undefined, seed: number, found: PowerUp<Opened>): void => {
    const own = known.get(part ?? '')
    const opened = JSON.stringify(found.opened)
    const others = (own?.get(seed) ?? []).filter(
      (each) => each.kind !== found.kind || JSON.stringify(each.opened) !== opened,
    )
    own?.set(seed, [...others, found])
  }
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.log')).sort()
  const line = lineOf(schema)
  for (const name of names) readLog(await readCached(join(folder, name)), group, line, add)
  if (names.length > 0) await touch(folder)

  // Microseconds behind the milliseconds: of two logs that are opened in one, the second is the newer.
  const now = performance.timeOrigin + performance.now()
  const moment = `${Math.floor(now).toString(36)}${String(Math.floor((now % 1) * 1000)).padStart(3, '0')}`
  const path = join(folder, `${moment}-${randomBytes(6).toString('hex')}.log`)
  const head = JSON.stringify({ format: FORMAT, group, parts })
  const numbers = new Map(parts.map((part, index) => [part, index]))
  const writer = createWriter(folder, path, head)
  return {
    find: (part, seed) => known.get(part)?.get(seed) ?? [],
    enter: (part, seed, found) => {
      add(part, seed, found)
      const index = numbers.get(part)
      if (index === undefined) throw new RangeError(`Expected one of the parts of the log, got ${part}`)
      const exact =
        found.kind === 'exact' ? [[index, found.cycles, Math.round(found.seconds * 1e6) / 1e6]] : []
      const red = found.kind === 'red' ? [index] : []
      const provedAt = found.kind === 'exact' ? found.provedAt : ''
      writer.write({ seed, provedAt, opened: found.opened }, { exact, red })
    },
    close: writer.close,
  }
}

function readLog<Opened>(
  bytes: Uint8Array | null,
  group: string,
  schema: ReturnType<typeof lineOf>,
  add: (part: string | undefined, seed: number, found: PowerUp<Opened>) => void,
): void {
  if (bytes === null) return
  const [first = '', ...lines] = new TextDecoder().decode(bytes).split('\n')
  const headText = openLine('', first)
  const head = headText === null ? null : acceptJson(HEAD, headText)
  if (head === null || headText === null || head.group !== group) return
  for (const each of lines) {
    const text = openLine(headText, each)
    const read = text === null ? null : acceptJson(schema, text)
    if (read === null) continue
    const { seed, provedAt, exact, red } = read
    const opened = read.opened as Opened
    for (const [part, cycles, seconds] of exact)
      add(head.parts[part], seed, { kind: 'exact', cycles, seconds, opened, provedAt })
    for (const part of red) add(head.parts[part], seed, { kind: 'red', opened })
  }
}

/** What of a line is joined with the line before, where all else is equal. */
interface Lists {
  readonly exact: readonly (readonly number[])[]
  readonly red: readonly number[]
}

function createWriter(folder: string, path: string, head: string) {
  let waiting = new Map<string, Lists>()
  let timer: NodeJS.Timeout | null = null
  let begun = false
  let writing: Promise<void> = Promise.resolve()
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (waiting.size === 0) return
    const lines = [...waiting].map(([about, lists]) =>
      sealLine(head, `${about.slice(0, -1)},${JSON.stringify(lists).slice(1)}`),
    )
    waiting = new Map()
    writing = writing.then(async () => {
      try {
        if (!begun) await mkdir(folder, { recursive: true })
        await appendFile(path, `${begun ? '' : sealLine('', head)}${lines.join('')}`)
        begun = true
      } catch (error) {
        explainSystemError(error, path, 'Free some space or choose another folder, then run again.')
      }
    })
    writing.catch(() => {})
  }
  return {
    write: (about: Readonly<Record<string, unknown>>, { exact, red }: Lists): void => {
      const key = JSON.stringify(about)
      const before = waiting.get(key) ?? { exact: [], red: [] }
      waiting.set(key, { exact: [...before.exact, ...exact], red: [...before.red, ...red] })
      timer ??= setTimeout(flush, FLUSH_MS)
    },
    close: async (): Promise<void> => {
      flush()
      await writing
    },
  }
}
