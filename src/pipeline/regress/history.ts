/**
 * The history of nights: a folder with one small file a night. Appending to one file is not safe on a network file system, where a write
 * at the end may land on another machine's; a file of its own, written under a temporary name and renamed, is there whole or not at all,
 * and nobody else writes it. Names begin with a time, so that their order is that of the nights. The last nights of each plan that may be
 * a baseline are also kept whole, for `--against last`.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { acceptJson, checkJson } from '../../input/schema.ts'
import { explainSystemError } from '../../input/system-error.ts'
import { isOfRtl } from '../../regress/cause.ts'
import type { Regression } from '../../regress/compare.ts'
import { carryCycles } from '../../regress/compare-cycles.ts'
import { type NightRecord, nightRecordSchema, recordNight } from '../../regress/history.ts'
import { isRedEntry, type Night, nightSchema } from '../../regress/night.ts'
import { readCached, removePath, writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'

/** Nights that are kept whole, of each plan. */
const MOST_WHOLE = 3
/** A damaged file may claim any size. */
const MOST_BYTES = 200_000_000

const RECORD = /^\d{17}-[0-9a-f]{12}-[0-9a-f]{8}\.json$/
const ANY = /^\d{17}-[0-9a-f]{12}-[0-9a-f]{8}\.(night\.json\.gz|json)$/
/** Digits of the time. */
const TIME = 17
const WHOLE = /^\d{17}-[0-9a-f]{12}-[0-9a-f]{8}\.night\.json\.gz$/

export interface History {
  /** The oldest first. */
  readonly records: readonly NightRecord[]
  /** Paths of files that hold none, which are passed over. */
  readonly damaged: readonly string[]
}

/** Reads what there is; a folder that is not there holds nothing. @throws InputError if it cannot be read. */
export const readHistory = (folder: string): Promise<History> => readRecords(folder, () => true)

async function readRecords(folder: string, isAsked: (file: string) => boolean): Promise<History> {
  const records: NightRecord[] = []
  const damaged: string[] = []
  for (const name of (await list(folder, RECORD)).filter(isAsked)) {
    const path = join(folder, name)
    const bytes = await readCached(path)
    // Another machine may just have removed it.
    if (bytes === null) continue
    const record = acceptJson(nightRecordSchema, new TextDecoder().decode(bytes))
    if (record === null) damaged.push(path)
    else records.push(record)
  }
  return { records, damaged }
}

/**
 * Adds a night, which replaces its own record where it was added before.
 * @param regressions by comparison with an earlier night: with any, it is kept as a record and is no baseline.
 * @returns the record's path.
 */
export async function addToHistory(
  folder: string,
  night: Night,
  regressions: readonly Regression[] = [],
): Promise<string> {
  const name = await nameOf(folder, night)
  const path = join(folder, pathName(`${name}.json`, folder))
  const whole = join(folder, pathName(`${name}.night.json.gz`, folder))
  if (regressions.length > 0) await removePath(whole)
  else if (hasResults(night)) {
    const { last } = await findLastNight(folder, night)
    const kept = last === null ? night : carryCycles(night, last.night)
    await writeWhole(whole, await promisify(gzip)(JSON.stringify(kept)))
  }
  await writeWhole(path, `${JSON.stringify(recordNight(night, sha256, regressions))}\n`)
  const files = (await list(folder, WHOLE)).filter((file) => file.includes(planOf(night)))
  for (const old of files.slice(0, -MOST_WHOLE))
    if (!old.startsWith(name)) await removePath(join(folder, old))
  return path
}

/** Whether a whole night of a plan is there. */
export const hasNight = async (folder: string, plan: Pick<Night, 'name'>): Promise<boolean> =>
  (await list(folder, WHOLE)).some((file) => file.includes(planOf(plan)))

/** Whether any entry came to a result: a night that its first build ended says nothing of what is red. */
const hasResults = ({ entries }: Night): boolean =>
  entries.some(({ status }) => !isRedEntry({ status }) || isOfRtl(status))

