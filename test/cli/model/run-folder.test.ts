import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FolderArguments, moduleFolder, runFolder } from '../../../src/cli/model/run-folder.ts'

test.each([
  ['examples/streaming-conv/assay.config.ts', 'yolo-w8a8-streaming-conv'],
  ['rtl/pool.config.ts', 'yolo-w8a8-pool'],
  ['rtl/conv.mjs', 'yolo-w8a8-conv'],
  ['own/assay.config.json', 'yolo-w8a8-own'],
  ['my rtl/assay.ts', 'yolo-w8a8-my rtl'],
])('the module of %s has the folder %s', (config, name) => {
  expect(moduleFolder(join('build', 'yolo-w8a8'), config)).toBe(join('build', name))
})

const usual: FolderArguments = {
  ...{
    bits: undefined,
    weightBits: undefined,
    activationBits: undefined,
    endBits: undefined,
    activationBudget: undefined,
    profile: undefined,
    tableBits: 10,
    observer: 'mse',
  },
  ...{ effort: 'fast', techniques: undefined, overrides: undefined, scope: 'all' },
  ...{ size: undefined, out: 'build' },
}
const folderOf = (changes: Partial<FolderArguments> = {}): string =>
  runFolder({ ...usual, ...changes }, 'models/yolov8n.pt')

test.each<[Partial<FolderArguments>, string]>([
  [{}, 'yolov8n-w8a8'],
  [{ bits: 4 }, 'yolov8n-w4a4'],
  [{ bits: 4, endBits: 8, effort: 'best' }, 'yolov8n-w4a4e8-best'],
  [{ bits: 4, endBits: 4 }, 'yolov8n-w4a4'],
  [{ bits: 4, activationBudget: 5 }, 'yolov8n-w4a4b5'],
  [{ bits: 4, endBits: 8, activationBudget: 4.5, effort: 'best' }, 'yolov8n-w4a4e8b4.5-best'],
  [{ endBits: 4 }, 'yolov8n-w8a8e4'],
  [{ weightBits: 4, activationBits: 4, endBits: 16 }, 'yolov8n-w4a4e16'],
  [{ weightBits: 16, activationBits: 16 }, 'yolov8n-w16a16'],
  [{ weightBits: 4, effort: 'best' }, 'yolov8n-w4a8-best'],
  [{ observer: 'max', scope: 'no-last', effort: 'best' }, 'yolov8n-w8a8-max-no-last-best'],
  [{ size: { height: 320, width: 480 } }, 'yolov8n-w8a8-320x480'],
  [{ techniques: ['mse-scales', 'equalisation', 'bias-correction'] }, 'yolov8n-w8a8'],
  [{ overrides: '{}' }, 'yolov8n-w8a8'],
  [{ tableBits: 12 }, 'yolov8n-w8a8-p12'],
])('%j goes to %s', (changes, name) => {
  expect(folderOf(changes)).toBe(join('build', name))
})

test('a sweep and a float network have no bits in their names', () => {
  const changes = { effort: 'best' } as const
  expect(runFolder({ ...usual, ...changes }, 'a/yolov8n.pt', 'sweep')).toBe(
    join('build', 'yolov8n-sweep-best'),
  )
  expect(runFolder({ ...usual, activationBits: 4, activationBudget: 5 }, 'a/yolov8n.pt', 'sweep')).toBe(
    join('build', 'yolov8n-sweep-b5'),
  )
  expect(runFolder(usual, 'a/yolov8n.pt', 'float')).toBe(join('build', 'yolov8n-float'))
})

test('settings without a word of their own have digits of their own', () => {
  const changes: readonly Partial<FolderArguments>[] = [
    { techniques: [] },
    { techniques: ['mse-scales'] },
    { overrides: '{"model.0": {"weightBits": 8}}' },
    { overrides: '{"model.0": {"weightBits": 6}}' },
  ]
  const folders = changes.map(folderOf)
  expect(new Set(folders).size).toBe(changes.length)
  for (const folder of folders) expect(folder).toMatch(/yolov8n-w8a8-[0-9a-f]{6}$/)
  expect(folderOf(changes[2])).toBe(folders[2])
})
