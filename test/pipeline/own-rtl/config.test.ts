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
