/** SHA-256 of bytes, of lists and of files. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** SHA-256 over parts, one after another as if they were one. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** SHA-256 over parts, each with its length, so that no two lists of parts look alike. */
export function hashParts(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex')
}

export async function hashFile(path: string): Promise<string> {
  return hashParts([await readFile(path)])
}

/** SHA-256 of a file's bytes, or `missing`. */
export async function hashOrMissing(path: string): Promise<string> {
  return hashFile(path).catch(() => 'missing')
}
