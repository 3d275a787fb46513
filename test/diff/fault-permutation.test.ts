/** Channels that hold another channel's values: which order, and how sure, on channels of four distinct codes. */
import { describe, expect, test } from 'vitest'
import type { FaultContext } from '../../src/diff/fault-evidence.ts'
import { findPermutation } from '../../src/diff/fault-permutation.ts'
import { differ } from './difference.ts'

/** @param origins of each channel the one whose values it holds; -1 for values of none. */
function permute(origins: readonly number[], context: FaultContext = {}, plane = 4) {
  const n = origins.length * plane
  const expected = Array.from({ length: n }, (_, i) => (i * 37 + 11) % 256)
  const actual = origins.flatMap((from) =>
    from < 0 ? new Array<number>(plane).fill(255) : expected.slice(from * plane, (from + 1) * plane),
  )
  return findPermutation(differ([origins.length, 1, plane], expected, actual), context)
}
const upTo = (n: number) => Array.from({ length: n }, (_, channel) => channel)
const swap = (n: number, ...pairs: readonly (readonly [number, number])[]) =>
  upTo(n).map((own) => {
    const [a, b] = pairs.find((pair) => pair.includes(own)) ?? [own, own]
    return own === a ? b : a
  })

const found = (part: string) => `${part} wrong channels hold another channel's values`
const inLanes = (how: string) => `${how}: the order of the lanes in a word, of weights, parameters or results`
const base = 'a base address or a group index'
const list = 'the order of weights, parameters or output channels'

describe('how the channels are told', () => {
  test.each<[string, readonly number[], FaultContext, string, string]>([
    [
      'neighbours exchanged in one place',
      swap(8, [2, 3]),
      {},
      'permuted',
      inLanes(`${found('all 2')}, neighbours exchanged within each group of 2`),
    ],
    [
      'neighbours exchanged everywhere',
      upTo(8).map((own) => own ^ 1),
      {},
      'lanes',
      inLanes(`${found('all 8')}, neighbours exchanged within each group of 2`),
    ],
    [
      'reversed in groups of four',
      upTo(8).map((own) => own ^ 3),
      {},
      'lanes',
      inLanes(`${found('all 8')}, in reverse order within each group of 4`),
    ],
    [
      'one group of four reversed: no more channels than a group has',
      [3, 2, 1, 0, 4, 5, 6, 7],
      {},
      'permuted',
      inLanes(`${found('all 4')}, in reverse order within each group of 4`),
    ],
    [
      'turned in groups of four',
      [1, 2, 3, 0, 5, 6, 7, 4],
      {},
      'lanes',
      inLanes(`${found('all 8')}, turned by 1 within each group of 4`),
    ],
    [
      'turned in the second group',
      [0, 1, 2, 3, 5, 6, 7, 4],
      {},
      'permuted',
      inLanes(`${found('all 4')}, turned by 1 within each group of 4`),
    ],
    [
      'turned as a whole, but for the first',
      [-1, 4, 5, 6, 7, 8, 9, 0, 1, 2],
      {},
      'permuted',
      inLanes(`${found('9 of 10')}, turned by 3`),
    ],
    [
      'turned back',
      [3, 0, 1, 2, 7, 4, 5, 6],
      {},
      'lanes',
      inLanes(`${found('all 8')}, turned by 3 within each group of 4`),
    ],
    [
      'reversed as a whole',
      upTo(12).reverse(),
      {},
      'permuted',
      inLanes(`${found('all 12')}, in reverse order`),
    ],
    [
      'turned as a whole',
      upTo(10).map((own) => (own + 3) % 10),
      {},
      'permuted',
      inLanes(`${found('all 10')}, turned by 3`),
    ],
    [
      'the last group has fewer channels than the others',
      [7, 6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8],
      {},
      'lanes',
      inLanes(`${found('all 12')}, in reverse order within each group of 8`),
    ],
    [
      'groups of as many input lanes as there are',
      [2, 1, 0, 5, 4, 3, 8, 7, 6],
      { inputLanes: 3 },
      'lanes',
      inLanes(`${found('all 6')}, in reverse order within each group of 3`),
    ],
    [
      'groups of as many output lanes as there are',
      [2, 1, 0, 5, 4, 3, 8, 7, 6],
      { outputLanes: 3 },
      'lanes',
      inLanes(`${found('all 6')}, in reverse order within each group of 3`),
    ],
    [
      'two of a group turned, two of another turned otherwise',
      [1, 0, 2, 3, 6, 7, 4, 5],
      {},
      'permuted',
      `${found('all 6')}: 0 holds 1, 1 holds 0, 4 holds 6, 5 holds 7, 6 holds 4, 7 holds 5: ${list}`,
    ],
    [
      'three further on, and beyond the last those of none',
      [...upTo(40).map((own) => (own < 37 ? own + 3 : -1))],
      {},
      'permuted',
      `${found('37 of 40')}, each that of 3 channels further on: ${base}`,
    ],
    [
      'one before',
      upTo(40).map((own) => own - 1),
      {},
      'permuted',
      `${found('39 of 40')}, each that of 1 channel before: ${base}`,
    ],
    [
      'any other order: the first six are named',
      [4, 2, 0, 7, 1, 3, 5, 6],
      {},
      'permuted',
      `${found('all 8')}: 0 holds 4, 1 holds 2, 2 holds 0, 3 holds 7, 4 holds 1, 5 holds 3, …: ${list}`,
    ],
    ['two exchanged', swap(8, [2, 4]), {}, 'permuted', `${found('all 2')}: 2 holds 4, 4 holds 2: ${list}`],
  ])('%s', (_, origins, context, name, evidence) => {
    expect(permute(origins, context)).toEqual({ name, evidence })
  })
})

