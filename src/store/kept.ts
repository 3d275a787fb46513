/**
 * What a cache keeps, with a SHA-256 of it: what was cut, emptied or altered counts as not there, and is said. What
 * another version of Assay kept counts as not there, too, without a word.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../input/tool-error.ts'
import { exists, publishFolder, removeFolder, touch } from './cache.ts'
import { hashFile, hashParts } from './hash.ts'
import { notice } from './notice.ts'

/** Raise the number with the shape of anything that is sealed. */
const FORMAT = 'assay kept 2'

interface Sealed {
  readonly format: typeof FORMAT
  /** SHA-256 of the JSON text of `value`. */
  readonly sha256: string
  readonly value: unknown
}

/** JSON with a checksum; bigints pass. */
export function seal(value: unknown): string {
  const plain = JSON.parse(stringify(value)) as unknown
  const sealed: Sealed = { format: FORMAT, sha256: hashParts([JSON.stringify(plain)]), value: plain }
  return `${JSON.stringify(sealed, null, 1)}\n`
}

/** Reads what `seal` wrote; null where there is no such file, no whole one, or one of another version. */
export async function readSealed<Value>(path: string): Promise<Value | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  return text === null ? null : sayDamage(path, openSeal<Value>(text))
}

/** As `readSealed`, at once. */
export function readSealedNow<Value>(path: string): Value | null {
  return existsSync(path) ? sayDamage(path, openSeal<Value>(readFileSync(path, 'utf8'))) : null
}

function sayDamage<Value>(path: string, opened: Opened<Value>): Value | null {
  if (typeof opened !== 'string') return opened.value
  if (opened === 'damaged') notice(`${path} is damaged: what it keeps is made again`)
  return null
}

type Opened<Value> = { readonly value: Value } | 'of another version' | 'damaged'

function openSeal<Value>(text: string): Opened<Value> {
  try {
    const sealed = JSON.parse(text) as Partial<Sealed>
    if (Array.isArray(sealed) || typeof sealed !== 'object') return 'damaged'
    if (sealed.format !== FORMAT) return 'of another version'
    const plain = JSON.stringify(sealed.value ?? null)
    if (plain !== 'null' && hashParts([plain]) === sealed.sha256)
      return { value: JSON.parse(plain, reviveBigint) as Value }
  } catch {
    // No JSON, or null: cut or emptied.
  }
  return 'damaged'
}

interface FolderSeal<Value> {
  readonly content: Value
  /** SHA-256 of each file of the folder. */
  readonly files: Readonly<Record<string, string>>
}

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
export async function openSealedFolder<Value>(folder: string): Promise<Value | null> {
  if (!(await exists(folder))) return null
  const text = await readFile(join(folder, sealName), 'utf8').catch(() => '')
  const opened = openSeal<FolderSeal<Value>>(text)
  if (typeof opened !== 'string') {
    const sealed = opened.value
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
export async function publishSealed<Value>(
  folder: string,
  fill: (folder: string) => Promise<Value>,
  replace = false,
): Promise<Value> {
  const there = replace ? null : await openSealedFolder<Value>(folder)
  if (there !== null) {
    await touch(folder)
    return there
  }
  await publishFolder(folder, async (at) => sealFolder(at, await fill(at)), replace)
  const made = await openSealedFolder<Value>(folder)
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

function reviveBigint(_: string, value: unknown): unknown {
  const text = (value as { readonly bigint?: unknown } | null)?.bigint
  return typeof text === 'string' ? BigInt(text) : value
}
