/** Rules on single codes: each has a name from the element on that makes chance rarer than one in 2^24, and says what it saw. */
import { describe, expect, test } from 'vitest'
import type { FaultContext } from '../../src/diff/fault-evidence.ts'
import { findOffset, findRounding } from '../../src/diff/fault-values.ts'
import { differ, fill, inOrder, someCodes as some } from './difference.ts'

describe('rounding', () => {
  const tooLow = 'always too low: truncation instead of round half up, or a missing half (A-4)'
  const tooHigh = 'always too high: rounded twice or upwards (A-4)'
  const both = (higher: number, lower: number) =>
    `${higher} too high and ${lower} too low: another rounding, or a multiplier or shift with too few bits (A-4)`
  const rounding = (found: string, direction: string, unit = 'one code', rest = '1 of 1 channels, 40 %') => ({
    name: 'rounding',
    evidence: `${found} wrong elements are off by ${unit}, ${direction}; in ${rest} of all elements`,
  })
  /** The first elements of 10 are off by these steps. */
  const off = (...steps: readonly number[]) =>
    inOrder(
      some(10),
      steps.map((step, i) => some(10)[i]! + step),
    )

  test.each([
    { steps: [-1, -1, -1], direction: null },
    { steps: [-1, -1, -1, -1], direction: tooLow },
    { steps: [1, 1, 1, 1], direction: tooHigh },
    { steps: [1, 1, 1, -1], direction: both(3, 1) },
    { steps: [1, -1, -1, -1], direction: both(1, 3) },
    { steps: [1, 1, 1, 2], direction: null },
  ])('steps of $steps', ({ steps, direction }) => {
    expect(findRounding(off(...steps), {})).toEqual(direction === null ? null : rounding('all 4', direction))
  })

  test('channels and the share of all elements are counted', () => {
    const shape = [4, 10, 10] as const
    const expected = fill(shape, (c, y, x) => 40 + c + y + x)
    const actual = fill(shape, (c, y, x) => 40 + c + y + x - (c % 2 === 1 && y === 3 ? 1 : 0))
    expect(findRounding(differ(shape, expected, actual), {})).toEqual(
      rounding('all 20', tooLow, 'one code', '2 of 4 channels, 5.0 %'),
    )
  })

  // Index p gives code 3p, but for the first ten, which give 0, and 50, which gives 30 as 10 does.
  const table = Uint8Array.from({ length: 64 }, (_, p) => (p < 10 ? 0 : p === 50 ? 30 : 3 * p))
  const step = "one step of the activation table's index"
  const throughTable = (expected: readonly number[], actual: readonly number[]) =>
    findRounding(inOrder([...expected, ...some(10 - expected.length)], actual), { table })

  test('one step of a table is one, too', () => {
    expect(throughTable([30, 60, 90, 120], [33, 57, 93, 123])).toEqual(rounding('all 4', both(3, 1), step))
    expect(throughTable([30, 60, 90, 120], [33, 57, 93, 126])).toBeNull()
    // From 0, 30 is the one other code within a step: 8 bits.
    expect(throughTable([0, 0, 0], [30, 30, 30])).toEqual(
      rounding('all 3', tooHigh, step, '1 of 1 channels, 30 %'),
    )
    // 189 is the last: a step further is no step.
    expect(throughTable([189, 189, 189], [186, 186, 186])).toEqual(
      rounding('all 3', tooLow, step, '1 of 1 channels, 30 %'),
    )
  })

  test('a table turns a tenth of the steps round', () => {
    const steps = (higher: number, lower: number, context: FaultContext) => {
      const expected = some(20)
      const actual = expected.slice(0, higher + lower).map((code, i) => code + (i < higher ? 1 : -1))
      return findRounding(inOrder(expected, actual), context)
    }
    const nearly = (direction: string) => direction.replace('always', 'nearly always')
    const rest = '1 of 1 channels, 50 %'
    expect(steps(9, 1, { table })).toEqual(rounding('all 10', nearly(tooHigh), 'one code', rest))
    expect(steps(1, 9, { table })).toEqual(rounding('all 10', nearly(tooLow), 'one code', rest))
    expect(steps(8, 2, { table })).toEqual(rounding('all 10', both(8, 2), 'one code', rest))
    expect(steps(2, 8, { table })).toEqual(rounding('all 10', both(2, 8), 'one code', rest))
    expect(steps(10, 0, { table })).toEqual(rounding('all 10', tooHigh, 'one code', rest))
    expect(steps(9, 1, { table: null })).toEqual(rounding('all 10', both(9, 1), 'one code', rest))
  })
})

