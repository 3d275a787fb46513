import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { measureNmsCycles } from './nms-cycles.ts'

/** `make bench ARGS=q-nms` names a file here, and prints the table. */
const { ASSAY_NMS_CYCLES: file } = process.env

test('cycles of DETECT on a 640x640 frame of 80 classes', async () => {
  const rows = await measureNmsCycles(file === undefined ? [0, 1, 1024] : [0, 1, 10, 100, 300, 1024])
  if (file !== undefined) await writeFile(file, JSON.stringify(rows))
  const of = (what: string, candidates: number) =>
    rows.find((row) => row.what.includes(what) && row.candidates === candidates)!.cycles
  // Two scans of 8400 anchors, 5 words each, and two walks over the 256 counters.
  const scans = 2 * 8400 * 5
  expect(of('80 classes', 0)).toBeGreaterThanOrEqual(scans)
  expect(of('80 classes', 0)).toBeLessThan(scans + 600)
  expect(of('80 classes', 1) - of('80 classes', 0)).toBeLessThan(140)
  expect(rows.at(-1)).toMatchObject({ what: 'worst case', candidates: 1024, kept: 300 })
  expect(rows.at(-1)!.cycles - scans).toBeLessThan(290_000)
  // No frame of as many candidates takes longer.
  for (const { cycles } of rows) expect(cycles).toBeLessThanOrEqual(rows.at(-1)!.cycles)
})
