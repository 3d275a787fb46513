/** What is no cause: codes that nothing predicts, too few of them, and one value everywhere. What explains a part says how much. */
import { describe, expect, test } from 'vitest'
import { convolve } from '../../../src/golden/conv.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { createRandom } from '../../golden/random.ts'
import { randomConvGraph } from '../../golden/random-graph.ts'
import { classify, layerOf } from './planted.ts'

const layer = layerOf(
  randomConvGraph({ seed: 6, shape: [8, 10, 10] }, { channels: 8, kernel: 3 }),
  'conv',
  'conv',
)
const { node, inputs, expected } = layer
const withoutBias = convolve({ ...node, bias: node.bias.map(() => 0) }, inputs[0]!)
/** The right codes with others at some places. */
const changed = (isWrong: (index: number) => boolean, code: (index: number) => number): Codes =>
  expected.map((right, index) => (isWrong(index) ? code(index) : right)) as Codes

describe('no cause', () => {
  const random = createRandom(1)
  const any = (): number => random.integer(0, 255)

  test.each([
    { because: 'random codes everywhere', actual: changed(() => true, any) },
    { because: 'random codes at some places', actual: changed((index) => index % 7 === 3, any) },
    {
      because: 'codes that are one off, up or down',
      actual: changed(
        () => true,
        (index) => expected[index]! ^ 1,
      ),
    },
    {
      because: 'one value everywhere',
      actual: changed(
        () => true,
        () => 0,
      ),
    },
    {
      because: 'half of the elements as without a bias',
      actual: changed(
        (index) => index % 2 === 0,
        (index) => withoutBias[index]!,
      ),
    },
  ])('$because', ({ actual }) => {
    expect(classify(layer, actual)!.cause).toBeUndefined()
  })

  test('of codes that are right, and of so few wrong ones that chance would choose them', () => {
    expect(classify(layer, expected)).toBeNull()
    const differs = expected.findIndex((right, index) => right !== withoutBias[index])
    const actual = changed(
      (index) => index === differs,
      (index) => withoutBias[index]!,
    )
    expect(classify(layer, actual)!.cause).toBeUndefined()
  })

  test('of a prediction that is the right result but for a few, where these are others', () => {
    // Without the half, some codes are one lower: as many others are not.
    const actual = changed(
      (index) => index % 100 < 3,
      (index) => Math.max(0, expected[index]! - 1),
    )
    expect(classify(layer, actual)!.cause).toBeUndefined()
  })
})

describe('a part', () => {
  const wrong = withoutBias.map((code, index) => (index % 20 === 0 ? code ^ 85 : code)) as Codes
  test('is said beside the kind that the shape has', () => {
    const kind = classify(layer, wrong)!
    expect(kind.name).not.toBe('parameters')
    expect(kind.cause).toEqual({ id: 'no-bias', says: 'no bias', explained: 760, elements: 800 })
    expect(kind.evidence).toMatch(
      /\. Nearest of all that was computed: no bias, which explains 760 of 800 elements$/,
    )
  })

  test('one element more that is not as predicted is no complete cause', () => {
    const actual = withoutBias.slice() as Codes
    actual[799] = actual[799]! ^ 64
    expect(classify(layer, actual)!.cause).toMatchObject({ id: 'no-bias', explained: 799, elements: 800 })
  })
})

test('elements that were never written are told, and not counted', () => {
  const actual = Int32Array.from(withoutBias)
  actual[5] = -1
  const kind = classify(layer, actual)!
  expect(kind.cause).toMatchObject({ id: 'no-bias', explained: 799, elements: 799 })
  expect(kind.evidence).toBe(
    'all 799 elements that were written are explained completely by: no bias. 1 were never written',
  )
})
