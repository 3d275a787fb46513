import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MatrixProducts } from '../../src/quantise/matrix-products.ts'
import { createRandom } from '../golden/random.ts'

const random = createRandom(5)
const matrix = (length: number): Float32Array => Float32Array.from({ length }, () => random.next() - 0.5)

describe('a product in slices', () => {
  let [whole, sliced]: (MatrixProducts | undefined)[] = []
  beforeAll(async () => {
    whole = await MatrixProducts.create(1, Number.POSITIVE_INFINITY)
    sliced = await MatrixProducts.create(1, 2 ** 20)
  })
  afterAll(async () => {
    await whole?.close()
    await sliced?.close()
  })

  test.each([
    { rows: 700, columns: 288, others: 288 },
    { rows: 333, columns: 129, others: 65 },
    { rows: 64, columns: 1152, others: 3 },
    { rows: 2048, columns: 27, others: 16 },
  ])('is that of the whole to the bit: $rows x $columns by $others', async ({ rows, columns, others }) => {
    const [a, b] = [matrix(rows * columns), matrix(rows * others)]
    const inner = await sliced!.inner(a, b, rows)
    expect(inner).toEqual(await whole!.inner(a, b, rows))
    expect(inner).toHaveLength(columns * others)
    expect(inner[0]).toBeCloseTo(
      Array.from({ length: rows }, (_, i) => a[i * columns]! * b[i * others]!).reduce((x, y) => x + y, 0),
      3,
    )
    const weights = matrix(others * columns)
    expect(await sliced!.outer(a, weights, columns)).toEqual(await whole!.outer(a, weights, columns))
  })
})
