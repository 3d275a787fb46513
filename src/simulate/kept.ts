/** What a cache keeps, with a SHA-256 of it: what was cut, emptied or altered counts as not there, and is said. */
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, publishFolder, removeFolder, touch } from './cache.ts'
import { ToolError } from './errors.ts'
import { hashFile, hashParts } from './hash.ts'
import { notice } from './notice.ts'

interface Sealed {
  /** Of the JSON text of `value`. */
  readonly sha256: string
  readonly value: unknown
}

/** JSON with a checksum; bigints pass. */
export function seal(value: unknown): string {
  const plain = JSON.parse(stringify(value)) as unknown
  const sealed: Sealed = { sha256: hashParts([JSON.stringify(plain)]), value: plain }
  return `${JSON.stringify(sealed, null, 1)}\n`
}

/** Reads what `seal` wrote; null where there is no such file, or no whole one. */
export async function readSealed<Value>(path: string): Promise<Value | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  return text === null ? null : openSeal<Value>(path, text)
}

/** As `readSealed`, at once. */
export function readSealedNow<Value>(path: string): Value | null {
  return existsSync(path) ? openSeal<Value>(path, readFileSync(path, 'utf8')) : null
}

function openSeal<Value>(path: string, text: string): Value | null {
  try {
    const { sha256, value } = JSON.parse(text) as Partial<Sealed>
    const plain = JSON.stringify(value ?? null)
    if (plain !== 'null' && hashParts([plain]) === sha256) return JSON.parse(plain, reviveBigint) as Value
  } catch {
    // No JSON: cut or emptied.
  }
  notice(`${path} is damaged: what it keeps is made again`)
  return null
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
 * What `sealFolder` wrote, once every file is as it was then. A damaged folder is taken away, and null. The content of a
 * file is read once a process, and again where its size, time or place on the disk is another.
 */
export async function openSealedFolder<Value>(folder: string): Promise<Value | null> {
  if (!(await exists(folder))) return null
  const sealed = await readSealed<FolderSeal<Value>>(join(folder, sealName))
  if (sealed !== null) {
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
  notice(`${folder} is damaged: it is made again`)
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
  if (made === null) throw new ToolError(`${folder} went while it was made: run again.`, { tool: 'cache' })
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
