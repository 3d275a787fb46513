/** YAML with the lines of its values. */
import { expect, test } from 'vitest'
import { parseLocatedYaml } from '../../src/input/located.ts'

const refusal = (text: string): Error & { readonly cause?: unknown } => {
  try {
    parseLocatedYaml(text, 'a.yaml')
  } catch (error) {
    return error as Error
  }
  throw new Error('it was read')
}

test('an alias without an anchor is refused by its own line', () => {
  const error = refusal('a: &x 1\nb: *x\nc: *nowhere\nd: *x\n')
  expect(error.message).toContain('this alias (*) names no anchor (&) before it')
  expect(error.message).toContain('a.yaml:3')
  expect(error.cause).toBeInstanceOf(Error)
})

test('aliases that stand for too much are refused by the line of the last', () => {
  const levels = Array.from({ length: 9 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`)
  const error = refusal(['l0: &l0 [1]', ...levels].join('\n'))
  expect(error.message).toContain('aliases stand for too much')
  expect(error.message).toContain('a.yaml:10')
})

test('a name that is given twice is refused by the line of the second', () => {
  const error = refusal('a: 1\nb: 2\na: 3\n')
  expect(error.message).toContain('this name is given twice in one place')
  expect(error.message).toContain('a.yaml:3')
})

test('a second document is refused', () => {
  const error = refusal('a: 1\n---\nb: 2\n')
  expect(error.message).toContain('a second document begins here (---), expected one')
  expect(error.message).toContain('a.yaml:')
})

test('what is no YAML is refused in the words of the parser, without a colon at their end', () => {
  const error = refusal('a: [1\nb: 2\n')
  expect(error.message).toMatch(/is not YAML: .*[^:]\. Correct it/)
})

test('each part knows its line, what is not there the line of what is nearest', () => {
  const { where, value } = parseLocatedYaml('a:\n  - 1\n  - b: 2\n    c: 3\n', 'a.yaml')
  expect(value).toEqual({ a: [1, { b: 2, c: 3 }] })
  expect(where([])).toBe('a.yaml:1')
  expect(where(['a', 0])).toBe('a.yaml:2')
  expect(where(['a', 1, 'c'])).toBe('a.yaml:4')
  expect(where(['a', 1, 'd'])).toBe('a.yaml:3')
  expect(where(['a', 7])).toBe('a.yaml:1')
  expect(where(['a', 0, 'x'])).toBe('a.yaml:2')
})
