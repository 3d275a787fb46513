// The engine's inner loops, in AssemblyScript. `make kernel` compiles this file and those that it imports to kernel.wasm.ts.
//
// Tensors are int16 in [height, width, channels] order with a frame of padding around them. An address names channel 0 of
// pixel (0, 0) inside the frame; `row` and `pixel` are the bytes from one row and one pixel to the next. Channels are padded
// to whole groups of 8 (the image to 4). A value is the code itself, or code - 32768 where codes have 16 bits.

import { finishRow } from './kernel-finish.as'

export { addFloats, addStages, convProducts } from './kernel-products.as'
export { runStages, runStages32 } from './kernel-stages.as'

// Adding 2^52 to an integer n below 2^32 leaves n in the low half of the double's bits; adding 2^51 + t / 2 leaves 2 n + t, which is the
// address of entry n of a table of int16 at t.
const TO_INTEGER: f64 = 4503599627370496.0
const TO_TABLE: f64 = 2251799813685248.0

// clamp(zero + floor((acc * M + h) / 2^s), 0, largest) of two lanes, as the low halves of 64 bits, by way of `magic`. scale is
// M / 2^s, and h / 2^s is 1/2; at s = 0, where h is 0, the half is lost in the floor. The product has 47 significant bits and the sum
// 48, so each step is exact in a double.
// @ts-ignore: decorator
@inline
function requantise(acc: v128, scale: v128, zero: v128, largest: v128, magic: v128): v128 {
  let v = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(acc), scale), f64x2.splat(0.5))
  v = f64x2.add(f64x2.floor(v), zero)
  v = f64x2.pmin(f64x2.pmax(v, f64x2.splat(0)), largest)
  return f64x2.add(v, magic)
}

// A-5 of two lanes that hold addresses.
// @ts-ignore: decorator
@inline
function lookUp(addresses: v128, out: usize): void {
  store<u16>(out, load<u16>(<usize>i64x2.extract_lane(addresses, 0)))
  store<u16>(out, load<u16>(<usize>i64x2.extract_lane(addresses, 1)), 2)
}

// on one pixel's eight output channels.
// @ts-ignore: decorator
@inline
function finish(low: v128, high: v128, by: usize, zero: v128, largest: v128, magic: v128, table: usize, base: v128, out: usize): void {
  const p0 = requantise(low, v128.load(by), zero, largest, magic)
  const p1 = requantise(upper(low), v128.load(by, 16), zero, largest, magic)
  const p2 = requantise(high, v128.load(by, 32), zero, largest, magic)
  const p3 = requantise(upper(high), v128.load(by, 48), zero, largest, magic)
  if (table == 0) {
    const p = v128.shuffle<i32>(p0, p1, 0, 2, 4, 6)
    const q = v128.shuffle<i32>(p2, p3, 0, 2, 4, 6)
    v128.store(out, i16x8.sub(i16x8.narrow_i32x4_u(p, q), base))
    return
  }
  lookUp(p0, out)
  lookUp(p1, out + 4)
  lookUp(p2, out + 8)
  lookUp(p3, out + 12)
}

// @ts-ignore: decorator
@inline
function upper(v: v128): v128 {
  return v128.shuffle<i64>(v, v, 1, 1)
}

// One pixel's eight accumulators.
// @ts-ignore: decorator
@inline
function keep(low: v128, high: v128, at: usize): void {
  v128.store(at, low)
  v128.store(at, high, 16)
}

// Four pixels of four channels, to four runs of a channel each.
// @ts-ignore: decorator
@inline
function keepTurned(p: v128, q: v128, r: v128, s: v128, at: usize, line: usize): void {
  const pq = v128.shuffle<i32>(p, q, 0, 4, 1, 5)
  const rs = v128.shuffle<i32>(r, s, 0, 4, 1, 5)
  v128.store(at, v128.shuffle<i64>(pq, rs, 0, 2))
  v128.store(at + line, v128.shuffle<i64>(pq, rs, 1, 3))
  const pq2 = v128.shuffle<i32>(p, q, 2, 6, 3, 7)
  const rs2 = v128.shuffle<i32>(r, s, 2, 6, 3, 7)
  v128.store(at + 2 * line, v128.shuffle<i64>(pq2, rs2, 0, 2))
  v128.store(at + 3 * line, v128.shuffle<i64>(pq2, rs2, 1, 3))
}