describe('an offset', () => {
  const offset = (found: string, what: string) => ({
    name: 'offset',
    evidence: `at ${found} wrong elements ${what}`,
  })
  const same = (value: string) => `the same constant ${value} is added: a zero point (A-1, A-4) or a bias`
  const own = (values: string) => `each channel has a constant of its own (${values}): the biases (A-3)`

  test('the first element chose it, three more of 8 bits prove it', () => {
    const plus = (n: number, step: number) =>
      findOffset(
        inOrder(
          some(n),
          some(n).map((code) => code + step),
        ),
      )
    expect(plus(3, 5)).toBeNull()
    expect(plus(4, 5)).toEqual(offset('all 4', same('+5')))
    expect(plus(4, -5)).toEqual(offset('all 4', same('-5')))
  })

  test('the clamp hides it at both ends, and what is at an end does not choose it', () => {
    const up = inOrder([250, 252, 255, 100, 120, 130, 140], [255, 255, 255, 110, 130, 140, 150])
    expect(findOffset(up)).toEqual(offset('all 6', same('+10')))
    const down = inOrder([5, 2, 0, 100, 120, 130, 140], [0, 0, 0, 90, 110, 120, 130])
    expect(findOffset(down)).toEqual(offset('all 6', same('-10')))
    expect(findOffset(inOrder([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]))).toBeNull()
    const most = inOrder([250, 250, 250, 100, 120], [255, 255, 255, 110, 130])
    expect(findOffset(most)).toEqual(offset('all 5', same('+10')))
    expect(findOffset(inOrder([5, 5, 5, 100, 120], [0, 0, 0, 90, 110]))).toEqual(offset('all 5', same('-10')))
  })

  test('the most frequent step of a channel is its constant, and one in a hundred may be another', () => {
    const wrong = (others: number) =>
      inOrder(
        some(100),
        some(100).map((code, i) => code + (i < others ? 9 : 5)),
      )
    expect(findOffset(wrong(1))).toEqual(offset('99 of 100', same('+5')))
    expect(findOffset(wrong(2))).toBeNull()
  })

  test.each([
    { constants: [1, 1, 1], says: same('+1') },
    { constants: [1, -2, 3], says: own('+1, -2, +3') },
    { constants: [1, 2, 3, 4], says: own('+1, +2, +3, +4') },
    { constants: [1, 2, 3, 4, 5], says: own('+1, +2, +3, +4, …') },
  ])('one a channel: $constants', ({ constants, says }) => {
    const shape = [constants.length, 2, 2] as const
    const expected = fill(shape, (c, y, x) => 50 + 7 * c + 2 * y + x)
    const actual = fill(shape, (c, y, x) => 50 + 7 * c + 2 * y + x + constants[c]!)
    const elements = 4 * constants.length
    expect(findOffset(differ(shape, expected, actual))).toEqual(offset(`all ${elements}`, says))
  })

  test('it hits nine in ten of the elements of its channel that the clamp does not hide', () => {
    const hit = (n: number) =>
      findOffset(
        inOrder(
          some(10),
          some(n).map((code) => code + 4),
        ),
      )
    expect(hit(9)).toEqual(offset('all 9', same('+4')))
    expect(hit(8)).toBeNull()
    const full = (n: number) => [...some(n), ...Array.from({ length: 10 - n }, () => 255)]
    expect(
      findOffset(
        inOrder(
          full(5),
          some(5).map((code) => code + 4),
        ),
      ),
    ).toEqual(offset('all 5', same('+4')))
    const second = differ(
      [2, 1, 5],
      some(10),
      some(10).map((code, i) => (i < 5 ? code : code + 4)),
    )
    expect(findOffset(second)).toEqual(offset('all 5', same('+4')))
  })
})
