/** Entries as products of what they were asked for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { axesOf, blocksOf, describeBlock, describeNumbers } from '../../src/regress/extent.ts'

const AXES = ['image', 'bits', 'seed']
const all = ['a', 'b', 'c'].flatMap((image) =>
  ['8', '4'].flatMap((bits) => ['1', '2', '3'].map((seed) => ({ image, bits, seed }))),
)
const plan = axesOf(all.map((axes) => ({ axes })))

describe('blocks', () => {
  test('a whole product is one', () => {
    expect(blocksOf(all, AXES)).toEqual([
      { values: { image: ['a', 'b', 'c'], bits: ['8', '4'], seed: ['1', '2', '3'] }, entries: 18 },
    ])
  })

  test('every entry is in just one block, whatever the entries; the largest comes first', () => {
    fc.assert(
      fc.property(fc.subarray(all, { minLength: 1 }), (members) => {
        const blocks = blocksOf(members, AXES)
        const covered = blocks.flatMap(({ values }) =>
          values.image!.flatMap((image) =>
            values.bits!.flatMap((bits) => values.seed!.map((seed) => JSON.stringify({ image, bits, seed }))),
          ),
        )
        expect(covered.sort()).toEqual(members.map((own) => JSON.stringify(own)).sort())
        const sizes = blocks.map(({ entries }) => entries)
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
        expect(sizes.reduce((sum, size) => sum + size)).toBe(members.length)
      }),
    )
  })

  test('values in another order are the same values', () => {
    const members = [
      ...[
        { image: 'a', seed: '1' },
        { image: 'a', seed: '2' },
      ],
      ...[
        { image: 'b', seed: '2' },
        { image: 'b', seed: '1' },
      ],
    ]
    expect(blocksOf(members, ['image', 'seed'])).toHaveLength(1)
  })

  test('a member without an axis', () => {
    expect(blocksOf([{ bits: '8' }], ['bits', 'module'])).toEqual([
      { values: { bits: ['8'], module: [''] }, entries: 1 },
    ])
  })
})

describe('in words', () => {
  const say = (members: typeof all): readonly string[] =>
    blocksOf(members, AXES).map((block) => describeBlock(block, plan))

  test.each([
    [all, '18 entries: all 3 images × all 2 widths × seeds 1..3'],
    [all.filter(({ bits }) => bits === '8'), '9 entries: all 3 images × bits 8 × seeds 1..3'],
    [all.filter(({ image }) => image !== 'b'), '12 entries: a, c × all 2 widths × seeds 1..3'],
    [all.slice(0, 1), '1 entry: a × bits 8 × seed 1'],
  ])('%#', (members, text) => {
    expect(say(members)).toEqual([text])
  })

  test('an axis of one value in the whole plan is not said; many values are counted', () => {
    const images = Array.from({ length: 9 }, (_, index) => ({ image: `i${index}`, mode: 'isolated' }))
    const own = axesOf(images.map((axes) => ({ axes })))
    const [block] = blocksOf(images.slice(0, 6), ['image', 'mode'])
    expect(describeBlock(block!, own)).toBe('6 entries: i0, i1, i2, i3 and 2 more')
    const one = axesOf([{ axes: { mode: 'isolated' } }])
    expect(describeBlock(blocksOf([{ mode: 'isolated' }], ['mode'])[0]!, one)).toBe('1 entry: the whole plan')
    const two = axesOf([{ axes: { module: 'm' } }, { axes: { module: '' } }])
    expect(describeBlock({ values: { module: [''] }, entries: 1 }, two)).toBe('1 entry: no module')
  })

  test.each([
    [[3], '3'],
    [[1, 2, 3], '1..3'],
    [[5, 1, 2, 9, 10], '1..2, 5, 9..10'],
    [Array.from({ length: 12 }, (_, index) => 2 * index), '0, 2, 4, 6, 8, 10, 12, 14 and 4 more'],
    [
      [...Array.from({ length: 8 }, (_, index) => 2 * index), 50, 51, 52],
      '0, 2, 4, 6, 8, 10, 12, 14 and 3 more',
    ],
  ])('numbers %j', (numbers, text) => {
    expect(describeNumbers(numbers)).toBe(text)
  })
})
