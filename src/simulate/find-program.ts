import { realpathSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of a program, as a shell would find it. */
export function findProgram(program: string): string | null {
  const folders = program.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter)
  for (const folder of folders) {
    try {
      const path = realpathSync(folder === '' ? program : join(folder, program))
      const info = statSync(path)
      if (info.isFile() && (info.mode & 0o111) !== 0) return path
    } catch {
      // Not in this folder.
    }
  }
  return null
}
