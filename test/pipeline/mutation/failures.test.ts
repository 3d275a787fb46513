import { expect, test } from 'vitest'
import { describeOutput, listFailures } from '../../../src/pipeline/mutation/failures.ts'

const failure = (number: number) => ({ name: `a.test.ts > t${number}`, reason: `no ${number}` })

test('two lines for each test that failed, and how many more there are', () => {
  expect(listFailures([failure(1), failure(2)])).toBe(
    '  a.test.ts > t1\n    no 1\n  a.test.ts > t2\n    no 2',
  )
  const lines = listFailures(Array.from({ length: 7 }, (_, index) => failure(index))).split('\n')
  expect(lines).toHaveLength(11)
  expect(lines.at(-1)).toBe('  and 2 more')
  expect(listFailures(Array.from({ length: 5 }, (_, index) => failure(index)))).not.toContain('more')
})

test('the tests are found among what a process printed', () => {
  expect(describeOutput('noise\nfailed test: a.test.ts > b\n    expected 1\nmore\n')).toBe(
    '  a.test.ts > b\n    expected 1',
  )
})

test('where no test is named, the first lines stand without escapes', () => {
  const output = `\n\u001b[31mNo test files found\u001b[39m\r\n${'x\n'.repeat(13)}`
  const lines = describeOutput(output).split('\n')
  expect(lines[0]).toBe('  No test files found')
  expect(lines).toHaveLength(13)
  expect(lines.at(-1)).toBe('  and 2 more lines')
})
