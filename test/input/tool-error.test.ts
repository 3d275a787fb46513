/** The error of a tool: everything is there, and what prints its fields is short. */
import { expect, test } from 'vitest'
import { hideDetails, ToolError } from '../../src/input/tool-error.ts'

const said = { severity: 'error', file: 'a.sv', line: 1, column: 2, message: 'wrong' } as const
const failure = { tool: 'verilator', output: 'said', diagnostics: [said] }

test('what the tool said is there and not among the fields that are listed', () => {
  const error = new ToolError('it failed', failure)
  expect([error.tool, error.output, error.diagnostics]).toEqual(['verilator', 'said', [said]])
  expect(Object.keys(error).sort()).toEqual(['exitCode', 'name', 'tool'])
})

test('a copy that lists all of them lists them no more', () => {
  const copy = Object.assign(new Error('it failed'), failure) as unknown as ToolError
  hideDetails(copy)
  expect([copy.output, copy.diagnostics]).toEqual(['said', [said]])
  expect(Object.keys(copy)).toEqual(['tool'])
})
