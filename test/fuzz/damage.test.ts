/** The damage is done, and what a reader must not do is seen. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { damagedBytes, damagedJson, placesOf, replaceAt } from './damage.ts'
import { check, type Reader } from './fuzz.ts'

const valid = { a: [1, { b: 'x' }], c: null }
const seed = Buffer.from(JSON.stringify(valid))
const sample = (arbitrary: fc.Arbitrary<Uint8Array>): readonly string[] =>
  fc.sample(arbitrary, { seed: 7, numRuns: 4000 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

test('every value of a file has a place', () => {
  expect(placesOf(valid)).toEqual([[], ['a'], ['a', 0], ['a', 1], ['a', 1, 'b'], ['c']])
  expect(replaceAt(valid, ['a', 1, 'b'], 'NaN')).toBe('{"a":[1,{"b":NaN}],"c":null}')
  expect(replaceAt(valid, [], '7')).toBe('7')
})

test.each([
  ['replaced', '{"a":null,"c":null}'],
  ['removed', '{"a":[1,{"b":"x"}]}'],
  ['renamed', '{"a":[1,{"b":"x"}],"__proto__":null}'],
  ['added', /^\{"a":\[1,\{"b":"x"\}\],"c":null,"toString":/],
  ['given twice', /^\{"a":\[1,\{"b":"x"\}\],"c":null,"c":/],
  ['no number', /NaN/],
  ['deep', /\[{5000}/],
  ['half a character', /\\ud800/],
  ['a way out', /\.\.\/\.\.\/x/],
])('a value is %s', (_, wanted) => {
  const files = sample(damagedJson([seed]))
  expect(files.some((file) => (typeof wanted === 'string' ? file === wanted : wanted.test(file)))).toBe(true)
})

test('bytes are flipped, cut off, put in and repeated', () => {
  const files = sample(damagedBytes([Buffer.from('abcdefgh')], ['WORD']))
  for (const wanted of ['abcdefg', 'abcdafgh', 'abcWORDdefgh', 'WORDefgh', 'abcdefghabcdefgh', ''])
    expect(files, wanted).toContain(wanted)
})

describe('a reader', () => {
  const of = (read: Reader['read']): Reader => ({ name: 'r', seeds: [seed], file: 'x.json: ', read })

  test('may give a value, refuse with its file, or give null', async () => {
    expect(
      await check(
        of(() => 1),
        seed,
      ),
    ).toBeNull()
    expect(
      await check(
        of(() => null),
        seed,
      ),
    ).toBe('null')
    const refusing = of(() => {
      throw new InputError('no', 'x.json')
    })
    expect(await check(refusing, seed)).toBe('x.json: no')
  })

  test.each([
    ['an error of its own', new TypeError('x is undefined'), 'x is undefined'],
    ['a refusal that names no file', new InputError('no', 'y.json'), 'names no file: y.json: no'],
  ])('fails with %s', async (_, error, says) => {
    const reader = of(() => {
      throw error
    })
    await expect(check(reader, seed)).rejects.toThrow(says)
  })

  test('fails where it takes too long or too much', async () => {
    const slow = of(() => {
      const begin = process.cpuUsage()
      let sum = 0
      while (process.cpuUsage(begin).user < 3_100_000) for (let i = 0; i < 1e7; i++) sum ^= i
      return sum
    })
    await expect(check(slow, seed)).rejects.toThrow(/^took \d+ ms$/)
    const large: Uint8Array[] = []
    await expect(
      check(
        of(() => large.push(new Uint8Array(2 ** 29 + 2 ** 26).fill(1))),
        seed,
      ),
    ).rejects.toThrow(/^took \d+ MB$/)
  })
})
