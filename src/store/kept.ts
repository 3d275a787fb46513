/**
 * What a cache keeps, with a SHA-256 of it: what was cut, emptied or altered counts as not there, and is said. What
 * another version of Assay kept counts as not there, too, without a word.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, type Checked, openObject, recordOf, type Schema } from '../input/schema.ts'
import { ToolError } from '../input/tool-error.ts'
import { exists, publishFolder, removeFolder, touch } from './cache.ts'
import { hashFile, hashParts } from './hash.ts'
import { notice } from './notice.ts'

/** Raise the number with the shape of anything that is sealed. */
const FORMAT = 'assay kept 5'

/** What Assay seals, of any version. */
const ANY_SEAL = openObject({ format: v.optional(v.unknown()) })
const SEAL = openObject({
  format: v.literal(FORMAT),
  /** SHA-256 of the JSON text of `value`. */
  sha256: v.string(),
  value: v.unknown(),
})

/** JSON with a checksum; bigints pass. */
export function seal(value: unknown): string {
  const plain = stringify(value)
  return `{"format":"${FORMAT}","sha256":"${hashParts([plain])}","value":${plain}}\n`
}

/** Reads what `seal` wrote; null where there is no such file, none that `schema` lets through, or one of another version. */
export async function readSealed<Of extends Schema>(path: string, schema: Of): Promise<Checked<Of> | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  return text === null ? null : sayDamage(path, openSeal(text, schema))
}

/** As `readSealed`, at once. */
export function readSealedNow<Of extends Schema>(path: string, schema: Of): Checked<Of> | null {
  return existsSync(path) ? sayDamage(path, openSeal(readFileSync(path, 'utf8'), schema)) : null
}

function sayDamage<Value>(path: string, opened: Opened<Value>): Value | null {
  if (typeof opened !== 'string') return opened.value
  if (opened === 'damaged') notice(`${path} is damaged: what it keeps is made again`)
  return null
}

type Opened<Value> = { readonly value: Value } | 'of another version' | 'damaged'

function openSeal<Of extends Schema>(text: string, schema: Of): Opened<Checked<Of>> {
  const sealed = acceptJson(ANY_SEAL, text)
  if (sealed === null) return 'damaged'
  if (!v.is(SEAL, sealed)) return sealed.format === FORMAT ? 'damaged' : 'of another version'
  const plain = textOf(sealed.value)
  const value = hashParts([plain]) === sealed.sha256 ? acceptJson(schema, plain, reviveBigint) : null
  return value === null ? 'damaged' : { value }
}

/** What is sealed with a folder: its content, and the SHA-256 of each of its files. */
const folderSeal = <Of extends Schema>(content: Of) => openObject({ content, files: recordOf(v.string()) })

const sealName = 'manifest.json'

/** Writes what is known of a folder's content into it, with a checksum of each of its files. */
export async function sealFolder(folder: string, content: unknown): Promise<void> {
  const files = Object.fromEntries(
    await Promise.all(
      (await listFiles(folder)).map(async (name) => [name, await hashFile(join(folder, name))]),
    ),
  )
  await writeFile(join(folder, sealName), seal({ content, files }))
}

const checked = new Map<string, string>()

/**
 * What `sealFolder` wrote, once every file is as it was then. A damaged folder, or one of another version, is taken away, and null. The content of a
 * file is read once a process, and again where its size, time or place on the disk is another.
 */
export async function openSealedFolder<Of extends Schema>(
  folder: string,
  content: Of,
): Promise<Checked<Of> | null> {
  if (!(await exists(folder))) return null
  const text = await readFile(join(folder, sealName), 'utf8').catch(() => '')
  const opened = openSeal(text, folderSeal(content))
  if (typeof opened !== 'string') {
    const sealed = opened.value as { readonly content: Checked<Of>; readonly files: Record<string, string> }
    const states = await Promise.all(
      Object.entries(sealed.files).map(async ([name, sha256]) => {
        const path = join(folder, name)
        const info = await stat(path).catch(() => null)
        if (info === null) return false
        const state = `${info.ino} ${info.size} ${info.mtimeMs} ${info.ctimeMs} ${sha256}`
        if (checked.get(path) === state) return true
        if ((await hashFile(path).catch(() => '')) !== sha256) return false
        checked.set(path, state)
        return true
      }),
    )
    if (!states.includes(false)) return sealed.content
  }
  // A folder that went in the meantime is no damage.
  if (!(await exists(folder))) return null
  if (opened !== 'of another version') notice(`${folder} is damaged: it is made again`)
  await removeFolder(folder)
  return null
}

/** As `publishFolder`, for a folder that is sealed with what `fill` returns: a damaged one is made again. */
export async function publishSealed<Of extends Schema>(
  folder: string,
  content: Of,
  fill: (folder: string) => Promise<Checked<Of>>,
  replace = false,
): Promise<Checked<Of>> {
  const there = replace ? null : await openSealedFolder(folder, content)
  if (there !== null) {
    await touch(folder)
    return there
  }
  await publishFolder(folder, async (at) => sealFolder(at, await fill(at)), replace)
  const made = await openSealedFolder(folder, content)
  if (made === null)
    throw new ToolError(`${folder} disappeared while it was made: run again.`, { tool: 'cache' })
  return made
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name !== sealName)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

function stringify(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? { bigint: String(item) } : item))
}

/** The text of a kept value, which was hashed; none of one that is too deep to have been kept. */
export function textOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}

function reviveBigint(_: string, value: unknown): unknown {
  const text = (value as { readonly bigint?: unknown } | null)?.bigint
  return typeof text === 'string' ? BigInt(text) : value
}
