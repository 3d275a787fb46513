/** Samples of a convolution's inputs and wanted outputs, for bias correction and second-order rounding. */
import type { Codes, QuantParams } from '../golden/types.ts'
import type { ConvNode, Shape } from '../graph/types.ts'

/** Output pixels of one layer, as indices y * width + x, one list per image. */
export type Positions = readonly Uint32Array[]

/** Uniform in 0 <= x < 1 (mulberry32). It is not golden/random.ts: its draws decide quantised weights, which would change with it. */
export function createSampler(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws `count` output pixels in all, spread evenly over the images; every pixel where there are no more than that. */
export function drawPositions(shape: Shape, images: number, count: number, random: () => number): Positions {
  const area = shape[1] * shape[2]
  const each = Math.min(area, Math.ceil(count / images))
  return Array.from({ length: images }, () =>
    each === area
      ? Uint32Array.from({ length: area }, (_, i) => i)
      : // One pixel in each of `each` equal runs: random, yet from all over the image.
        Uint32Array.from({ length: each }, (_, i) => Math.floor(((i + random()) * area) / each)),
  )
}

/** What a convolution reads. */
export interface LayerInput {
  readonly codes: Codes
  readonly quant: QuantParams
  readonly shape: Shape
}

/**
 * The taps that a convolution reads for each pixel, as real values, into rows of inChannels * kernel * kernel in the order of the weights.
 * A padding tap is 0.
 */
export function gatherTaps(
  node: ConvNode,
  { codes, quant, shape }: LayerInput,
  pixels: Uint32Array,
  to: Float32Array,
  first: number,
): void {
  const { kernel, stride, padding } = node
  const [channels, height, width] = shape
  const size = channels * kernel * kernel
  const outWidth = node.shape[2]
  const { scale, zeroPoint } = quant
  for (let i = 0; i < pixels.length; i++) {
    const top = Math.floor(pixels[i]! / outWidth) * stride - padding
    const left = (pixels[i]! % outWidth) * stride - padding
    for (let ky = 0; ky < kernel; ky++) {
      const y = top + ky
      for (let kx = 0; kx < kernel; kx++) {
        const x = left + kx
        const inside = y >= 0 && y < height && x >= 0 && x < width
        let at = (first + i) * size + ky * kernel + kx
        let from = y * width + x
        for (let c = 0; c < channels; c++) {
          to[at] = inside ? scale * (codes[from]! - zeroPoint) : 0
          at += kernel * kernel
          from += height * width
        }
      }
    }
  }
}