// Tiles of 4 pixels x 8 output channels; a step multiplies 2 input channels. Sums wrap at 32 bits, which A-3 makes harmless:
// the last sum fits. `run` is the bytes of one kernel row's taps, a multiple of 4; weights are [group][ky][run / 4][8][2] int16;
// parameters are [group]{ int32 bias[8], double scale[8] }. The last tile of a row may read past it, never write. Unless `sums` is 0 the
// accumulators are kept there, int32 [group][y][x][8]. Unless `records` is 0 the stages of a profile come in the place of A-4, on a row
// at a time in `scratch`, and what is kept is int64 [group][y][8][x]; records are [group][8], `recordBytes` each (kernel-stages.as.ts).
export function conv(
  input: usize, inRow: usize, inPixel: usize, kernel: i32, run: usize,
  weights: usize, params: usize, table: usize, zeroPoint: i32, largestCode: i32, storeBase: i32,
  output: usize, outRow: usize, outPixel: usize, groups: i32, height: i32, width: i32, stride: i32,
  sums: usize, records: usize, recordBytes: i32, scratch: usize,
): void {
  const padded = <usize>((width + 3) & ~3) * 4
  const zero = f64x2.splat(<f64>zeroPoint)
  const largest = f64x2.splat(<f64>largestCode)
  const base = i16x8.splat(<i16>storeBase)
  const magic = f64x2.splat(table == 0 ? TO_INTEGER : TO_TABLE + <f64>table / 2)
  const step = inPixel * stride
  for (let g = 0; g < groups; g++) {
    const bias0 = v128.load(params)
    const bias1 = v128.load(params, 16)
    for (let y = 0; y < height; y++) {
      const line = input + <usize>(y * stride) * inRow
      let out = output + <usize>g * 16 + <usize>y * outRow
      for (let x = 0; x < width; x += 4) {
        let a0 = bias0, a1 = bias0, a2 = bias0, a3 = bias0
        let b0 = bias1, b1 = bias1, b2 = bias1, b3 = bias1
        let w = weights
        let taps = line + <usize>x * step
        for (let ky = 0; ky < kernel; ky++) {
          let p0 = taps
          let p1 = p0 + step
          let p2 = p1 + step
          let p3 = p2 + step
          const end = p0 + run
          // One step to a turn. Of several steps V8 would load all taps first, and then keep most of them in memory.
          while (p0 < end) {
            const u = v128.load(w)
            const v = v128.load(w, 16)
            let t = v128.load32_splat(p0)
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(t, u))
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(t, v))
            t = v128.load32_splat(p1)
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(t, u))
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(t, v))
            t = v128.load32_splat(p2)
            a2 = i32x4.add(a2, i32x4.dot_i16x8_s(t, u))
            b2 = i32x4.add(b2, i32x4.dot_i16x8_s(t, v))
            t = v128.load32_splat(p3)
            a3 = i32x4.add(a3, i32x4.dot_i16x8_s(t, u))
            b3 = i32x4.add(b3, i32x4.dot_i16x8_s(t, v))
            p0 += 4
            p1 += 4
            p2 += 4
            p3 += 4
            w += 32
          }
          taps += inRow
        }
        if (records != 0) {
          const row = scratch + <usize>x * 4
          keepTurned(a0, a1, a2, a3, row, padded)
          keepTurned(b0, b1, b2, b3, row + 4 * padded, padded)
          continue
        }
        if (sums != 0) {
          const left = width - x
          keep(a0, b0, sums)
          if (left > 1) keep(a1, b1, sums + 32)
          if (left > 2) keep(a2, b2, sums + 64)
          if (left > 3) keep(a3, b3, sums + 96)
          sums += <usize>min(left, 4) * 32
        }
        const by = params + 32
        finish(a0, b0, by, zero, largest, magic, table, base, out)
        if (x + 1 < width) finish(a1, b1, by, zero, largest, magic, table, base, out + outPixel)
        if (x + 2 < width) finish(a2, b2, by, zero, largest, magic, table, base, out + 2 * outPixel)
        if (x + 3 < width) finish(a3, b3, by, zero, largest, magic, table, base, out + 3 * outPixel)
        out += 4 * outPixel
      }
      if (records != 0) {
        finishRow(scratch, <i32>padded >> 2, width, records, recordBytes, table, storeBase, out, outPixel, sums)
        if (sums != 0) sums += <usize>width * 64
      }
    }
    if (records != 0) records += 8 * recordBytes
    weights += <usize>kernel * run * 8
    params += 96
  }
}

