import { describe, expect, test } from 'vitest'
import { dot, factorise, solve } from '../../src/quantise/cholesky.ts'
import { createRandom } from '../golden/random.ts'

/** A random positive definite matrix. */
function makeMatrix(n: number): Float64Array {
  const random = createRandom(n)
  const factor = Float64Array.from({ length: n * n }, () => random.next() - 0.5)
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) matrix[i * n + j]! += factor[k * n + i]! * factor[k * n + j]!
      if (i === j) matrix[i * n + j]! += 0.1
    }
  return matrix
}

describe('cholesky', () => {
  // Around the block of eight rows.
  test.each([1, 2, 7, 8, 9, 16, 33])('UᵀU is the matrix, n = %d', async (n) => {
    const matrix = makeMatrix(n)
    const upper = matrix.slice()
    await factorise(upper, n)
    for (let i = 0; i < n; i++)
      for (let j = i; j < n; j++) {
        let product = 0
        for (let k = 0; k <= i; k++) product += upper[k * n + i]! * upper[k * n + j]!
        expect(product).toBeCloseTo(matrix[i * n + j]!, 10)
      }
  })

  test.each([1, 8, 33])('solve finds the vector that the matrix was multiplied with, n = %d', async (n) => {
    const matrix = makeMatrix(n)
    const wanted = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1))
    const right = wanted.map((_, i) => dot(matrix, i * n, wanted, 0, n))
    await factorise(matrix, n)
    solve(matrix, n, right)
    for (let i = 0; i < n; i++) expect(right[i]).toBeCloseTo(wanted[i]!, 8)
  })

  test('a matrix that is not positive definite is refused', async () => {
    await expect(factorise(Float64Array.of(1, 2, 2, 1), 2)).rejects.toThrow('not positive definite at row 1')
  })
})
