import { join } from 'node:path'
import { expect, test } from 'vitest'
import { moduleFolder } from '../../../src/cli/model/inputs.ts'

test.each([
  ['examples/streaming-conv/assay.config.ts', 'yolo-w8a8-streaming-conv'],
  ['rtl/pool.config.ts', 'yolo-w8a8-pool'],
  ['rtl/conv.mjs', 'yolo-w8a8-conv'],
  ['own/assay.config.json', 'yolo-w8a8-own'],
  ['my rtl/assay.ts', 'yolo-w8a8-my rtl'],
])('the module of %s has the folder %s', (config, name) => {
  expect(moduleFolder(join('build', 'yolo-w8a8'), config)).toBe(join('build', name))
})
