/** Finds programs as a shell would, and as they are started. */
import { realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { statIfSeen } from '../store/stat.ts'

/** Folders that programs are looked for in, as one text. */
export const searchPath = (): string => process.env.PATH ?? ''

/** Path of a program, as a shell would find it. */
export function findProgram(program: string): string | null {
  const folders = program.includes('/') ? [''] : searchPath().split(delimiter)
  for (const folder of folders) {
    const path = folder === '' ? program : join(folder, program)
    const info = statIfSeen(path)
    if (info?.isFile() === true && (info.mode & 0o111) !== 0) return realpathSync.native(path)
  }
  return null
}