// Whether the outputs of a code and of the one below it differ.
function shows(table: usize, code: f64): bool {
  if (table == 0) return true
  const entry = table + (<usize>code << 1)
  return load<i16>(entry) != load<i16>(entry - 2)
}

// What do with accumulators that `conv` kept, of `area` pixels: int32 least, most, ties of sums from 0 on, clamped below,
// clamped above, ties of sums below 0, then from byte 64 on a byte for each code, 1 if it comes out. Ties fall exactly between two codes
// that the clamp leaves apart, and the table. A sum that is not shifted is an integer and never ties. The lanes behind the last channel
// hold 0. Parameters and table are those of `conv`.
export function tally(
  sums: usize, area: i32, channels: i32, params: usize, table: usize, zeroPoint: i32, largestCode: i32, out: usize,
): void {
  const codes = out + 64
  memory.fill(codes, 0, <usize>largestCode + 1)
  const zero = f64x2.splat(<f64>zeroPoint)
  const largest = f64x2.splat(<f64>largestCode)
  let least = i32x4.splat(0), most = least, low = least, high = least
  let above = 0, below = 0
  for (let first = 0; first < channels; first += 8) {
    const lanes = min(8, channels - first)
    for (let i = 0; i < area; i++) {
      for (let lane = 0; lane < lanes; lane += 2) {
        const sum = v128.load64_zero(sums + <usize>lane * 4)
        const raised = f64x2.add(
          f64x2.mul(f64x2.convert_low_i32x4_s(sum), v128.load(params + <usize>lane * 8, 32)),
          f64x2.splat(0.5),
        )
        const rounded = f64x2.floor(raised)
        const code = f64x2.add(rounded, zero)
        const over = f64x2.gt(code, largest)
        least = i32x4.min_s(least, sum)
        most = i32x4.max_s(most, sum)
        low = i64x2.sub(low, f64x2.lt(code, f64x2.splat(0)))
        high = i64x2.sub(high, over)
        const between = v128.andnot(f64x2.gt(code, f64x2.splat(0)), over)
        const ties = v128.and(f64x2.eq(rounded, raised), between)
        if (v128.any_true(ties)) {
          if (i64x2.extract_lane(ties, 0) != 0 && shows(table, f64x2.extract_lane(code, 0))) {
            if (i32x4.extract_lane(sum, 0) < 0) below++
            else above++
          }
          if (i64x2.extract_lane(ties, 1) != 0 && shows(table, f64x2.extract_lane(code, 1))) {
            if (i32x4.extract_lane(sum, 1) < 0) below++
            else above++
          }
        }
        const clamped = f64x2.pmin(f64x2.pmax(code, f64x2.splat(0)), largest)
        // The head of the tally, which is written last.
        v128.store(out + <usize>lane * 8, f64x2.add(clamped, f64x2.splat(TO_INTEGER)))
      }
      for (let lane = 0; lane < lanes; lane++) store<u8>(codes + <usize>load<u32>(out + <usize>lane * 8), 1)
      sums += 32
    }
    params += 96
  }
  store<i32>(out, min(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1)))
  store<i32>(out, max(i32x4.extract_lane(most, 0), i32x4.extract_lane(most, 1)), 4)
  store<i32>(out, above, 8)
  store<i32>(out, <i32>(i64x2.extract_lane(low, 0) + i64x2.extract_lane(low, 1)), 12)
  store<i32>(out, <i32>(i64x2.extract_lane(high, 0) + i64x2.extract_lane(high, 1)), 16)
  store<i32>(out, below, 20)
}

