/** A configuration of the user's module: the mistakes that are made before anything of it is read. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/pipeline/own-rtl/config.ts'
import { makeFolder } from '../prepared.ts'

test.each([
  { because: 'options of a run', text: '{ "weight-bits": 4 }', says: 'Give a file of options with --config' },
  { because: 'no JSON', text: '{ "top": \n', says: 'is not JSON' },
  { because: 'a name twice', text: '{ "top": "a", "top": "b" }', says: 'top' },
])('a file of $because is none', async ({ text, says }) => {
  const path = join(makeFolder(), 'module.json')
  writeFileSync(path, text)
  await expect(loadConfig(path)).rejects.toThrow(says)
})

test.each([
  { setting: { language: 'verilog' }, says: 'language' },
  { setting: { timing: { periode: '1ns' } }, says: 'timing' },
  { setting: { timing: 'yes' }, says: 'timing' },
  { setting: { warnings: 'errors' }, says: 'warnings' },
  { setting: { cFlags: '-O2' }, says: 'cFlags' },
])('$setting is refused', async ({ setting, says }) => {
  const path = join(makeFolder(), 'module.json')
  const output = { tensor: 'output', stream: 'm', order: 'y x o' }
  const inputs = [{ tensor: 'input', stream: 's', order: 'y x i' }]
  const config = { top: 'a', sources: ['a.sv'], layers: { op: 'conv' }, inputs, output }
  const good = {
    language: '1364-2005',
    timing: { period: '5ns' },
    warnings: 'error',
    cFlags: [],
    ldFlags: ['-lm'],
  }
  writeFileSync(path, JSON.stringify({ ...config, ...good }))
  expect((await loadConfig(path)).config).toMatchObject(good)
  writeFileSync(path, JSON.stringify({ ...config, ...setting }))
  await expect(loadConfig(path)).rejects.toThrow(says)
})
