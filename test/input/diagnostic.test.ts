/** What is kept of a tool's message. */
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { diagnostic } from '../../src/input/diagnostic.ts'

const place = { file: 'a.sv', line: 3, column: null, message: 'syntax error' }

test.each([
  [{ severity: 'error', ...place }, true],
  [{ severity: 'warning', ...place }, true],
  [{ severity: 'note', ...place }, false],
  [{ severity: '', ...place }, false],
  [{ severity: 'error' }, false],
  [{ severity: 'error', ...place, line: '3' }, false],
])('%j', (value, isOne) => {
  expect(v.is(diagnostic, value)).toBe(isOne)
})
