/** One broken picture among the calibration images costs itself, not the run. */

import { readdirSync } from 'node:fs'
import { copyFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listImages, spread } from '../../../src/image/list-images.ts'
import type { Progress } from '../../../src/pipeline/files/progress.ts'
import { prepareModel } from '../../../src/pipeline/model/prepare.ts'
import { writeBmp } from '../../image/write-bmp.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_CALIBRATION } from '../shared-data.ts'

const pictures = readdirSync(DEFAULT_CALIBRATION).slice(0, 3)

test('unreadable calibration pictures are counted, the ranges are of the others', async () => {
  const folder = makeFolder()
  for (const name of pictures) await copyFile(join(DEFAULT_CALIBRATION, name), join(folder, name))
  const alone = await prepareDefault({ calibration: folder })
  await writeFile(join(folder, '0-broken.png'), 'no picture')
  await writeFile(join(folder, '._hidden.png'), 'no picture')
  const { prepared } = await prepareDefault({ calibration: folder })
  expect(prepared.hash).toBe(alone.prepared.hash)
  expect(prepared.report.oddities[0]).toMatch(
    /1 of 4 calibration images cannot be decoded and were left out, the first: .*0-broken\.png/,
  )
  await writeFile(
    join(folder, 'grey.bmp'),
    writeBmp({ width: 8, height: 8, data: new Uint8Array(192).fill(99) }, { bits: 24 }),
  )
  expect((await prepareDefault({ calibration: folder })).prepared.report.oddities[0]).toMatch(/1 of 5/)
})

test('without one whole picture there are no ranges', async () => {
  const folder = makeFolder()
  for (const name of ['a.png', 'b.jpg']) await writeFile(join(folder, name), 'no picture')
  await expect(prepareDefault({ calibration: folder })).rejects.toThrow(/b\.jpg: cannot be decoded/)
})

/** Prepares with a progress that keeps what is said. */
async function prepareAloud(folder: string) {
  const { model, options } = await prepareDefault()
  const said: string[] = []
  const progress: Progress = {
    start: (name) => ({ update: () => {}, done: (text) => said.push(`${name}: ${text ?? ''}`) }),
    warn: (text) => said.push(text),
  }
  const own = { ...options, calibration: folder, calibrationImages: 32 }
  const work = { out: makeFolder(), cache: false }
  const prepared = await prepareModel(model, own, work, progress)
  return { prepared, said }
}

describe('a folder', () => {
  test.each([
    [1, 'ranges come from 1 image only'],
    [2, 'ranges come from 2 images only'],
  ])('of %d pictures serves, with a warning', async (count, warning) => {
    const folder = makeFolder()
    for (const name of pictures.slice(0, count))
      await copyFile(join(DEFAULT_CALIBRATION, name), join(folder, name))
    const { prepared, said } = await prepareAloud(folder)
    expect(prepared.calibration).toHaveLength(count)
    expect(said.join('\n')).toContain(warning)
    expect(said.join('\n')).not.toContain('evenly spread')
  })

  test('of 10,000 pictures is listed in a moment, and only those that are used are read', async () => {
    const folder = makeFolder()
    const names = Array.from({ length: 10_000 }, (_, index) => `${String(index).padStart(5, '0')}.png`)
    // Those in even steps are there; a picture that is opened in between is missing.
    const used = new Set(spread(names, 32))
    for (const name of names) {
      if (used.has(name)) await copyFile(join(DEFAULT_CALIBRATION, pictures[0]!), join(folder, name))
      else await symlink('gone.png', join(folder, name))
    }
    const begin = performance.now()
    expect(await listImages(folder)).toHaveLength(10_000)
    expect(performance.now() - begin).toBeLessThan(2000)
    const { prepared, said } = await prepareAloud(folder)
    expect(prepared.calibration.map((path) => path.slice(-9))).toEqual([...used])
    expect(prepared.report.oddities.join()).not.toContain('cannot be decoded')
    expect(said).toContain('choose calibration images: 32 of 10,000, evenly spread')
  })
})
