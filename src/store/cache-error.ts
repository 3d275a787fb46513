/** What the system said of a file in the cache, as one sentence. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { ToolError } from '../input/tool-error.ts'
import { statIfSeen } from './stat.ts'

const DENIED = 'permission denied'

const refusals: Readonly<Record<string, string>> = {
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  EEXIST: 'a part of the path is a file, expected a folder',
}
const failures: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

/** Turns a system error at a file of the cache into one sentence; anything else is thrown on as it is. */
export function explainCacheError(error: unknown, path: string): never {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const [refusal, failure] = [refusals[code], failures[code]]
  if (refusal !== undefined)
    throw new InputError(
      `the cache cannot be written: ${refusal}${refusal === DENIED ? describeOwner(dirname(path)) : ''}`,
      dirname(path),
      'Choose another folder, or name one in ASSAY_CACHE.',
      { cause: error },
    )
  if (failure !== undefined)
    throw new ToolError(`${dirname(path)}: ${failure}. Free some space, or choose another folder.`, {
      tool: 'cache',
      cause: error,
    })
  throw error
}

/** Whose the folder is, or the nearest one above it that is there. */
function describeOwner(folder: string): string {
  const uid = statIfSeen(folder)?.uid
  if (uid === undefined) return dirname(folder) === folder ? '' : describeOwner(dirname(folder))
  const own = process.getuid?.()
  if (uid === own || own === undefined) return ''
  return `. It belongs to ${nameUser(uid)}, and this is ${nameUser(own)}: what is there serves both, but only ${nameUser(uid)} may add to it, or let a group do so (chmod -R g+rwX)`
}

function nameUser(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid))
    return line === undefined ? `user ${uid}` : line.split(':')[0]!
  } catch {
    return `user ${uid}`
  }
}
