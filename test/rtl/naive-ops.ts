/**
 * The operators of docs/arithmetic.md once more, written from the clauses for the RTL's tests alone: they share no code with
 * src/golden/. A tensor is codes in C order, with as many channels as its blocks have lanes.
 */
export interface Tensor {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly codes: Uint16Array
}

export interface ConvSpec {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly outChannels: number
  readonly outHeight: number
  readonly outWidth: number
  readonly padCode: number
  /** [outChannels, inChannels, kernel, kernel]. */
  readonly weight: Int8Array
  readonly bias: Int32Array
  readonly multiplier: Uint16Array
  readonly shift: Uint8Array
  readonly zero: number
  /** n of A-4. */
  readonly bits: number
  /** A-5, or null. */
  readonly table: Uint16Array | null
}

const clamp = (x: number, high: number): number => Math.min(Math.max(x, 0), high)

export const makeTensor = (channels: number, height: number, width: number): Tensor => ({
  channels,
  height,
  width,
  codes: new Uint16Array(channels * height * width),
})

export const codeAt = ({ height, width, codes }: Tensor, c: number, y: number, x: number): number =>
  codes[(c * height + y) * width + x]!

/** The code, or `outside` where (x, y) lies in the padding. */
const tap = (t: Tensor, c: number, y: number, x: number, outside: number): number =>
  y < 0 || y >= t.height || x < 0 || x >= t.width ? outside : codeAt(t, c, y, x)

function fill(tensor: Tensor, value: (c: number, y: number, x: number) => number): Tensor {
  let at = 0
  for (let c = 0; c < tensor.channels; c++)
    for (let y = 0; y < tensor.height; y++)
      for (let x = 0; x < tensor.width; x++) tensor.codes[at++] = value(c, y, x)
  return tensor
}

/** A-4, in doubles: |acc · M + h| < 2^48 is exact, and so is its division by a power of two. */
export const requantise = (acc: number, m: number, s: number, zero: number, bits: number): number =>
  clamp(zero + Math.floor((acc * m + (s > 0 ? 2 ** (s - 1) : 0)) / 2 ** s), 2 ** bits - 1)

/** The sums of A-3 without their bias: what a test scales its multipliers by. */
export function accumulate(input: Tensor, spec: ConvSpec): Float64Array {
  const { kernel, stride, padding, outChannels, outHeight, outWidth } = spec
  const sums = new Float64Array(outChannels * outHeight * outWidth)
  let at = 0
  for (let o = 0; o < outChannels; o++)
    for (let y = 0; y < outHeight; y++)
      for (let x = 0; x < outWidth; x++, at++)
        for (let c = 0; c < input.channels; c++)
          for (let ky = 0; ky < kernel; ky++)
            for (let kx = 0; kx < kernel; kx++)
              sums[at]! +=
                spec.weight[((o * input.channels + c) * kernel + ky) * kernel + kx]! *
                tap(input, c, y * stride - padding + ky, x * stride - padding + kx, spec.padCode)
  return sums
}

/** */
export function convolve(input: Tensor, spec: ConvSpec): Tensor {
  const sums = accumulate(input, spec)
  const { outChannels, outHeight, outWidth } = spec
  return fill(makeTensor(outChannels, outHeight, outWidth), (o, y, x) => {
    const acc = sums[(o * outHeight + y) * outWidth + x]! + spec.bias[o]!
    const p = requantise(acc, spec.multiplier[o]!, spec.shift[o]!, spec.zero, spec.bits)
    return spec.table ? spec.table[p]! : p
  })
}

export interface AddSpec {
  readonly multipliers: readonly [number, number]
  readonly zeros: readonly [number, number]
  readonly zero: number
  readonly shift: number
}

/** */
export function addTensors(a: Tensor, b: Tensor, spec: AddSpec, bits: number): Tensor {
  const { multipliers, zeros, zero, shift } = spec
  return fill(makeTensor(a.channels, a.height, a.width), (c, y, x) => {
    const sum =
      (codeAt(a, c, y, x) - zeros[0]) * multipliers[0] + (codeAt(b, c, y, x) - zeros[1]) * multipliers[1]
    return clamp(zero + Math.floor((sum + 2 ** (shift - 1)) / 2 ** shift), 2 ** bits - 1)
  })
}

/** stride 1, padding kernel >> 1 with code 0. */
export function poolMax(input: Tensor, kernel: number): Tensor {
  const padding = kernel >> 1
  return fill(makeTensor(input.channels, input.height, input.width), (c, y, x) => {
    let largest = 0
    for (let ky = 0; ky < kernel; ky++)
      for (let kx = 0; kx < kernel; kx++)
        largest = Math.max(largest, tap(input, c, y - padding + ky, x - padding + kx, 0))
    return largest
  })
}

/** nearest neighbour; factor 1 copies. */
export const upsample = (input: Tensor, factor: number): Tensor =>
  fill(makeTensor(input.channels, input.height * factor, input.width * factor), (c, y, x) =>
    codeAt(input, c, Math.floor(y / factor), Math.floor(x / factor)),
  )
