/**
 * The system is at fault: no space, no file descriptors, a disk that fails. No other input would have helped; the command line turns it
 * into exit code 3.
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

/** What a system error says of the system, or null where it says something of the input. */
export function systemReason(error: unknown): string | null {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code
  return typeof code === 'string' && Object.hasOwn(REASONS, code) ? REASONS[code]! : null
}
