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
