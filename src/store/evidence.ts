/**
 * Evidence: what a run has shown, kept under the SHA-256 of all that went in. An entry carries a checksum over its content; one that is
 * cut short, altered or of another version counts as not there.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { touch } from './cache.ts'
import { readCached, writeCached } from './files.ts'
import { hashParts, sha256 } from './hash.ts'
import { sweepEntries } from './sweep.ts'

/** Part of every key: a change of what an entry holds must not find yesterday's. */
const VERSION = 1

/** Entries kept at most; the longest unused go first. */
const MOST_ENTRIES = 4000

/** Where evidence is kept, and what all of this process's keys have in common. */
export interface EvidenceStore {
  readonly folder: string
  /** SHA-256 of this program and the libraries that it computes with. */
  readonly programHash: string
}

/** What was shown, and when. */
export interface Kept<Value> {
  readonly provedAt: string
  readonly value: Value
}

interface Entry {
  readonly format: 'assay evidence'
  readonly version: number
  readonly key: string
  /** SHA-256 of the JSON text of `kept`. */
  readonly sha256: string
  readonly kept: Kept<unknown>
}

/** SHA-256 over everything that decides an outcome, in order. */
export const evidenceKey = (store: EvidenceStore, kind: string, parts: readonly unknown[]): string =>
  hashParts([`assay evidence ${VERSION}`, store.programHash, kind, JSON.stringify(parts)])

const pathOf = (store: EvidenceStore, key: string): string => join(store.folder, `${key}.json`)

/** Null for anything but a whole entry of ours under this very key: it is made again. */
export async function readEvidence<Value>(store: EvidenceStore, key: string): Promise<Kept<Value> | null> {
  const path = pathOf(store, key)
  const bytes = await readCached(path)
  if (bytes === null) return null
  let entry: Partial<Entry> | null
  try {
    entry = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Entry> | null
  } catch {
    return null
  }
  if (entry?.format !== 'assay evidence' || entry.version !== VERSION || entry.key !== key) return null
  if (entry.kept === undefined || sha256(JSON.stringify(entry.kept)) !== entry.sha256) return null
  await touch(path)
  return entry.kept as Kept<Value>
}

/** Keeps an entry, whole or not at all. */
export async function writeEvidence<Value>(
  store: EvidenceStore,
  key: string,
  kept: Kept<Value>,
): Promise<void> {
  const entry: Entry = {
    format: 'assay evidence',
    version: VERSION,
    key,
    sha256: sha256(JSON.stringify(kept)),
    kept,
  }
  await writeCached(pathOf(store, key), `${JSON.stringify(entry)}\n`)
}

export const dropEvidence = (store: EvidenceStore, key: string): Promise<void> =>
  rm(pathOf(store, key), { force: true })

/** Removes the entries longest unused where there are too many. */
export const sweepEvidence = (store: EvidenceStore, most = MOST_ENTRIES): Promise<void> =>
  sweepEntries(store.folder, { pattern: /^[0-9a-f]{64}\.json$/, mostEntries: most })
