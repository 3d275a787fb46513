/** Files that a model read by itself while it ran: their content is an input of the run. */
import { readFile } from 'node:fs/promises'
import type { OpenedFile } from '../simulate/index.ts'
import { sha256 } from './files.ts'

/** Whether each file still is what the model read, or still not there. */
export async function isUnchanged(files: readonly OpenedFile[]): Promise<boolean> {
  const same = await Promise.all(
    files.map(async ({ path, sha256: known }) => (await hashNow(path)) === known),
  )
  return !same.includes(false)
}

const hashNow = (path: string): Promise<string> =>
  readFile(path).then(
    (bytes) => sha256(bytes),
    () => 'missing',
  )
