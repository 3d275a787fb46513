/** The cache keeps stimuli with their golden data by content, because they are the same for every RTL. */
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { touch } from '../../store/cache.ts'
import { readCached, writeCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'

/** Each entry takes some MB. */
const KEPT: SweepLimits = {
  pattern: /^([0-9a-f]{64}\.bin|program-[0-9a-f]{40}\.mem)$/,
  mostEntries: 24,
}
const DIGEST_BYTES = 64

const pathOf = (folder: string, key: string): string => join(folder, `${key}.bin`)

/** Returns what was kept under this key, or what `make` makes. A file that is cut short or altered is made again. */
export async function keepMade<Value>(
  folder: string | null,
  key: string,
  make: () => Value | Promise<Value>,
): Promise<Value> {
  if (folder === null) return make()
  const path = pathOf(folder, key)
  const bytes = await readCached(path)
  if (bytes !== null && bytes.length > DIGEST_BYTES) {
    const body = bytes.subarray(DIGEST_BYTES)
    const digest = new TextDecoder().decode(bytes.subarray(0, DIGEST_BYTES))
    if (digest === sha256(body)) {
      await touch(path)
      return deserialize(body) as Value
    }
  }
  const value = await make()
  const body = serialize(value)
  await writeCached(path, Buffer.concat([Buffer.from(sha256(body)), body]))
  await sweepEntries(folder, KEPT)
  return value
}
