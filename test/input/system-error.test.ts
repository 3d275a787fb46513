import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { exitCodeOf } from '../../src/cli/terminal/errors.ts'
import { InputError } from '../../src/input/input-error.ts'
import { explainSystemError } from '../../src/input/system-error.ts'

const explain = (error: unknown): unknown => {
  try {
    return explainSystemError(error, 'a/b', 'Do this.')
  } catch (explained) {
    return explained
  }
}
const failure = (code: string): Error =>
  Object.assign(new Error(`${code}: it failed`), { code, syscall: 'open' })

describe('explainSystemError', () => {
  test('a file that is not there is bad input', async () => {
    const error = explain(await readFile('no/such').catch((reason: unknown) => reason))
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toBe('a/b: no such file. Do this.')
    expect(exitCodeOf(error)).toBe(2)
  })

  test.each([
    ['ENOENT', 'no such file'],
    ['EISDIR', 'is a folder, expected a file'],
    ['ENOTDIR', 'a part of the path is a file, expected a folder'],
    ['EEXIST', 'a part of the path is a file, expected a folder'],
    ['EACCES', 'permission denied'],
    ['EPERM', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
  ])('%s is for its user to mend, exit code 2', (code, reason) => {
    const error = explain(failure(code))
    expect(error).toMatchObject({ name: 'InputError', message: `a/b: ${reason}. Do this.` })
    expect(exitCodeOf(error)).toBe(2)
  })

  test.each([
    ['ENOSPC', 'a/b: the disk is full. Do this.'],
    ['EDQUOT', 'a/b: the disk quota is used up. Do this.'],
    ['EMFILE', 'a/b: this process may open no more files (ulimit -n). Do this.'],
    ['ENFILE', 'a/b: the system may open no more files. Do this.'],
    ['ENOMEM', 'a/b: the system is out of memory. Do this.'],
    ['EAGAIN', 'a/b: the system may start no more processes. Do this.'],
    ['EIO', 'a/b: the device failed (input/output error). Do this.'],
    ['ETIMEDOUT', 'a/b: ETIMEDOUT: it failed'],
  ])('%s is the system, exit code 3', (code, message) => {
    const error = explain(failure(code))
    expect(error).toMatchObject({ name: 'SystemError', message })
    expect(exitCodeOf(error)).toBe(3)
  })

  test('a fault of the program stays one', () => {
    const fault = new TypeError('x is undefined')
    expect(explain(fault)).toBe(fault)
    // A code of Node's own, not of a system call.
    const own = Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })
    expect(explain(own)).toBe(own)
  })
})
