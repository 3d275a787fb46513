// From the last sum of a convolution or an addition to the codes that are stored: the records of kernel-stages.as.ts, then the table.

import { loadRun, RECORD, runRecords } from './kernel-stages.as'

// A run of int64 behind all records to its codes of a channel (END), by way of a table or less `base`.
export function finishRun(
  values: usize, count: i32, records: usize, table: usize, base: i32, out: usize, outPixel: usize,
): void {
  const record = runRecords(values, count, records)
  const add = load<i64>(record, 8)
  const low = load<i64>(record, 16)
  const high = load<i64>(record, 24)
  const end = values + <usize>count * 8
  if (table != 0) {
    for (; values < end; values += 8, out += outPixel) {
      const v = <usize>max<i64>(low, min<i64>(load<i64>(values) + add, high))
      store<u16>(out, load<u16>(table + 2 * v))
    }
    return
  }
  for (; values < end; values += 8, out += outPixel) {
    const v = <i32>max<i64>(low, min<i64>(load<i64>(values) + add, high))
    store<i16>(out, <i16>(v - base))
  }
}

// One row of a group, int32 [8][padded], to codes: the records of a channel are `recordBytes` from those of the one before. The run behind
// the row holds one channel at a time. Unless `sums` is 0 the accumulators are kept there, int64 [8][width].
export function finishRow(
  row: usize, padded: i32, width: i32, records: usize, recordBytes: i32,
  table: usize, base: i32, out: usize, outPixel: usize, sums: usize,
): void {
  const run = row + <usize>padded * 32
  for (let lane: usize = 0; lane < 8; lane++) {
    if (sums != 0) {
      for (let x = 0; x < width; x++) store<i64>(sums + <usize>x * 8, <i64>load<i32>(row + <usize>x * 4))
      sums += <usize>width * 8
    }
    loadRun(row, run, width, records)
    finishRun(run, width, records + RECORD, table, base, out + lane * 2, outPixel)
    row += <usize>padded * 4
    records += recordBytes
  }
}
