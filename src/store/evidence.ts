/**
 * Evidence: what a run has shown, kept under the SHA-256 of all that went in. An entry carries a checksum over its content; one that is
 * cut short, altered or of another version counts as not there.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, type Checked, openObject, type Schema } from '../input/schema.ts'
import { touch } from './cache.ts'
import { readCached, writeCached } from './files.ts'
import { hashParts, sha256 } from './hash.ts'
import { textOf } from './kept.ts'
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

const entryOf = <Of extends Schema>(value: Of) =>
  openObject({
    format: v.literal('assay evidence'),
    version: v.literal(VERSION),
    key: v.string(),
    /** SHA-256 of the JSON text of `kept`. */
    sha256: v.string(),
    kept: openObject({ provedAt: v.string(), value }),
  })

/** SHA-256 over everything that decides an outcome, in order. */
export const evidenceKey = (store: EvidenceStore, kind: string, parts: readonly unknown[]): string =>
  hashParts([`assay evidence ${VERSION}`, store.programHash, kind, JSON.stringify(parts)])

const pathOf = (store: EvidenceStore, key: string): string => join(store.folder, `${key}.json`)

/** Null for anything but a whole entry of ours under this very key, of a value that `schema` lets through: it is made again. */
export async function readEvidence<Of extends Schema>(
  store: EvidenceStore,
  key: string,
  schema: Of,
): Promise<Kept<Checked<Of>> | null> {
  const path = pathOf(store, key)
  const bytes = await readCached(path)
  if (bytes === null) return null
  const entry = acceptJson(entryOf(schema), new TextDecoder().decode(bytes))
  if (entry === null || entry.key !== key) return null
  if (sha256(textOf(entry.kept)) !== entry.sha256) return null
  await touch(path)
  return entry.kept as Kept<Checked<Of>>
}

/** Keeps an entry, whole or not at all. */
export async function writeEvidence<Value>(
  store: EvidenceStore,
  key: string,
  kept: Kept<Value>,
): Promise<void> {
  const entry = {
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