export interface LastNight {
  /** Null if there is none. */
  readonly last: { readonly path: string; readonly night: Night } | null
  /** Nights after it that were red by comparison. */
  readonly skipped: readonly NightRecord[]
  /** What is wrong with whole nights after it that cannot be read. */
  readonly damaged: readonly string[]
}

/** The last night of the same plan that was added before this one, came to results and was not red by comparison. */
export async function findLastNight(folder: string, night: Night): Promise<LastNight> {
  const own = await nameOf(folder, night)
  const isEarlier = (file: string): boolean => file.includes(planOf(night)) && file.slice(0, own.length) < own
  const damaged: string[] = []
  let last: LastNight['last'] = null
  for (const file of (await list(folder, WHOLE)).filter(isEarlier).toReversed()) {
    const path = join(folder, file)
    const bytes = await readCached(path)
    const found = bytes === null ? null : await acceptNight(path, bytes, damaged)
    if (found === null || !hasResults(found)) continue
    last = { path, night: found }
    break
  }
  const { records } = await readRecords(
    folder,
    (file) => isEarlier(file) && (last === null || join(folder, file) > last.path),
  )
  return { last, skipped: records.filter(({ redByComparison }) => redByComparison !== undefined), damaged }
}

async function acceptNight(path: string, bytes: Uint8Array, damaged: string[]): Promise<Night | null> {
  try {
    return await readNight(path, bytes)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    damaged.push(error.message)
    return null
  }
}

/** @param bytes content of `regress.json`, which may be compressed. @throws InputError naming the file and what is wrong. */
export async function readNight(path: string, bytes: Uint8Array): Promise<Night> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  const plain = isPacked
    ? await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }).catch((error: Error) => {
        throw new InputError(`it cannot be unpacked: ${error.message}`, path, ADVICE)
      })
    : bytes
  const night = checkJson(nightSchema, new TextDecoder().decode(plain), path, ADVICE)
  checkIndices(night, path)
  return night
}

const ADVICE =
  'Another version of Assay wrote it, or something changed it: name another night with --against.'

function checkIndices({ entries, runs, designs }: Night, path: string): void {
  const entry = entries.findIndex(({ run }) => run >= runs.length)
  if (entry >= 0)
    throw new InputError(`entries[${entry}].run: there is no runs[${entries[entry]!.run}]`, path, ADVICE)
  const run = runs.findIndex(({ design }) => design >= designs.length)
  if (run >= 0)
    throw new InputError(`runs[${run}].design: there is no designs[${runs[run]!.design}]`, path, ADVICE)
}

/** Part of a file's name: the plan by its own name, so that a plan that grew has a night before it. */
const planOf = ({ name }: Pick<Night, 'name'>): string => `-${sha256(name).slice(0, 12)}-`

/**
 * Sorts in the order of adding: by time, and where a night of the plan is there that claims a later one, next after that. So no machine
 * with a wrong clock comes between others. The end tells apart nights that began at once; one night always has the same.
 */
async function nameOf(folder: string, night: Night): Promise<string> {
  const { startedAt, origin, plan } = night
  const end = `${planOf(night)}${sha256(JSON.stringify([origin.host, plan, startedAt])).slice(0, 8)}`
  const files = (await list(folder, ANY)).filter((file) => file.includes(planOf(night)))
  const own = files.find((file) => file.slice(TIME).startsWith(`${end}.`))
  if (own !== undefined) return `${own.slice(0, TIME)}${end}`
  const time = startedAt.replace(/\D/g, '').padEnd(TIME, '0').slice(0, TIME)
  const newest = files.at(-1)?.slice(0, TIME)
  const next = newest === undefined || newest < time ? time : String(BigInt(newest) + 1n).padStart(TIME, '0')
  return `${next.length > TIME ? newest : next}${end}`
}

async function list(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    return explainSystemError(error, folder, 'It holds the history: name another folder with --history.')
  })
  return names.filter((name) => pattern.test(name)).sort()
}
