/** Every way to write an option, and what is refused before a value is looked at. */
import { describe, expect, test } from 'vitest'
import type { Declarations } from '../../../src/cli/options/declaration.ts'
import { placeArguments, readWords } from '../../../src/cli/options/read-words.ts'
import { LOADED } from '../load-commands.ts'

const ARGUMENTS = {
  out: { demandOption: true },
  shards: { array: true, demandOption: true },
} as const satisfies Declarations
const OPTIONS = {
  model: { alias: 'm' },
  'weight-bits': { type: 'number' },
  sbatch: { array: true },
  quiet: { alias: 'q', type: 'boolean' },
  watch: { alias: 'w', type: 'boolean' },
  calibration: { negatable: true },
} as const satisfies Declarations
const read = (...words: readonly string[]) => readWords({ ...ARGUMENTS, ...OPTIONS }, words)
const place = (...words: readonly string[]) => placeArguments('merge', ARGUMENTS, OPTIONS, read(...words))

describe('values', () => {
  test.each([
    [['--model', 'a.pt'], { model: 'a.pt' }],
    [['--model=a.pt'], { model: 'a.pt' }],
    [['--model='], { model: '' }],
    [['--model=a=b'], { model: 'a=b' }],
    [['-m', 'a.pt'], { model: 'a.pt' }],
    [['-ma.pt'], { model: 'a.pt' }],
    [['-m=a.pt'], { model: 'a.pt' }],
    [['-qma.pt'], { quiet: true, model: 'a.pt' }],
    [['-m', '-'], { model: '-' }],
    [['--weight-bits', '-4'], { 'weight-bits': '-4' }],
    [['--weightBits', '010'], { 'weight-bits': '010' }],
    [['--model', 'a', '-m', 'b'], { model: ['a', 'b'] }],
    [['--sbatch', '-1', '--sbatch=--x'], { sbatch: ['-1', '--x'] }],
    [['--sbatch', 'a'], { sbatch: 'a' }],
    [['--quiet'], { quiet: true }],
    [['-qw'], { quiet: true, watch: true }],
    [['--no-quiet'], { quiet: false }],
    [['--quiet=false'], { quiet: false }],
    [['--quiet', 'false', '--watch', 'true'], { quiet: false, watch: true }],
    [['--quiet', '--no-quiet'], { quiet: false }],
    [['--quiet=maybe'], { quiet: 'maybe' }],
    [['--no-calibration'], { calibration: false }],
    [['--no-model'], { model: false }],
  ] as const)('%j', (words, values) => {
    expect(read(...words)).toEqual({ values, stray: [], unknown: [], asks: null })
  })

  test.each([[['--model']], [['--model', '--quiet']], [['--model', '-q']], [['--model', '--', 'a.pt']]])(
    '%j lacks its value',
    (words) => {
      expect(() => read(...words)).toThrow('--model: expected a value after it')
    },
  )
})

describe('words that are no value', () => {
  test.each([
    [['--help'], 'help'],
    [['-h', '--nowhere'], 'help'],
    [['-qh'], 'help'],
    [['a', '--version'], 'version'],
    [['--no-help'], null],
    [['--', '--help'], null],
  ])('%j asks for %s', (words, asks) => {
    expect(read(...words).asks).toBe(asks)
  })

  test('arguments are placed in order, and may be named', () => {
    expect(place('a', '-q', 'b', 'c')).toEqual({ out: 'a', shards: ['b', 'c'], quiet: true })
    expect(place('--out', 'a', 'b')).toEqual({ out: 'a', shards: ['b'] })
    expect(place('a', '--', '--b')).toEqual({ out: 'a', shards: ['--b'] })
  })

  test.each([
    [[], 'assay merge: expected at least 2 arguments, got 0'],
    [['a'], 'assay merge: expected at least 2 arguments, got 1'],
    [['a', 'b', '--modle', 'c'], 'there is no option modle. Did you mean model?'],
    [['a', 'b', '--no-nothing'], 'there is no option no-nothing'],
    [['a', 'b', '--no-model=c'], 'there is no option no-model'],
    [['a', 'b', '-x'], 'there is no option x'],
    [['a', 'b', '--__proto__', 'c'], 'there is no option __proto__'],
  ] as const)('%j is refused', (words, message) => {
    expect(() => place(...words)).toThrow(message)
  })

  test('a word too many is refused', () => {
    expect(() => placeArguments('sim', {}, OPTIONS, read('a', 'b'))).toThrow('assay sim: a b is no option')
  })
})

test('the arguments that the help shows are those that are declared, in their order', () => {
  for (const { command, declarations } of LOADED) {
    const shown = [...command.matchAll(/([<[])([\w-]+)(\.\.)?[>\]]/g)]
    const first = Object.entries(declarations).slice(0, shown.length)
    expect(
      first.map(([name, one]) => [one.demandOption === true ? '<' : '[', name, one.array && '..']),
    ).toEqual(shown.map(([, open, name, more]) => [open, name, more]))
  }
})
