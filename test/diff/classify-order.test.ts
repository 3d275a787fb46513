/** Which of several names a fault gets, and what is said of one that has none. */
import { describe, expect, test } from 'vitest'
import { classifyFault } from '../../src/diff/classify.ts'
import type { Shape } from '../../src/graph/types.ts'
import { fill, scramble } from './difference.ts'

const classify = (
  shape: Shape,
  right: (c: number, y: number, x: number) => number,
  wrong: (code: number, c: number, y: number, x: number) => number,
  context = {},
  bits = 8,
) => {
  const expected = fill(shape, right)
  const actual = fill(shape, (c, y, x) => wrong(right(c, y, x), c, y, x))
  return classifyFault(Uint16Array.from(expected), Int32Array.from(actual), shape, bits, context)
}
const shape = [8, 8, 8] as const
const code = (c: number, y: number, x: number): number => 20 + (scramble((c * 8 + y) * 8 + x) % 200)

describe('of several names', () => {
  test('one that gives every value comes before a place', () => {
    // The left column holds what stands right of it.
    const found = classify(shape, code, (right, c, y, x) => (x === 0 ? code(c, y, 1) : right))
    expect(found?.name).toBe('shifted')
  })

  test('a place comes first, and what its values look like is said with it', () => {
    expect(classify(shape, code, (right, _c, _y, x) => (x === 0 ? right + 1 : right))).toEqual({
      name: 'border',
      evidence:
        'all 64 wrong elements are in the outermost row or column (left): the padding, its code or its extent. Of these, all 64 wrong elements are off by one code, always too high: rounded twice or upwards (A-4); in 8 of 8 channels, 13 % of all elements',
    })
  })

  test('a place alone', () => {
    const found = classify(shape, code, (right, c, y, x) =>
      c === 3 ? scramble(right * 64 + y * 8 + x) : right,
    )
    expect(found?.name).toBe('one-channel')
    expect(found?.evidence).not.toContain('Of these')
  })

  test('codes that saturate in every eighth channel: the lanes are the consequence', () => {
    const wide = [64, 4, 4] as const
    const right = (c: number, y: number, x: number) =>
      c % 8 === 3 ? 160 + ((y * 4 + x + c) % 40) : 20 + ((y * 4 + x + c) % 40)
    expect(classify(wide, right, (q) => (q > 180 ? 255 : q))?.name).toBe('saturated')
    expect(classify(wide, right, (q) => (q > 180 ? q + 1 : q))?.name).toBe('lanes')
  })

  test('codes that saturate at a border, and anywhere', () => {
    const left = classify(shape, code, (right, c, y, x) => (x === 0 && (c + y) % 4 > 0 ? 255 : right))
    expect(left?.name).toBe('border')
    expect(left?.evidence).toContain('Of these, all 48 wrong elements are at an end of the range')
    const anywhere = classify(shape, code, (right, c, y, x) =>
      scramble((c * 8 + y) * 8 + x + 9) % 5 === 0 ? 255 : right,
    )
    expect(anywhere?.name).toBe('saturated')
  })

  test('zeros in one channel: the channel is named', () => {
    expect(classify(shape, code, (right, c) => (c === 3 ? 0 : right))?.name).toBe('one-channel')
  })
})

describe('a name holds for all wrong elements, not for a sample of them', () => {
  const long = [1, 1, 16384] as const
  const right = (_c: number, _y: number, x: number) => 40 + (scramble(x) % 100)
  test.each([
    { because: 'all are one too high', odd: 1, name: 'rounding' },
    { because: 'every other one is one too high', odd: null, name: 'unknown' },
  ])('$because: $name', ({ odd, name }) => {
    // Of 16,384 wrong elements 8,192 are looked at first: the even ones.
    const found = classify(long, right, (q, _c, _y, x) =>
      x % 2 === 0 ? q + 1 : odd === null ? 150 + (scramble(x + 7) % 100) : q + odd,
    )
    expect(found?.name).toBe(name)
  })
})

test('a name that a sample does not have is not looked for in all', () => {
  // One in 51 of the sample's even elements is another code, which is one in 102 of all.
  const found = classify(
    [1, 1, 16384],
    (_c, _y, x) => 40 + (scramble(x) % 100),
    (q, _c, _y, x) => (x % 102 === 0 ? 150 + (scramble(x) % 90) : q + 1),
  )
  expect(found?.name).toBe('unknown')
})

describe('no name', () => {
  test('says how many, where, and the most frequent steps', () => {
    const wrong = new Map([
      ['1,2,3', 5],
      ['1,2,4', 5],
      ['3,4,5', -7],
      ['3,4,6', -7],
      ['3,4,7', -7],
      ['4,0,0', 1],
      ['4,1,1', 9],
      ['4,2,2', 11],
    ])
    expect(classify(shape, code, (right, ...at) => right + (wrong.get(at.join()) ?? 0))).toEqual({
      name: 'unknown',
      evidence:
        '8 wrong elements in 3 of 8 channels (channels 1, 3 and 4, rows 0 to 4, columns 0 to 7), 5 too high and 3 too low, most often -7 (3 times), +5 (2 times), +1 (once)',
    })
    wrong.delete('4,0,0')
    expect(classify(shape, code, (right, ...at) => right + (wrong.get(at.join()) ?? 0))?.evidence).toBe(
      'too few elements differ to tell; 7 wrong elements in 3 of 8 channels (channels 1, 3 and 4, rows 1 to 4, columns 1 to 7), 4 too high and 3 too low, most often -7 (3 times), +5 (2 times), +9 (once)',
    )
  })

  test('nothing differs: null', () => {
    expect(classify(shape, code, (right) => right)).toBeNull()
  })
})

test('of 12 bits the ends are those of 12 bits', () => {
  const right = (c: number, y: number, x: number) => 300 + scramble((c * 8 + y) * 8 + x, 3000)
  const found = classify(shape, right, (q, _c, y, x) => ((x * 3 + y) % 5 === 0 ? 4095 : q), {}, 12)
  expect(found?.evidence).toContain('at an end of the range (0, 4095)')
})
