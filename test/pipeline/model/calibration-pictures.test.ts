/** One broken picture among the calibration images costs itself, not the run. */

import { readdirSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
