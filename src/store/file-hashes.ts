/** SHA-256 of files, known as long as nothing of a file changes. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Checked, recordOf, tupleOf } from '../input/schema.ts'
import { hashParts } from './hash.ts'

/** By path: state (size, times and place on the disk) and SHA-256. */
export const fileHashes = recordOf(tupleOf(v.string(), v.string()))
export type FileHashes = Checked<typeof fileHashes>

/** A file that changed so lately may change again within one tick of the disk's clock: its state is not known. */
const RACY_MS = 2000
const UNKNOWN = ''
const isSame = (state: string, kept: string | undefined): boolean => state !== UNKNOWN && state === kept

/** The hash of each file; `kept` spares the reading of those that are as they were. */
export function hashFiles(folder: string, names: readonly string[], kept: FileHashes = {}): FileHashes {
  const rows = names.map((name): readonly [string, FileHashes[string]] => {
    const path = join(folder, name)
    const state = stateOf(path)
    const known = kept[name]
    if (known !== undefined && isSame(state, known[0])) return [name, known]
    return [name, [state, hashParts([readFileSync(path)])]]
  })
  return Object.fromEntries(rows)
}

/** Whether all that `kept` says is so still. */
export const areUnchanged = (folder: string, kept: FileHashes): boolean =>
  Object.entries(kept).every(([name, [state]]) => isSame(stateOf(join(folder, name)), state))

function stateOf(path: string): string {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info === undefined) return 'missing'
  const { ino, size, mtimeMs, ctimeMs } = info
  return Date.now() - ctimeMs < RACY_MS ? UNKNOWN : `${ino} ${size} ${mtimeMs} ${ctimeMs}`
}

/** Names of the files below a folder, in order. */
export function listFiles(
  folder: string,
  counts: (name: string) => boolean,
  enters: (name: string) => boolean = () => true,
): readonly string[] {
  const walk = (at: string, before: string): readonly string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      if (!entry.isDirectory()) return counts(entry.name) ? [before + entry.name] : []
      return enters(entry.name) ? walk(join(at, entry.name), `${before}${entry.name}/`) : []
    })
  return walk(folder, '').toSorted()
}
