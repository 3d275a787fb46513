/** Files that a model opened to read while it ran: their content is an input of the run. */
import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import * as v from 'valibot'
import { type Checked, openObject } from '../input/schema.ts'
import { hashFile } from '../store/hash.ts'

/** A file that a model asked for. */
export const openedFile = openObject({
  /** As the model names it, relative to the working directory. */
  path: v.string(),
  /**
   * SHA-256 of its content, or `missing` where it was not there. It is `unknown` where nobody can say what was read:
   * the file changed after it was opened, or is no regular file.
   */
  sha256: v.string(),
})
export type OpenedFile = Checked<typeof openedFile>

const known = new Map<string, string>()

/** Reads the bridge's list, and the content of the files. Each content is read once a process. */
export async function readOpenedFiles(text: string): Promise<readonly OpenedFile[]> {
  const records = text.split('\x1e').filter((record) => record !== '')
  const files = await Promise.all(
    records.map(async (record) => {
      const [path = '', state = '', kind = ''] = record.split('\x1f')
      if (state === '') return { path, sha256: 'missing' }
      if (kind !== 'file') return { path, sha256: 'unknown' }
      return { path, sha256: await hashAsOpened(path, state) }
    }),
  )
  return mergeOpened(files)
}

/** Each path once: one that was opened in two states, by one process or by several, has two contents. */
export function mergeOpened(...lists: readonly (readonly OpenedFile[])[]): readonly OpenedFile[] {
  const byPath = new Map<string, string>()
  for (const { path, sha256 } of lists.flat()) {
    const before = byPath.get(path)
    byPath.set(path, before === undefined || before === sha256 ? sha256 : 'unknown')
  }
  return [...byPath].map(([path, sha256]) => ({ path, sha256 }))
}

/** Whether files have the content that they had: none of them `unknown`. */
export async function areAsOpened(files: readonly OpenedFile[]): Promise<boolean> {
  const now = await Promise.all(files.map(({ path }) => hashNow(path)))
  return files.every(({ sha256 }, index) => sha256 !== 'unknown' && sha256 === now[index])
}

/** Whether it is certain what was read. */
export const isKnown = ({ sha256 }: OpenedFile): boolean => sha256 !== 'unknown'

/** Whether none of the files is known to have another content: what nobody knows may be the same. */
export const mayBeAsOpened = (files: readonly OpenedFile[]): Promise<boolean> =>
  areAsOpened(files.filter(isKnown))

async function hashAsOpened(path: string, state: string): Promise<string> {
  const key = `${isAbsolute(path) ? '' : process.cwd()} ${path} ${state}`
  const before = known.get(key)
  if (before !== undefined && (await stateOf(path)) === state) return before
  if ((await stateOf(path)) !== state) return 'unknown'
  const sha256 = await hashFile(path).catch(() => 'unknown')
  if ((await stateOf(path)) !== state) return 'unknown'
  known.set(key, sha256)
  return sha256
}

async function hashNow(path: string): Promise<string> {
  const state = await stateOf(path)
  return state === null ? 'missing' : hashAsOpened(path, state)
}

/** As sim/opened-files.h writes it. */
async function stateOf(path: string): Promise<string | null> {
  const info = await stat(path, { bigint: true }).catch(() => null)
  return info === null ? null : `${info.size} ${info.ino} ${info.mtimeNs} ${info.ctimeNs}`
}
