/** Which place an error names: of a tool, of bad input, of a failed assertion. */
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { type Diagnostic, ToolError } from '../../src/input/tool-error.ts'
import { joinWarnings, placesIn, problemsOf, ruleOf } from '../../src/result/problem.ts'

const syntax: Diagnostic = { severity: 'error', file: 'a.sv', line: 3, column: 7, message: 'syntax error' }
const cut: Diagnostic = {
  ...{ severity: 'warning', file: 'a.sv', line: 4, column: null },
  message: 'Operator ASSIGN cuts [WIDTHTRUNC]',
}
const failed = (diagnostics: readonly Diagnostic[]) => new ToolError('no model', { tool: 'x', diagnostics })
const nowhere = { severity: 'error', file: null, line: null, column: null }

describe('a tool', () => {
  test('its errors, and not what it warned of besides', () => {
    expect(problemsOf(failed([cut, syntax]))).toEqual([syntax])
  })
  test('no message without a place beside one that has one', () => {
    const lone: Diagnostic = { ...syntax, file: null, line: null, column: null, message: 'Cannot continue' }
    expect(problemsOf(failed([syntax, lone]))).toEqual([syntax])
    expect(problemsOf(failed([lone]))).toEqual([lone])
  })
  test('warnings that end a run are errors', () => {
    expect(problemsOf(failed([cut]))).toEqual([{ ...cut, severity: 'error' }])
  })
  test('that said nothing of places', () => {
    expect(problemsOf(failed([]))).toEqual([{ ...nowhere, message: 'no model' }])
  })
})

describe('bad input', () => {
  test.each([
    ['plan.yaml:7', 'unknown key', 'plan.yaml', 7, null, 'unknown key.'],
    ['plan.yaml:7:3', 'unknown key', 'plan.yaml', 7, 3, 'unknown key.'],
    ['a.json', 'no JSON, in line 12', 'a.json', 12, null, 'no JSON, in line 12.'],
    [
      'a.json',
      '"x" is given twice, in lines 2 and 5',
      'a.json',
      5,
      null,
      '"x" is given twice, in lines 2 and 5.',
    ],
    ['a.json', 'no such file', 'a.json', null, null, 'no such file.'],
    ['rtl/rtl.f', 'airlines 7', 'rtl/rtl.f', null, null, 'airlines 7.'],
  ])('%s: %s', (where, what, file, line, column, message) => {
    const error = new InputError(what, where, 'Do it.')
    const said = `${message} Do it.`
    expect(problemsOf(error)).toEqual([{ severity: 'error', file, line, column, message: said }])
  })

  test.each(['--bits', '-', 'assay sim', 'assay'])('%s is no file', (where) => {
    const error = new InputError('not so, in line 3', where)
    expect(problemsOf(error)).toEqual([{ ...nowhere, message: error.message }])
  })

  test('a file whose name begins as the program does is one', () => {
    expect(problemsOf(new InputError('x', 'assay.json'))[0]).toMatchObject({ file: 'assay.json' })
  })
})

describe('another error', () => {
  test('the places that its lines begin with', () => {
    const text = 'verilator failed: rtl/a.sv:12:3: syntax error\nrtl/b.sv:4: no x\nand 3 more\nat 12:30: tea'
    const places = [
      { severity: 'error', file: 'rtl/a.sv', line: 12, column: 3, message: 'syntax error' },
      { severity: 'error', file: 'rtl/b.sv', line: 4, column: null, message: 'no x' },
    ]
    expect(placesIn(text)).toEqual(places)
    expect(problemsOf(new Error(text))).toEqual(places)
  })
  test('or its message', () => {
    expect(problemsOf(new Error('killed'))).toEqual([{ ...nowhere, message: 'killed' }])
    expect(problemsOf('thrown')).toEqual([{ ...nowhere, message: 'thrown' }])
  })
})

test('rules are as the tool calls them', () => {
  expect([cut, syntax, { ...syntax, message: 'no x' }, { ...cut, message: 'a [0]' }].map(ruleOf)).toEqual([
    'WIDTHTRUNC',
    'syntax',
    'error',
    'warning',
  ])
})

test('warnings of several models are each told once; none is no field', () => {
  expect(joinWarnings([[cut], undefined, [syntax, { ...cut }]])).toEqual([cut, syntax])
  expect(joinWarnings([[], undefined])).toBeUndefined()
})
