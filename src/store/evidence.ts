/**
 * Evidence: what a run has shown, kept under the SHA-256 of all that went in. An entry carries a checksum over its content; one that is
 * cut short, altered or of another version counts as not there.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, type Checked, openObject, type Schema } from '../input/schema.ts'
import { touch } from './cache.ts'
import { readCached, writeCached } from './files.ts'
import { hashParts, sha256 } from './hash.ts'
import { textOf } from './kept.ts'
import { notice } from './notice.ts'
import { sweepEntries } from './sweep.ts'

/** Part of every key: a change of what an entry holds must not find yesterday's. */
const VERSION = 1

/** As many entries are within any limit: nobody counts their bytes. */
const FEW_ENTRIES = 4000

/** Of all entries together. A layer takes 4 kB, its proof from one more seed 12 bytes. */
export const EVIDENCE_BYTES = 256e6

/** Where evidence is kept, and what all of this process's keys have in common. */
export interface EvidenceStore {
  readonly folder: string
  /** SHA-256 of this program and the libraries that it computes with. */
  readonly programHash: string
  /** Most that is kept, in bytes. Default: 256 MB. */
  readonly mostBytes?: number | undefined
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

/** Removes what was used longest ago where there is too much, and says so. @param few entries that are within any limit */
export async function sweepEvidence(store: EvidenceStore, few = FEW_ENTRIES): Promise<void> {
  const { folder, mostBytes = EVIDENCE_BYTES } = store
  const names = await readdir(folder).catch(() => [])
  const seeds = await readdir(powerUpFolder(store)).catch(() => [])
  if (names.length <= few && seeds.length === 0) return
  const mostEntries = Number.POSITIVE_INFINITY
  const layers = await sweepEntries(folder, { pattern: /^[0-9a-f]{64}\.json$/, mostEntries, mostBytes })
  const designs = await sweepEntries(powerUpFolder(store), {
    pattern: /^[0-9a-f]{64}$/,
    mostEntries,
    mostBytes,
  })
  if (layers + designs === 0) return
  const count = (number: number, what: string): readonly string[] =>
    number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`]
  const what = [...count(layers, 'layer'), ...count(designs, 'list').map((text) => `${text} of seeds`)].join(
    ' and ',
  )
  notice(
    `${folder} is full: the proofs of ${what} that were used longest ago are dropped. ASSAY_EVIDENCE_MB=${Math.ceil((2 * mostBytes) / 1e6)} keeps twice as much.`,
  )
}

/** Folder of the logs of random power-ups. */
export const powerUpFolder = ({ folder }: Pick<EvidenceStore, 'folder'>): string => join(folder, 'seeds')
