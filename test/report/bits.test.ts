import { expect, test } from 'vitest'
import { renderBits } from '../../src/report/bits.ts'

test('no search has no lines', () => {
  expect(renderBits(null)).toEqual([])
})

test('scales are counted by their bits, the fewest first', () => {
  const overrides = {
    a: { activationBits: 8 },
    b: { activationBits: 4 },
    c: {},
    d: { activationBits: 4 },
  }
  const found = {
    images: 1,
    budget: 5,
    mean: 4.98761,
    outputError: { before: 0.404, after: 0.0103 },
    overrides,
  }
  const [empty, ...lines] = renderBits(found)
  expect(empty).toBe('')
  expect(lines.every((line) => line.length <= 80)).toBe(true)
  expect(lines.join(' ')).toBe(
    'Activation bits were searched on 1 image for a mean of 5 per stored code, and have one of 4.988: scales 2 of 4 bits, 1 of 8 bits. Error of the scores and boxes: 40.4 % before, 1.0 % after, both with unrefined weights of 8 bits.',
  )
})
