/** `assay quantise` of another model, or with another calibration, in the same folder: its files do not stay beside the new model. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { FILE_GROUPS, type FileGroup } from '../../../src/pipeline/model/file-groups.ts'
import { writeQuantised } from '../../../src/pipeline/model/quantised-files.ts'
import { hearNotices } from '../../store/heard-notices.ts'
import { makeFolder, prepareDefault, type TestModel } from '../prepared.ts'

const said = hearNotices()
let run: TestModel
let other: TestModel
beforeAll(async () => {
  run = await prepareDefault()
  other = await prepareDefault({ calibrationImages: 3 })
})
const write = (folder: string, own: TestModel, groups: readonly FileGroup[]) =>
  writeQuantised(folder, { ...own, groups }, silent)
const files = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort()

test('every file of the former model goes by its name, a user’s files and other results stay', async () => {
  const folder = makeFolder()
  const manifest = await write(folder, run, FILE_GROUPS)
  await write(folder, run, ['ranges'])
  expect(files(folder)).toHaveLength(manifest.files.length + 1)
  expect(said).toEqual([])
  mkdirSync(join(folder, 'roms'))
  const others = ['notes.txt', 'roms/weights.mem', 'weights/readme.md']
  for (const name of others) writeFileSync(join(folder, name), 'mine')
  const next = await write(folder, other, ['ranges'])
  expect(next.model.id).not.toBe(manifest.model.id)
  expect(files(folder)).toEqual([...others, 'manifest.json', 'model.assay', 'ranges.json'].sort())
  expect(existsSync(join(folder, 'histograms'))).toBe(false)
  expect(said).toEqual([
    `${folder} held model ${manifest.model.id} (another checkpoint or calibration), which this run replaces; removed ${manifest.files.length - 2} files that it does not write; another --out keeps both`,
  ])
})

test('the bits that a search of minutes found are kept under the id of their model, and named', async () => {
  const folder = makeFolder()
  const { model } = await write(folder, run, [])
  writeFileSync(join(folder, 'activation-bits.json'), '{"model.0":{}}')
  await write(folder, other, [])
  const kept = `activation-bits-${model.id}.json`
  expect(files(folder)).toEqual([kept, 'manifest.json', 'model.assay'])
  expect(readFileSync(join(folder, kept), 'utf8')).toBe('{"model.0":{}}')
  expect(said).toEqual([
    `${folder} held model ${model.id} (another checkpoint or calibration), which this run replaces; its activation bits are kept in ${kept}; another --out keeps both`,
  ])
})

test('files without a manifest are of a run that nobody knows: they go', async () => {
  const folder = makeFolder()
  await write(folder, run, ['architecture', 'ranges'])
  rmSync(join(folder, 'manifest.json'))
  await write(folder, run, ['ranges'])
  expect(files(folder)).toEqual(['manifest.json', 'model.assay', 'ranges.json'])
  expect(said).toEqual([
    `${folder} held files of an earlier run, which this run replaces; removed 1 file that it does not write; another --out keeps both`,
  ])
})

test('where a file cannot be written the former model is as it was', async () => {
  const folder = makeFolder()
  await write(folder, run, ['ranges'])
  const before = files(folder).map((name) => readFileSync(join(folder, name)))
  writeFileSync(join(folder, 'weights'), 'a file')
  await expect(write(folder, other, FILE_GROUPS)).rejects.toThrow(/weights.*Nothing was changed/)
  rmSync(join(folder, 'weights'))
  expect(files(folder).map((name) => readFileSync(join(folder, name)))).toEqual(before)
})
