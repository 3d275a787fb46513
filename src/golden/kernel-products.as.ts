// What the vectors of `conv` and `add` cannot compute: sums of more than 32 bits, sums that wrap or saturate on the way, and additions by
// stages or in float32. Tensors and weights are those of kernel.as.ts, records those of kernel-stages.as.ts.

import { finishRun } from './kernel-finish.as'
import { runStages } from './kernel-stages.as'

// A-3 product by product in 64 bits, in the order [channel, row, column] with the bias first: `productRecords` on each product,
// `sumRecords` on the sum behind it. Either may be 0. `inputBase` is what a stored code lacks to the hardware's own. Biases are the first
// of `params`, as those of `conv`. Scratch holds two rows of int64. What is kept is int64 [group][y][8][x].
export function convProducts(
  input: usize, inRow: usize, inPixel: usize, kernel: i32, run: usize, channels: i32, inputBase: i32,
  weights: usize, params: usize, productRecords: usize, sumRecords: usize, records: usize, recordBytes: i32,
  table: usize, storeBase: i32, output: usize, outRow: usize, outPixel: usize, outChannels: i32, height: i32, width: i32, stride: i32,
  scratch: usize, sums: usize,
): void {
  const padded = (width + 1) & ~1
  const products = scratch + <usize>padded * 8
  const lanes = <i32>inPixel >> 1
  const step = inPixel * stride
  for (let group = 0; group < outChannels; group += 8) {
    for (let y = 0; y < height; y++) {
      for (let o: usize = 0; o < 8; o++) {
        const bias = <i64>load<i32>(params + o * 4)
        for (let x = 0; x < padded; x++) store<i64>(scratch + <usize>x * 8, bias)
        for (let c = 0; c < channels; c++) {
          for (let ky = 0; ky < kernel; ky++) {
            for (let kx = 0; kx < kernel; kx++) {
              const lane = kx * lanes + c
              const weight = <i64>load<i16>(
                weights + <usize>ky * run * 8 + <usize>(lane >> 1) * 32 + <usize>(lane & 1) * 2 + o * 4,
              )
              let at = input + <usize>(y * stride + ky) * inRow + <usize>kx * inPixel + <usize>c * 2
              for (let x = 0; x < width; x++, at += step)
                store<i64>(products + <usize>x * 8, <i64>(<i32>load<i16>(at) + inputBase) * weight)
              if (productRecords != 0) runStages(products, width, productRecords)
              for (let x = 0; x < padded; x += 2) {
                const place = scratch + <usize>x * 8
                v128.store(place, i64x2.add(v128.load(place), v128.load(products + <usize>x * 8)))
              }
              if (sumRecords != 0) runStages(scratch, width, sumRecords)
            }
          }
        }
        if (sums != 0) {
          memory.copy(sums, scratch, <usize>width * 8)
          sums += <usize>width * 8
        }
        const own = records + (<usize>group + o) * recordBytes
        finishRun(scratch, width, own, table, storeBase, output + <usize>y * outRow + <usize>group * 2 + o * 2, outPixel)
      }
    }
    weights += <usize>kernel * run * 8
    params += 96
  }
}

// Values of an addition that are computed together.
const BLOCK = 512

// A-6 by stages: records of the first operand, of the second and of their sum, `recordBytes` each. A stored code less `aBase` is q - Z.
// Scratch holds two blocks of int64.
export function addStages(
  a: usize, aRow: usize, aBase: i32, b: usize, bRow: usize, bBase: i32,
  output: usize, outRow: usize, base: i32, lanes: i32, height: i32, records: usize, recordBytes: i32, scratch: usize,
): void {
  const other = scratch + BLOCK * 8
  for (let y = 0; y < height; y++) {
    for (let first = 0; first < lanes; first += BLOCK) {
      const count = min(BLOCK, lanes - first)
      const from = <usize>first * 2
      for (let i: usize = 0; i < <usize>count; i++) {
        store<i64>(scratch + i * 8, <i64>(<i32>load<i16>(a + from + i * 2) - aBase))
        store<i64>(other + i * 8, <i64>(<i32>load<i16>(b + from + i * 2) - bBase))
      }
      runStages(scratch, count, records)
      runStages(other, count, records + recordBytes)
      for (let i: usize = 0; i < <usize>count; i += 2) {
        const at = scratch + i * 8
        v128.store(at, i64x2.add(v128.load(at), v128.load(other + i * 8)))
      }
      finishRun(scratch, count, records + 2 * recordBytes, 0, base, output + from, 2)
    }
    a += aRow
    b += bRow
    output += outRow
  }
}

// A-6 in float32: `scales` are those of both operands and of the sum. `base` is what a stored value lacks to its code as it is carried.
export function addFloats(
  a: usize, aRow: usize, aBase: i32, b: usize, bRow: usize, bBase: i32,
  output: usize, outRow: usize, base: i32, lanes: i32, height: i32, scales: usize, zeroPoint: i32, largest: i32,
): void {
  const scaleA = load<f32>(scales)
  const scaleB = load<f32>(scales, 4)
  const scale = load<f32>(scales, 8)
  for (let y = 0; y < height; y++) {
    for (let i: usize = 0; i < <usize>lanes * 2; i += 2) {
      const va = <f32>(<i32>load<i16>(a + i) - aBase) * scaleA
      const vb = <f32>(<i32>load<i16>(b + i) - bBase) * scaleB
      // Limited first, so that the sum with the zero point stays an integer of 32 bits.
      const v = <i32>max<f32>(-16777216, min<f32>(16777216, nearest<f32>((va + vb) / scale))) + zeroPoint
      store<i16>(output + i, <i16>(max(0, min(v, largest)) - base))
    }
    a += aRow
    b += bRow
    output += outRow
  }
}
