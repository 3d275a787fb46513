/** A run record is the part of every manifest from which someone else can make the run again. */
import { basename } from 'node:path'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { readOwnVersion } from '../../store/own-version.ts'
import type { ModelOptions } from './options.ts'
import type { LoadedModel, PreparedModel } from './prepare.ts'

export interface FileRecord {
  readonly file: string
  readonly sha256: string
}

export interface RunRecord {
  readonly assay: string
  readonly node: string
  readonly command: string
  readonly inputs: { readonly model: FileRecord; readonly calibration: readonly FileRecord[] }
  readonly options: Omit<ModelOptions, 'model' | 'calibration'>
  /** The mapping of `--names`; null without one. */
  readonly names: Readonly<Record<string, string>> | null
  readonly model: { readonly id: string; readonly sha256: string }
}

/** Records file names without folders, so that a manifest does not depend on the machine. */
export async function recordRun(
  command: string,
  model: LoadedModel,
  prepared: PreparedModel,
  options: ModelOptions,
): Promise<RunRecord> {
  const { model: _model, calibration: _calibration, ...choices } = options
  const calibration: FileRecord[] = []
  for (const path of prepared.calibration)
    calibration.push({ file: basename(path), sha256: sha256(await readInput(path)) })
  return {
    assay: await readOwnVersion(),
    node: process.versions.node,
    command,
    inputs: { model: { file: basename(model.path), sha256: model.hash }, calibration },
    options: choices,
    names: model.names ?? null,
    model: { id: formatId(prepared.modelId), sha256: prepared.hash },
  }
}

export const formatId = (id: number): string => id.toString(16).padStart(8, '0')