describe('how sure it is', () => {
  test('a channel of four codes of 32 tells 16 bits less 3 for the choice of eight: two do, one does not', () => {
    expect(permute([1, 1, 2, 3, 4, 5, 6, 7])).toBeNull()
    expect(permute([1, 0, 2, 3, 4, 5, 6, 7])).toMatchObject({ name: 'permuted' })
  })

  test('one channel of eight codes: 8 times log2(65 / 2) less 3 are enough', () => {
    expect(permute([5, 1, 2, 3, 4, 5, 6, 7], {}, 8)).toEqual({
      name: 'permuted',
      evidence: `all 1 wrong channels hold another channel's values: 0 holds 5: ${list}`,
    })
  })

  test('the choice costs what it tells: five codes of 80 are 26.7 bits, less 4 for the choice of sixteen', () => {
    const one = [5, ...upTo(16).slice(1)]
    expect(permute(one, {}, 5)).toBeNull()
    expect(permute(one, {}, 6)).toMatchObject({ name: 'permuted' })
  })

  test('exactly 24 bits are enough: four codes of 8 less 8 for the choice of 256', () => {
    const expected = Array.from({ length: 1024 }, (_, i) => i)
    const actual = [...expected.slice(20, 24), ...expected.slice(4)]
    expect(findPermutation(differ([256, 1, 4], expected, actual, 16), {})).toMatchObject({ name: 'permuted' })
  })

  test('nine in ten of the wrong channels', () => {
    const lost = (n: number) =>
      permute(upTo(32).map((own) => (own < 10 ? (own < n ? -1 : (own * 7 + 11) % 32) : own)))
    expect(lost(1)?.evidence).toMatch(/^9 of 10 wrong channels hold/)
    expect(lost(2)).toBeNull()
  })

  test('it rests on the codes of the channel that was found, not on others', () => {
    // Channels 0 to 4 are zeros, which tell little; eight codes of channel 5 tell 5 bits each.
    const expected = Array.from({ length: 64 }, (_, i) => (i < 40 ? 0 : i))
    const actual = [...expected.slice(0, 48), ...expected.slice(40, 48), ...expected.slice(56)]
    expect(findPermutation(differ([8, 1, 8], expected, actual), {})).toMatchObject({ name: 'permuted' })
  })

  test('channels that are alike tell nothing', () => {
    const expected = new Array<number>(64).fill(7)
    const actual = expected.with(5, 8)
    expect(findPermutation(differ([8, 1, 8], expected, actual), {})).toBeNull()
  })

  test('the same codes in another order are another channel', () => {
    const expected = Array.from({ length: 64 }, (_, i) => i)
    const actual = [...expected.slice(8, 16).reverse(), ...expected.slice(8)]
    expect(findPermutation(differ([8, 1, 8], expected, actual), {})).toBeNull()
  })
})
