/** This file turns a system's error about a file into one sentence, and tells the user's errors from the system's. */
import { InputError } from './input-error.ts'

/**
 * An error of the system: no space, no file descriptors, a disk that fails. No other input would help. The command line exits with 3.
 */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly exitCode = 3
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'this process may open no more files (ulimit -n)',
  ENFILE: 'the system may open no more files',
  ENOMEM: 'the system is out of memory',
  EAGAIN: 'the system may start no more processes',
  EIO: 'the device failed (input/output error)',
}

/** Describes an error of the system; null for an error of the input. */
export function systemReason(error: unknown): string | null {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code
  return typeof code === 'string' && Object.hasOwn(REASONS, code) ? REASONS[code]! : null
}

const MENDABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, expected a file',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  EEXIST: 'a part of the path is a file, expected a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}

/**
 * @throws InputError for what the user can correct, SystemError for other failures of the system, and any other error unchanged.
 */
export function explainSystemError(error: unknown, where: string, advice: string): never {
  const system = systemReason(error)
  if (system !== null) throw new SystemError(`${where}: ${system}. ${advice}`, { cause: error })
  const { code, syscall, message } = error as NodeJS.ErrnoException
  const reason = code === undefined ? undefined : MENDABLE[code]
  if (reason !== undefined) throw new InputError(reason, where, advice, { cause: error })
  if (code === undefined || syscall === undefined) throw error
  throw new SystemError(`${where}: ${message}`, { cause: error })
}
