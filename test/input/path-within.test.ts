import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathWithin } from '../../src/input/path-within.ts'

test.each([
  ['/a', '/a/b/c', 'b/c'],
  ['/a', '/a', ''],
  ['/a', '/a/../b', null],
  ['/a', '/', null],
  ['/a', '/ab', null],
  ['/a', '/a/..b', '..b'],
  ['.', 'b', 'b'],
  ['b', join(process.cwd(), 'b/c'), 'c'],
])('in %s, %s is %s', (folder, path, expected) => {
  expect(pathWithin(folder, path)).toBe(expected)
})
