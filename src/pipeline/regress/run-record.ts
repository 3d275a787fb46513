/** What a folder keeps of each run: `runs/<id>/`, with a record that is written whole when the run has ended. */
import { join } from 'node:path'
import * as v from 'valibot'
import { type Checked, openObject } from '../../input/schema.ts'
import { reportSchema } from '../../regress/join-night.ts'
import { writeCached } from '../../store/files.ts'
import { readSealed, seal } from '../../store/kept.ts'

const recordSchema = openObject({
  /** The night that it belongs to. */
  night: v.string(),
  /** Its run. */
  run: v.string(),
  ...reportSchema.entries,
})
export type RunRecord = Checked<typeof recordSchema>

export const runFolder = (folder: string, id: string): string => join(folder, 'runs', id)
/** Where a run says what it does, as long as it runs. */
export const progressPath = (folder: string, id: string): string => join(runFolder(folder, id), 'progress')
const recordPath = (folder: string, id: string): string => join(runFolder(folder, id), 'run.json')

export const writeRecord = (folder: string, id: string, record: Omit<RunRecord, 'run'>): Promise<void> =>
  writeCached(recordPath(folder, id), seal({ ...record, run: id }))

/** The record of a run in this night; null if it has none, or one of another night or run, or a damaged one. */
export async function readRecord(folder: string, id: string, night: string): Promise<RunRecord | null> {
  const record = await readSealed(recordPath(folder, id), recordSchema)
  return record?.night === night && record.run === id ? record : null
}

/** By index of the run. */
export const readRecords = (
  folder: string,
  ids: readonly string[],
  night: string,
): Promise<readonly (RunRecord | null)[]> => Promise.all(ids.map((id) => readRecord(folder, id, night)))

/** Ended exact: a night that goes on takes it as it is, once its evidence has been held against the files of now. */
export const isExact = (record: RunRecord | null): boolean =>
  record !== null && record.outcome !== null && record.exitCode === 0

/** Came to a result: a shard that is submitted again is not submitted for it. */
export const hasResult = (record: RunRecord | null): boolean => record !== null && record.outcome !== null

/** No machine has made it, or one that failed: another may do better. Bad input stays bad. */
export const isMissing = (record: RunRecord | null): boolean =>
  !hasResult(record) && !(record?.ended === 'error' && record.exitCode === 2)
