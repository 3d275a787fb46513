/** What the system said of a file, as one sentence: the user's to mend, or the system's. */
import { InputError } from './input-error.ts'

const mendable: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, expected a file',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  EEXIST: 'a part of the path is a file, expected a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up',
}

/**
 * @throws InputError for what its user can mend; for other failures of the system (files that are open, a disk that does not answer) an
 * error with exit code 3; anything else is thrown on as it is.
 */
export function explainSystemError(error: unknown, where: string, advice: string): never {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  const reason = code === undefined ? undefined : mendable[code]
  if (reason !== undefined) throw new InputError(reason, where, advice, { cause: error })
  if (code === undefined || syscall === undefined) throw error
  throw Object.assign(new Error(`${where}: ${message}`, { cause: error }), { exitCode: 3 })
}
