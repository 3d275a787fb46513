/** Bilinear scaling, bit for bit as in OpenCV. */
import type { RgbImage, Size } from './rgb-image.ts'

/** Fractions are coded in 11 bits, as the resize that the reference figures were made with does. */
const coefficientOne = 1 << 11

interface Axis {
  /** Index of the lower and of the upper of the two neighbours, for every output position. */
  readonly lower: Int32Array
  readonly upper: Int32Array
  /** Their weights in 2^-11. */
  readonly lowerWeight: Int32Array
  readonly upperWeight: Int32Array
}

/**
 * Bilinear scaling in integers, bit-identical to OpenCV's `resize` with INTER_LINEAR on 8 bits: centres are aligned
 * (source = (target + 1/2) * scale - 1/2), weights have 11 bits, rows are blended exactly across and truncated twice down.
 */
export function resizeBilinear(image: RgbImage, size: Size): RgbImage {
  if (size.width === image.width && size.height === image.height) return image
  const columns = planAxis(image.width, size.width, 'columns')
  const rows = planAxis(image.height, size.height, 'rows')
  const stride = size.width * 3
  const data = new Uint8Array(size.height * stride)
  let below = { row: -1, sums: new Int32Array(stride) }
  let above = { row: -1, sums: new Int32Array(stride) }
  for (let y = 0; y < size.height; y++) {
    const lower = rows.lower[y]!
    const upper = rows.upper[y]!
    if (lower === above.row) [below, above] = [above, below]
    if (below.row !== lower) {
      blendRow(image, lower, columns, below.sums)
      below.row = lower
    }
    if (above.row !== upper) {
      blendRow(image, upper, columns, above.sums)
      above.row = upper
    }
    blendRows(
      { sums: below.sums, weight: rows.lowerWeight[y]! },
      { sums: above.sums, weight: rows.upperWeight[y]! },
      data.subarray(y * stride, (y + 1) * stride),
    )
  }
  return { ...size, data }
}

function planAxis(from: number, to: number, axis: 'columns' | 'rows'): Axis {
  const plan = {
    lower: new Int32Array(to),
    upper: new Int32Array(to),
    lowerWeight: new Int32Array(to),
    upperWeight: new Int32Array(to),
  }
  const scale = 1 / (to / from)
  for (let i = 0; i < to; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5)
    let index = Math.floor(position)
    let fraction = Math.fround(position - index)
    // Columns outside the picture lose their fraction; rows keep it and are only clamped, which truncates differently.
    if (axis === 'columns' && (index < 0 || index >= from - 1)) {
      index = index < 0 ? 0 : from - 1
      fraction = 0
    }
    plan.lower[i] = Math.min(Math.max(index, 0), from - 1)
    plan.upper[i] = Math.min(Math.max(index + 1, 0), from - 1)
    plan.lowerWeight[i] = roundHalfEven(Math.fround(Math.fround(1 - fraction) * coefficientOne))
    plan.upperWeight[i] = roundHalfEven(Math.fround(fraction * coefficientOne))
  }
  return plan
}

/** At most 255 * 2^11 per sample: 19 bits. */
function blendRow(image: RgbImage, row: number, columns: Axis, sums: Int32Array): void {
  const { data, width } = image
  const base = row * width * 3
  for (let x = 0, to = 0; x < columns.lower.length; x++) {
    const left = base + columns.lower[x]! * 3
    const right = base + columns.upper[x]! * 3
    const leftWeight = columns.lowerWeight[x]!
    const rightWeight = columns.upperWeight[x]!
    for (let c = 0; c < 3; c++) sums[to++] = data[left + c]! * leftWeight + data[right + c]! * rightWeight
  }
}

interface WeightedRow {
  readonly sums: Int32Array
  readonly weight: number
}

function blendRows(below: WeightedRow, above: WeightedRow, to: Uint8Array): void {
  for (let i = 0; i < to.length; i++) {
    const low = ((below.sums[i]! >> 4) * below.weight) >> 16
    const high = ((above.sums[i]! >> 4) * above.weight) >> 16
    to[i] = (low + high + 2) >> 2
  }
}

/** To the nearest integer, a half to the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}
