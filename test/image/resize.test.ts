import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { resizeBilinear, roundHalfEven } from '../../src/image/resize.ts'
import type { RgbImage } from '../../src/image/rgb-image.ts'

interface Vector {
  readonly seed: number
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly sha256: string
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../golden/opencv/resize.json', import.meta.url), 'utf8'),
)

/** The same hashed noise as golden/opencv/make.py. */
function createNoise(width: number, height: number, seed: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + seed) >>> 0
    x ^= x >>> 15
    x = Math.imul(x, 2246822519) >>> 0
    x ^= x >>> 13
    return x >>> 24
  })
  return { width, height, data }
}

describe('resizeBilinear', () => {
  test.each(vectors)('$from to $to equals OpenCV bit for bit', ({ seed, from, to, sha256 }) => {
    const out = resizeBilinear(createNoise(from[0], from[1], seed), { width: to[0], height: to[1] })
    expect(out.data.length).toBe(to[0] * to[1] * 3)
    expect(createHash('sha256').update(out.data).digest('hex')).toBe(sha256)
  })

  test('a flat picture stays flat', () => {
    const flat = { width: 5, height: 3, data: new Uint8Array(45).fill(200) }
    const out = resizeBilinear(flat, { width: 8, height: 9 })
    expect(new Set(out.data)).toEqual(new Set([200]))
  })

  test('doubling a ramp puts targets a quarter from the sources', () => {
    const ramp = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 200, 200, 200) }
    const out = resizeBilinear(ramp, { width: 4, height: 1 })
    expect([...out.data].filter((_, i) => i % 3 === 0)).toEqual([0, 50, 150, 200])
  })
})

test.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, -0],
  [-1.5, -2],
  [2.4999, 2],
  [2.5001, 3],
])('roundHalfEven(%d) is %d', (value, expected) => {
  expect(roundHalfEven(value) + 0).toBe(expected + 0)
})