// A-6, lane by lane in 64-bit integers. `base` is what a stored value lacks to its code.
export function add(
  a: usize, aRow: usize, aZero: i32, aMultiplier: i32, b: usize, bRow: usize, bZero: i32, bMultiplier: i32,
  output: usize, outRow: usize, zeroPoint: i32, shift: i32, largest: i32, base: i32, lanes: i32, height: i32,
): void {
  const half: i64 = <i64>1 << (<i64>shift - 1)
  for (let y = 0; y < height; y++) {
    for (let i: usize = 0; i < <usize>lanes * 2; i += 2) {
      const va = <i64>(<i32>load<i16>(a + i) + base - aZero) * <i64>aMultiplier
      const vb = <i64>(<i32>load<i16>(b + i) + base - bZero) * <i64>bMultiplier
      const v = <i64>zeroPoint + ((va + vb + half) >> <i64>shift)
      store<i16>(output + i, <i16>(<i32>max<i64>(0, min<i64>(v, largest)) - base))
    }
    a += aRow
    b += bRow
    output += outRow
  }
}

// A-7, the largest of the taps inside the image, eight channels at a time.
export function maxPool(
  input: usize, inRow: usize, output: usize, outRow: usize, pixel: usize, height: i32, width: i32, reach: i32,
): void {
  for (let y = 0; y < height; y++) {
    const top = max(0, y - reach)
    const bottom = min(height - 1, y + reach)
    for (let x = 0; x < width; x++) {
      const left = max(0, x - reach)
      const right = min(width - 1, x + reach)
      for (let c: usize = 0; c < pixel; c += 16) {
        let m = i16x8.splat(-32768)
        for (let v = top; v <= bottom; v++) {
          const line = input + <usize>v * inRow + c
          for (let u = left; u <= right; u++) m = i16x8.max_s(m, v128.load(line + <usize>u * pixel))
        }
        v128.store(output + <usize>y * outRow + <usize>x * pixel + c, m)
      }
    }
  }
}

// A-7, `bytes` of every pixel; each input pixel is used factor x factor times: concat and slice with 1, upsample with 2.
export function copy(
  input: usize, inRow: usize, inPixel: usize, output: usize, outRow: usize, outPixel: usize,
  bytes: usize, height: i32, width: i32, factor: i32,
): void {
  const log = factor - 1
  for (let y = 0; y < height; y++) {
    const from = input + <usize>(y >> log) * inRow
    const to = output + <usize>y * outRow
    for (let x = 0; x < width; x++) {
      memory.copy(to + <usize>x * outPixel, from + <usize>(x >> log) * inPixel, bytes)
    }
  }
}

// A-7 of a profile: as `copy`, but each of the `bytes` / 2 values becomes the entry of a table of int16 that it indexes, from a negative one on.
export function mapCodes(
  input: usize, inRow: usize, inPixel: usize, table: usize, output: usize, outRow: usize, outPixel: usize,
  bytes: usize, height: i32, width: i32,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = input + <usize>y * inRow + <usize>x * inPixel
      const to = output + <usize>y * outRow + <usize>x * outPixel
      for (let c: usize = 0; c < bytes; c += 2) {
        store<i16>(to + c, load<i16>(table + <usize>(<i32>load<i16>(from + c) * 2)))
      }
    }
  }
}

// From codes in [channels, height, width] order, one byte each or two, to a framed tensor.
export function pack(
  codes: usize, wide: i32, base: i32, output: usize, outRow: usize, outPixel: usize, channels: i32, height: i32, width: i32,
): void {
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      let to = output + <usize>y * outRow + <usize>c * 2
      for (let x = 0; x < width; x++) {
        const code = wide ? <i32>load<u16>(codes) : <i32>load<u8>(codes)
        store<i16>(to, <i16>(code - base))
        codes += wide ? 2 : 1
        to += outPixel
      }
    }
  }
}

