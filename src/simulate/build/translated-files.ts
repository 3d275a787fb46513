/** What is known of RTL of some content without its tool: the model that it makes, and what is its alone. */

import { join } from 'node:path'
import * as v from 'valibot'
import { diagnostic } from '../../input/diagnostic.ts'
import { type Checked, openObject } from '../../input/schema.ts'
import { explainCacheError } from '../../store/cache-error.ts'
import { writeCached } from '../../store/files.ts'
import { hashParts } from '../../store/hash.ts'
import { readSealed, seal } from '../../store/kept.ts'
import { buildInput } from './types.ts'

const TRANSLATED = openObject({
  /** Those of the model: see `BuiltModel`. */
  key: v.string(),
  meaning: v.string(),
  inputs: v.array(buildInput),
  warnings: v.array(diagnostic),
})
export type TranslatedFiles = Checked<typeof TRANSLATED>

const pathOf = (cacheFolder: string, files: string): string =>
  join(cacheFolder, 'index', `${hashParts([files, 'translated']).slice(0, 40)}.json`)

/** @param files hash of all that goes in */
export const readTranslated = (cacheFolder: string, files: string): Promise<TranslatedFiles | null> =>
  readSealed(pathOf(cacheFolder, files), TRANSLATED)

/** @throws InputError or ToolError where the cache cannot be written. */
export async function writeTranslated(
  cacheFolder: string,
  files: string,
  translated: TranslatedFiles,
): Promise<void> {
  const path = pathOf(cacheFolder, files)
  await writeCached(path, seal(translated), (error) => explainCacheError(error, path))
}
