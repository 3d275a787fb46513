/** Whose C++ a compiler refuses: what Verilator wrote, or the user's own. */
import { expect, test } from 'vitest'
import { ToolError } from '../../../src/input/tool-error.ts'
import { blameVerilator } from '../../../src/simulate/build/compile.ts'

const refused = (file: string | null, severity: 'error' | 'warning' = 'error') =>
  new ToolError('g++ failed: no match for operator!=', {
    tool: 'g++',
    output: 'all that it said',
    diagnostics: [{ severity, file, line: 37, column: 39, message: 'no match for operator!=' }],
  })

test('an error in what Verilator wrote names its version, and keeps what the compiler said', () => {
  const error = refused('Vmodel___024root__0.cpp')
  const told = blameVerilator(error, '5.006') as ToolError
  expect(told.message).toBe(
    'g++ failed: no match for operator!=\nVerilator 5.006 has written this C++: another version may translate the RTL better (docs/installing.md).',
  )
  expect([told.tool, told.output, told.diagnostics]).toEqual([error.tool, error.output, error.diagnostics])
})

test.each([
  ['in another file', refused('twice.cpp')],
  ['without a file', refused(null)],
  ['that is a warning there', refused('Vmodel.cpp', 'warning')],
  ['of another kind', new Error('no room on the disk')],
])('an error %s stays as it is', (_, error) => {
  expect(blameVerilator(error, '5.006')).toBe(error)
})
