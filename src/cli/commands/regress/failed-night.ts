/** A night that comes to nothing: its reports say why, and those of the night before do not pass for its own. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { markAnnotated } from '../../terminal/errors.ts'
import { folderOfFile } from './night-folder.ts'
import type { RegressArguments } from './options.ts'

/** Where reports of a call would be that does not know its plan; null where nothing says so. */
export function guessFolder({ folder, file }: RegressArguments): string | null {
  if (folder !== undefined) return resolve(folder)
  if (file === undefined) return null
  const guess = folderOfFile(file)
  // A name that was mistyped is no plan of anybody's.
  return existsSync(file) || existsSync(guess) ? guess : null
}

/** As `runReported` does for one run. A folder in which others work is left alone. */
export async function reportFailure(
  error: unknown,
  folder: string,
  { report }: RegressArguments,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { removeReports } = await import('../../../pipeline/regress/begin-night.ts')
  const { lockFolder } = await import('../../../pipeline/regress/folder-lock.ts')
  const { chooseReports, writeErrorReports } = await import('../../../pipeline/report/files.ts')
  const lock = await lockFolder(folder).catch(() => null)
  if (lock === null) return
  try {
    await removeReports(folder)
    const kinds = chooseReports(report ?? null, env, ['json', 'junit'])
    const { annotations } = await writeErrorReports('regress', error, folder, kinds, env)
    for (const line of annotations) process.stderr.write(`${line}\n`)
    markAnnotated(error)
  } catch {
    // What ended the night may also keep its report from being written, and is said in any case.
  } finally {
    await lock.release()
  }
}
