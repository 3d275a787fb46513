/** One form of the words of a command, from which the line to copy is made. */
import { expect, test } from 'vitest'
import { canonicalWords } from '../../../src/cli/options/canonical-words.ts'
import type { Declarations } from '../../../src/cli/options/declaration.ts'

const DECLARATIONS: Declarations = {
  model: { alias: 'm' },
  bits: { type: 'number' },
  'multi-label': { type: 'boolean', default: false },
  pictures: { type: 'boolean', default: true },
  include: { array: true },
  mode: { default: 'isolated' },
  jobs: { alias: 'j', type: 'number' },
  out: { writes: 'folder' },
  secret: { hidden: true },
}
const of = (...words: string[]) => canonicalWords(DECLARATIONS, ['sim', ...words], new Set(['jobs']))

test.each([
  [[], []],
  [
    ['-m', 'a.pt', '--bits=8'],
    ['--model', 'a.pt', '--bits', '8'],
  ],
  [
    ['--bits', '08', '--model=a b'],
    ['--model', 'a b', '--bits', '08'],
  ],
  [
    ['--multiLabel', '--no-pictures'],
    ['--multi-label', '--no-pictures'],
  ],
  [['--no-multi-label', '--pictures', '--mode', 'isolated'], []],
  [['--model=-x'], ['--model=-x']],
  [
    ['--include', 'a', '--include', 'b'],
    ['--include', 'a', '--include', 'b'],
  ],
  [
    ['-j4', '--jobs', '4', '--out', 'o', '--secret', 's', '--mode', 'chained'],
    ['--mode', 'chained'],
  ],
])('%j', (words, canonical) => {
  expect(of(...words)).toEqual(canonical)
})

test('words that are refused anyway come to none', () => {
  expect(of('--model')).toEqual([])
})
