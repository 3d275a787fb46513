/** The pictures of a folder, and an even choice of them. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { checkFile } from '../input/read-file.ts'
import { explainSystemError } from '../input/system-error.ts'
import { FORMAT_ENDINGS, isPictureName } from './formats.ts'

/** Images of a folder in name order, or the file itself. @throws InputError where there is none. */
export async function listImages(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((error: unknown) => explainSystemError(error, path, 'Check the path.'))
  checkFile(info, path)
  if (info.isFile()) return [path]
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) =>
    explainSystemError(error, path, 'Check its permissions.'),
  )
  const files = entries.filter(
    (entry) => (entry.isFile() || entry.isSymbolicLink()) && isPictureName(entry.name),
  )
  const names = files.map(({ name }) => name).sort()
  if (names.length === 0)
    throw new InputError(
      `no image (${FORMAT_ENDINGS}) in this folder`,
      path,
      'Give a folder that holds some.',
    )
  return names.map((name) => join(path, name))
}

/** At most `count` of the paths, evenly spread, so that a sorted folder gives no one-sided sample. */
export function spread<T>(paths: readonly T[], count: number): readonly T[] {
  if (paths.length <= count) return paths
  return Array.from({ length: count }, (_, i) => paths[Math.floor((i * paths.length) / count)]!)
}
