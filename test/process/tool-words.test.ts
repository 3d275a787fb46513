/** No program of the project starts its work on words that it does not know: `make mutate ARGS=--help` took an hour. */
import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { readWords, WrongWords } from '../../src/process/tool-words.ts'

const options = { every: { type: 'string' }, docs: { type: 'boolean' } } as const

describe('words', () => {
  test('options and names are read', () => {
    const { values, positionals } = readWords(['a', '--every=4', '--docs'], { options, names: ['a', 'b'] })
    expect({ ...values, positionals }).toEqual({ every: '4', docs: true, positionals: ['a'] })
  })

  test('without a list of names any will do', () => {
    expect(readWords(['test/x.test.ts'], { options, names: null }).positionals).toEqual(['test/x.test.ts'])
  })

  test.each([
    { because: 'an unknown option', words: ['--evry=4'], says: "Unknown option '--evry'" },
    { because: 'an option without its value', words: ['--every'], says: 'argument missing' },
    { because: 'a value where there is none', words: ['--docs=4'], says: 'does not take an argument' },
    { because: 'an unknown name', words: ['a', 'c', 'd'], says: 'expected a, b, got c, d' },
  ])('$because is refused', ({ words, says }) => {
    const read = () => readWords(words, { options, names: ['a', 'b'] })
    expect(read).toThrow(WrongWords)
    expect(read).toThrow(says)
  })
})

describe('every program that make hands ARGS to', () => {
  const programs = [...readFileSync('Makefile', 'utf8').matchAll(/node (dist\/\S+\.js) \$\(ARGS\)/g)].map(
    ([, file]) => file!,
  )

  test('is found in the Makefile', () => {
    expect(programs).toContain('dist/bench/main.js')
    expect(programs.length).toBeGreaterThanOrEqual(6)
  })

  test.each(programs)('%s prints its usage and ends', async (program) => {
    const run = (word: string) =>
      execa(process.execPath, [program, word], { reject: false, timeout: 240_000 })
    const help = await run('--help')
    expect([help.exitCode, help.stdout]).toEqual([0, expect.stringMatching(/^make \S+/)])
    const wrong = await run('--no-such-option')
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("'--no-such-option'")])
  })
})
