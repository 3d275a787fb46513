/** What `make accuracy` has measured, as JSON: written after every row, so that an interrupted run goes on. */
import * as v from 'valibot'
import { InputError } from '../input/input-error.ts'
import {
  type Checked,
  checkJson,
  count,
  listOf,
  openObject,
  real,
  recordOf,
  sha256Text,
} from '../input/schema.ts'
import { readCached, readInput, writeWhole } from '../store/files.ts'

const share = v.nullable(real())

const drawSchema = openObject({
  /** Names of the calibration images. */
  images: listOf(v.string()),
  /** mAP50-95 and mAP50, 0 to 1; null where no image was measured. */
  map: share,
  map50: share,
  /** mAP50-95 less that of float. */
  difference: share,
  /** Signal-to-noise ratio by layer, in dB; mean over the probes. */
  noise: recordOf(real()),
  /** Of quantisation, all threads. */
  cpuSeconds: real(0),
})
export type Draw = Checked<typeof drawSchema>

const rowSchema = openObject({
  scheme: v.string(),
  draws: listOf(drawSchema, 1),
  /** Bootstrap interval over images of the mean difference over draws; null where no image was measured. */
  interval: v.nullable(openObject({ low: real(), high: real() })),
})
export type Row = Checked<typeof rowSchema>

export const recordSchema = openObject({
  /** SHA-256 of the code, the model, the images, and all settings but the schemes. */
  key: sha256Text,
  model: v.string(),
  data: v.string(),
  images: count,
  calibration: openObject({ folder: v.string(), listed: count, size: count, seed: count }),
  bootstrap: openObject({ level: real(0, 1), replicates: count, seed: count }),
  float: openObject({ map: share, map50: share }),
  rows: listOf(rowSchema),
})
export type TechniqueRecord = Checked<typeof recordSchema>

/** @throws InputError where the file is not there, or is none of these */
export async function readRecord(path: string): Promise<TechniqueRecord> {
  const file = await readInput(path)
  return checkJson(recordSchema, new TextDecoder().decode(file), path)
}

/** The rows that a file of the same key holds; none where there is no file. @throws InputError where it is of another run, or none. */
export async function readRows(path: string, key: string): Promise<readonly Row[]> {
  const file = await readCached(path)
  if (file === null) return []
  const kept = checkJson(recordSchema, new TextDecoder().decode(file), path)
  if (kept.key === key) return kept.rows
  throw new InputError(
    'was measured with other code, another model, other images or other settings',
    path,
    'Choose another name, or remove it.',
  )
}

export const writeRecord = (path: string, record: TechniqueRecord): Promise<void> =>
  writeWhole(path, `${JSON.stringify(record)}\n`)

/** A row measured with the same scheme on the same draws. */
export const findRow = (rows: readonly Row[], scheme: string, draws: number): Row | undefined =>
  rows.find((row) => row.scheme === scheme && row.draws.length === draws)

/** Sample standard deviation; null of fewer than two values. */
export function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const mean = average(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