// Eight channels of eight pixels, a vector a pixel, to eight bytes in each of eight planes.
// @ts-ignore: decorator
@inline
function unpackBlock(from: usize, pixel: usize, to: usize, plane: usize): void {
  let a = i8x16.narrow_i16x8_u(v128.load(from), v128.load(from + pixel))
  let b = i8x16.narrow_i16x8_u(v128.load(from + 2 * pixel), v128.load(from + 3 * pixel))
  let c = i8x16.narrow_i16x8_u(v128.load(from + 4 * pixel), v128.load(from + 5 * pixel))
  let d = i8x16.narrow_i16x8_u(v128.load(from + 6 * pixel), v128.load(from + 7 * pixel))
  a = v128.shuffle<i8>(a, a, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  b = v128.shuffle<i8>(b, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  c = v128.shuffle<i8>(c, c, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  d = v128.shuffle<i8>(d, d, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  const ab0 = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
  const ab4 = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
  const cd0 = v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11)
  const cd4 = v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15)
  storePair(v128.shuffle<i32>(ab0, cd0, 0, 4, 1, 5), to, plane)
  storePair(v128.shuffle<i32>(ab0, cd0, 2, 6, 3, 7), to + 2 * plane, plane)
  storePair(v128.shuffle<i32>(ab4, cd4, 0, 4, 1, 5), to + 4 * plane, plane)
  storePair(v128.shuffle<i32>(ab4, cd4, 2, 6, 3, 7), to + 6 * plane, plane)
}

// @ts-ignore: decorator
@inline
function storePair(v: v128, to: usize, plane: usize): void {
  v128.store64_lane(to, v, 0)
  v128.store64_lane(to + plane, v, 1)
}

// From a framed tensor to codes in [channels, height, width] order; blocks of 8 x 8 where codes are bytes.
export function unpack(
  codes: usize, wide: i32, base: i32, input: usize, inRow: usize, inPixel: usize, channels: i32, height: i32, width: i32,
): void {
  const blockChannels = wide ? 0 : channels & ~7
  const blockWidth = width & ~7
  const plane = <usize>(height * width)
  for (let y = 0; y < height; y++) {
    for (let c = 0; c < channels; c++) {
      const blocked = c < blockChannels
      if (blocked && (c & 7) == 0) {
        for (let x = 0; x < blockWidth; x += 8) {
          const from = input + <usize>y * inRow + <usize>x * inPixel + <usize>c * 2
          unpackBlock(from, inPixel, codes + <usize>c * plane + <usize>(y * width + x), plane)
        }
      }
      for (let x = blocked ? blockWidth : 0; x < width; x++) {
        const code = <i32>load<i16>(input + <usize>y * inRow + <usize>x * inPixel + <usize>c * 2) + base
        const at = <usize>c * plane + <usize>(y * width + x)
        if (wide) store<u16>(codes + 2 * at, <u16>code)
        else store<u8>(codes + at, <u8>code)
      }
    }
  }
}

// From weights in [outChannels, inChannels, ky, kx] order, one byte each or two, to the order that `conv` reads; a tap's lane is
// kx * lanes + channel. For each output channel, the sum of its positive weights and that of its negative ones go to `sums` as two doubles.
export function packWeights(
  weights: usize, wide: i32, output: usize, run: i32, lanes: i32, outChannels: i32, inChannels: i32, kernel: i32, sums: usize,
): void {
  const line = <usize>run * 8
  for (let o = 0; o < outChannels; o++) {
    const to = output + <usize>(o >> 3) * <usize>kernel * line + <usize>(o & 7) * 4
    let positive: i64 = 0
    let negative: i64 = 0
    for (let c = 0; c < inChannels; c++) {
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++) {
          const weight = wide ? <i32>load<i16>(weights) : <i32>load<i8>(weights)
          weights += wide ? 2 : 1
          const lane = kx * lanes + c
          store<i16>(to + <usize>ky * line + <usize>(lane >> 1) * 32 + <usize>(lane & 1) * 2, <i16>weight)
          positive += <i64>max(weight, 0)
          negative += <i64>min(weight, 0)
        }
      }
    }
    store<f64>(sums, <f64>positive)
    store<f64>(sums, <f64>negative, 8)
    sums += 16
  }
}
