/** Stimuli with what the golden model makes of them, by content: they are the same for every RTL. */
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { readCached, sha256, writeWhole } from '../../store/files.ts'

/** Some MB each; the longest unused go first. */
const MOST_KEPT = 24
const DIGEST_BYTES = 64

const pathOf = (folder: string, key: string): string => join(folder, `${key}.bin`)

/** What was kept under this key, or what `make` makes; a file that is cut short or altered is made again. */
export async function keepMade<Value>(folder: string | null, key: string, make: () => Value): Promise<Value> {
  if (folder === null) return make()
  const path = pathOf(folder, key)
  const bytes = await readCached(path)
  if (bytes !== null && bytes.length > DIGEST_BYTES) {
    const body = bytes.subarray(DIGEST_BYTES)
    const digest = new TextDecoder().decode(bytes.subarray(0, DIGEST_BYTES))
    if (digest === sha256(body)) {
      const now = new Date()
      await utimes(path, now, now).catch(() => {})
      return deserialize(body) as Value
    }
  }
  const value = make()
  const body = serialize(value)
  await writeWhole(path, Buffer.concat([Buffer.from(sha256(body)), body]))
  await sweep(folder)
  return value
}

async function sweep(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) =>
    /^([0-9a-f]{64}\.bin|program-[0-9a-f]{40}\.mem)$/.test(name),
  )
  if (names.length <= MOST_KEPT) return
  const kept = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const at = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      )
      return { path, at }
    }),
  )
  kept.sort((a, b) => b.at - a.at)
  await Promise.all(kept.slice(MOST_KEPT).map(({ path }) => rm(path, { force: true })))
}
