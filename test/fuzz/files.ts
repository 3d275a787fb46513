/** Bytes of valid files, and folders for readers of folders. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
export const text = (value: string): Uint8Array => Buffer.from(value)
export const json = (value: unknown): Uint8Array => text(JSON.stringify(value))

/** Readers of folders get one of their own, deep enough that `..` stays in it. */
export function makeFolder(...folders: readonly string[]): string {
  const root = join(mkdtempSync(join(tmpdir(), 'assay-fuzz-')), 'a/b/c/d')
  for (const folder of ['.', ...folders]) mkdirSync(join(root, folder), { recursive: true })
  return root
}

/** A reader of the file at a path. */
export const readsFile =
  (path: string, read: () => unknown) =>
  (bytes: Uint8Array): unknown => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
    return read()
  }
