/** The dense algebra of second-order rounding, on row-major Float64Array matrices of size n x n. */
import { giveWay } from '../input/give-way.ts'

/** Rows that are finished together, so that the rest of the matrix is read once for all of them. */
const BLOCK = 8

/**
 * H = Uᵀ U with U upper triangular. Overwrites the upper triangle of `matrix` with U; the lower is left as it was.
 * Every inner loop runs along memory.
 * @throws Error if the matrix is not positive definite: add to its diagonal.
 */
export async function factorise(matrix: Float64Array, n: number): Promise<void> {
  for (let first = 0; first < n; first += BLOCK) {
    const end = Math.min(n, first + BLOCK)
    for (let i = first; i < end; i++) {
      const own = i * n
      const pivot = matrix[own + i]!
      if (!(pivot > 0)) throw new Error(`the matrix is not positive definite at row ${i}`)
      const scale = 1 / Math.sqrt(pivot)
      for (let j = i; j < n; j++) matrix[own + j]! *= scale
      for (let k = i + 1; k < end; k++) subtract(matrix, k * n, own, k, n)
    }
    if (end - first < BLOCK)
      for (let k = end; k < n; k++) for (let i = first; i < end; i++) subtract(matrix, k * n, i * n, k, n)
    else for (let k = end; k < n; k++) subtractBlock(matrix, k * n, first * n, k, n)
    await giveWay()
  }
}

/** row −= own[k] · own, from column k on. */
function subtract(matrix: Float64Array, row: number, own: number, k: number, n: number): void {
  const factor = matrix[own + k]!
  for (let j = k; j < n; j++) matrix[row + j]! -= factor * matrix[own + j]!
}

/** `subtract` for eight rows from `own` on. */
function subtractBlock(matrix: Float64Array, row: number, own: number, k: number, n: number): void {
  const [a, b, c, d] = [own, own + n, own + 2 * n, own + 3 * n]
  const [e, f, g, h] = [own + 4 * n, own + 5 * n, own + 6 * n, own + 7 * n]
  const [fa, fb, fc, fd] = [matrix[a + k]!, matrix[b + k]!, matrix[c + k]!, matrix[d + k]!]
  const [fe, ff, fg, fh] = [matrix[e + k]!, matrix[f + k]!, matrix[g + k]!, matrix[h + k]!]
  for (let j = k; j < n; j++) {
    const low = fa * matrix[a + j]! + fb * matrix[b + j]! + fc * matrix[c + j]! + fd * matrix[d + j]!
    const high = fe * matrix[e + j]! + ff * matrix[f + j]! + fg * matrix[g + j]! + fh * matrix[h + j]!
    matrix[row + j]! -= low + high
  }
}

/** Solves Uᵀ U x = b; overwrites b with x. */
export function solve(upper: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n
    const value = b[i]! / upper[row + i]!
    b[i] = value
    if (value !== 0) for (let j = i + 1; j < n; j++) b[j]! -= upper[row + j]! * value
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n
    b[i] = (b[i]! - dot(upper, row + i + 1, b, i + 1, n - i - 1)) / upper[row + i]!
  }
}

/** Σ a[from + k] · b[start + k]; four sums at once, as one would wait for each addition. */
export function dot(a: Float64Array, from: number, b: Float64Array, start: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = length - (length % 4)
  for (let k = 0; k < whole; k += 4) {
    s0 += a[from + k]! * b[start + k]!
    s1 += a[from + k + 1]! * b[start + k + 1]!
    s2 += a[from + k + 2]! * b[start + k + 2]!
    s3 += a[from + k + 3]! * b[start + k + 3]!
  }
  for (let k = whole; k < length; k++) s0 += a[from + k]! * b[start + k]!
  return s0 + s1 + (s2 + s3)
}
