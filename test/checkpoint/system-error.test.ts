import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/checkpoint/input-error.ts'
import { explainSystemError, systemReason } from '../../src/checkpoint/system-error.ts'
import { exitCodeOf } from '../../src/cli/errors.ts'

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
  test('what its user can mend is bad input', async () => {
    const error = explain(await readFile('no/such').catch((reason: unknown) => reason))
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toBe('a/b: no such file. Do this.')
    expect(exitCodeOf(error)).toBe(2)
  })

  test.each(['EMFILE', 'ENFILE', 'EIO', 'ETIMEDOUT'])('%s is the system, exit code 3', (code) => {
    const error = explain(failure(code))
    expect(error).not.toBeInstanceOf(InputError)
    expect((error as Error).message).toBe(
      code === 'ETIMEDOUT' ? `a/b: ${code}: it failed` : `a/b: ${systemReason({ code })}. Do this.`,
    )
    expect(exitCodeOf(error)).toBe(3)
  })

  test('a fault of the program stays one', () => {
    const fault = new TypeError('x is undefined')
    expect(explain(fault)).toBe(fault)
  })
})
