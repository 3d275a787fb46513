/** ROM files in the cache and in a run's folder: whatever happened to them, the next run writes them as they should be. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { publishRoms } from '../../../src/pipeline/roms/cache.ts'
import { checkRomFiles } from '../../../src/pipeline/roms/files.ts'
import { writeRomFiles } from '../../../src/pipeline/roms/write.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { randomGraph } from '../../golden/random-graph.ts'
import { hearNotices } from '../../store/heard-notices.ts'
import { makeFolder } from '../prepared.ts'

const engine = { ...DEFAULT_ENGINE, inputLanes: 8, outputLanes: 8, pixels: 2, tableBits: 10 }
const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }
const roms = emitRoms(randomGraph({ seed: 3, tableBits: 10 }), engine, 7, nms)

const said = hearNotices()

const damages: readonly (readonly [string, (folder: string) => unknown])[] = [
  ['an emptied manifest', (folder) => truncateSync(join(folder, 'manifest.json'))],
  ['a cut manifest', (folder) => truncateSync(join(folder, 'manifest.json'), 100)],
  ['no manifest', (folder) => rm(join(folder, 'manifest.json'))],
  ...['null', '{}', '[]', '{"format":"assay roms","version":1}', '{"format":"assay roms","files":[]}'].map(
    (text) =>
      [`a manifest ${text}`, (folder: string) => writeFileSync(join(folder, 'manifest.json'), text)] as const,
  ),
  ['a cut ROM file', (folder) => truncateSync(join(folder, 'weights.mem'), 5)],
  [
    'a digit of a ROM file changed',
    (folder) => {
      const path = join(folder, 'weights.mem')
      const text = readFileSync(path, 'utf8')
      writeFileSync(
        path,
        text.replace(/.\n$/, (end) => (end[0] === '0' ? '1\n' : '0\n')),
      )
    },
  ],
  ['no ROM file', (folder) => rm(join(folder, 'tables.mem'))],
]

test.each(damages)('with %s it is made again, and it is said', async (_, damage) => {
  const cache = makeFolder()
  const folder = await publishRoms(cache, roms, 'net.pt')
  expect(said).toEqual([])
  await damage(folder)
  expect(await publishRoms(cache, roms, 'net.pt')).toBe(folder)
  await checkRomFiles(folder, roms)
  expect(said).toEqual([`${folder} is damaged: it is made again`])
  expect(await readdir(cache)).toHaveLength(1)
})

test.each(damages)("a run's own folder with %s is written again", async (_, damage) => {
  const folder = makeFolder()
  await writeRomFiles(folder, roms, 'net.pt')
  await damage(folder)
  await writeRomFiles(folder, roms, 'net.pt')
  await expect(checkRomFiles(folder, roms)).resolves.toBeUndefined()
})
