/** Writes a quantised model. */
import { join } from 'node:path'
import { writeIntegerGraph } from '../quantise/integer-file.ts'
import { writeWhole } from './files.ts'
import type { PreparedModel } from './prepare.ts'

/** @returns names of the files, relative to the folder. */
export async function writeQuantised(folder: string, prepared: PreparedModel): Promise<readonly string[]> {
  await writeWhole(join(folder, 'model.assay'), writeIntegerGraph(prepared.integer))
  return ['model.assay']
}
