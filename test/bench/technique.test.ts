/** `make accuracy`: schemes, draws, the record that an interrupted run goes on from, the tables, and a measurement of the embedded model. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defaultSize, drawSubsets } from '../../src/bench/technique-draws.ts'
import { renderAccuracy, renderNoise } from '../../src/bench/technique-markdown.ts'
import { Measurement } from '../../src/bench/technique-measure.ts'
import {
  deviation,
  findRow,
  type Row,
  readRecord,
  readRows,
  type TechniqueRecord,
  writeRecord,
} from '../../src/bench/technique-record.ts'
import { defaultDraws, nameScheme, parseScheme, TABLE } from '../../src/bench/technique-schemes.ts'
import { keepImages } from '../../src/cli/commands/validate/data.ts'
import { listImages } from '../../src/image/list-images.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { loadModel } from '../../src/pipeline/model/prepare.ts'
import { techniquesOf } from '../../src/quantise/techniques.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'

describe('a scheme', () => {
  test.each([
    ['w8a8', { weightBits: 8, activationBits: 8, tableBits: 10, observer: 'mse', techniques: [] }, 'nearest'],
    [
      'w4a6,effort=best',
      { weightBits: 4, activationBits: 6, effort: 'best', techniques: techniquesOf('best') },
      'effort',
    ],
    [
      'w4a8,p12,max,effort=best,refit',
      { tableBits: 12, observer: 'max', effort: 'best', techniques: ['refit'] },
      'chosen',
    ],
    ['w4a8,refit+mse-scales', { effort: 'fast', techniques: ['mse-scales', 'refit'] }, 'chosen'],
  ])('%s', (text, options, kind) => {
    expect(parseScheme(text)).toMatchObject({ text, options, kind, whole: false })
  })

  test('on the whole folder is drawn once, an effort five times, the rest once', () => {
    const drawn = ['w8a8', 'w8a8,refit', 'w8a8,effort=fast', 'w8a8,effort=fast,whole'].map((text) =>
      defaultDraws(parseScheme(text)),
    )
    expect(drawn).toEqual([1, 1, 5, 1])
  })

  test.each(['', 'w8', '8,8', 'w8a8,fast', 'w8a8,effort=slow', 'w8a8,refit+none', 'w8a8,'])(
    '%j is refused with an example',
    (text) => {
      expect(() => parseScheme(text)).toThrow(/means nothing in .*E\.g\. w4a8,effort=best/)
    },
  )

  test('every row of the table has a name of its own', () => {
    const names = TABLE.map((text) => nameScheme(parseScheme(text)))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('W8A8 `--effort fast`')
    expect(names).toContain('W8A8 `--effort fast`, every calibration image')
    expect(names).toContain('W8A8, nearest, ranges `percentile`')
    expect(names).toContain('W4A8, bias-correction, refit (samples of `best`)')
  })
})

describe('draws', () => {
  test('have no image twice, in the order of the folder, and another seed has others', () => {
    const draws = drawSubsets(32, { size: 24, draws: 5, seed: 1 })
    expect(draws).toHaveLength(5)
    for (const draw of draws) {
      expect(new Set(draw).size).toBe(24)
      expect(draw.toSorted((a, b) => a - b)).toEqual(draw)
      expect(draw.at(-1)).toBeLessThan(32)
    }
    expect(new Set(draws.map(String)).size).toBe(5)
    expect(drawSubsets(32, { size: 24, draws: 5, seed: 2 })).not.toEqual(draws)
    expect(drawSubsets(32, { size: 24, draws: 2, seed: 1 })).toEqual(draws.slice(0, 2))
  })

  test('take every image alike', () => {
    const counts = new Array<number>(8).fill(0)
    for (const draw of drawSubsets(8, { size: 2, draws: 4000, seed: 3 })) for (const at of draw) counts[at]!++
    // Chi-square of 7 degrees of freedom: above 30 once in ten thousand.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(30)
  })

  test.each([
    [32, 24],
    [1000, 24],
    [10, 7],
    [1, 1],
  ])('of %d images have %d', (count, size) => {
    expect(defaultSize(count)).toBe(size)
  })
})

const draw = (map: number, noise: number) => {
  return {
    images: ['a.jpg'],
    map,
    map50: map + 0.1,
    difference: map - 0.4,
    noise: { 'model.0': noise },
    cpuSeconds: 10,
  }
}
const rows: readonly Row[] = [
  { scheme: 'w8a8', draws: [draw(0.39, 30)], interval: { low: -0.02, high: 0 } },
  {
    scheme: 'w4a8,effort=best',
    draws: [draw(0.3, 20), draw(0.34, 21), draw(0.38, 22)],
    interval: { low: -0.1, high: -0.02 },
  },
]
const record: TechniqueRecord = {
  key: 'a'.repeat(64),
  model: 'm.pt',
  data: 'd.json',
  images: 8,
  calibration: { folder: 'c', listed: 4, size: 3, seed: 1 },
  bootstrap: { level: 0.95, replicates: 10, seed: 1 },
  float: { map: 0.4, map50: 0.5 },
  rows,
}

describe('the record', () => {
  test('is read as it was written, for the same key alone', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'assay-accuracy-')), 'a.json')
    expect(await readRows(path, record.key)).toEqual([])
    await writeRecord(path, record)
    expect(await readRecord(path)).toEqual(record)
    expect(await readRows(path, record.key)).toEqual(rows)
    await expect(readRows(path, 'b'.repeat(64))).rejects.toThrow('was measured with other code')
  })

  test.each(['{', '{}', '[]'])('%s is none', async (text) => {
    const path = join(await mkdtemp(join(tmpdir(), 'assay-accuracy-')), 'a.json')
    await writeFile(path, text)
    await expect(readRows(path, record.key)).rejects.toThrow(path)
  })

  test('has a row for a scheme with as many draws', () => {
    expect(findRow(rows, 'w4a8,effort=best', 3)).toBe(rows[1])
    expect(findRow(rows, 'w4a8,effort=best', 5)).toBeUndefined()
    expect(findRow(rows, 'w4a8', 1)).toBeUndefined()
  })
})

test('deviation is that of a sample', () => {
  expect(deviation([1])).toBeNull()
  expect(deviation([1, 3])).toBeCloseTo(Math.SQRT2, 12)
  expect(deviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12)
})

test('the tables have means over draws, the deviation, both ends and the interval', () => {
  expect(renderAccuracy(record).split('\n')).toEqual([
    '| scheme | draws | mAP | mAP50 | difference | deviation | least … most | 95 % interval | CPU s |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    '| float |  | 40.00 | 50.00 |  |  |  |  |  |',
    '| W8A8, nearest | 1 | 39.00 | 49.00 | -1.00 |  |  | -2.00 … 0.00 | 10.0 |',
    '| W4A8 `--effort best` | 3 | 34.00 | 44.00 | -6.00 | 4.00 | -10.00 … -2.00 | -10.00 … -2.00 | 10.0 |',
  ])
  expect(renderNoise(record).split('\n').slice(2)).toEqual([
    '| W8A8, nearest | 30.0 |',
    '| W4A8 `--effort best` | 21.0 |',
  ])
})

test('a scheme is measured on each draw, against float, and fewer bits are worse', async () => {
  const model = await loadModel('golden/default/shapes.pt', {}, silent)
  const dataset = await keepImages(await loadDataset('golden/default/val/instances.json'), 6)
  const measurement = await Measurement.create({ model, dataset, probes: dataset.images.slice(-1) })
  const images = await listImages('golden/default/calib')
  const draws = drawSubsets(images.length, { size: 3, draws: 2, seed: 1 }).map((drawn) =>
    drawn.map((index) => images[index]!),
  )
  const seen: number[] = []
  const fine = await measurement.measure(parseScheme('w8a8'), draws, ({ map }) => seen.push(map!))
  const coarse = await measurement.measure(parseScheme('w2a8'), draws)
  expect(fine.draws.map(({ map }) => map)).toEqual(seen)
  const float = measurement.float.map!
  for (const { map, difference, noise, images: used } of [...fine.draws, ...coarse.draws]) {
    expect(difference).toBeCloseTo(map! - float, 12)
    expect(Object.keys(noise)).toContain('model.0')
    expect(used).toHaveLength(3)
  }
  expect(fine.draws[0]!.images).not.toEqual(fine.draws[1]!.images)
  expect(fine.draws[0]!.noise['model.0']!).toBeGreaterThan(coarse.draws[0]!.noise['model.0']! + 10)
  expect(coarse.draws[0]!.map!).toBeLessThan(fine.draws[0]!.map!)
  // The interval lies about the mean of the draws.
  const mean = (row: Row) => row.draws.reduce((sum, { difference }) => sum + difference!, 0) / 2
  for (const row of [fine, coarse])
    expect((row.interval!.low + row.interval!.high) / 2).toBeCloseTo(mean(row), 12)
})
