import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadModule } from '../../../src/pipeline/own-rtl/load-module.ts'
import { runAssay } from '../../cli/run-assay.ts'
import { makeFolder } from '../prepared.ts'

const folder = makeFolder()
const config = (name: string, text: string): string => {
  const path = join(folder, `${name}.config.mjs`)
  writeFileSync(path, text)
  return path
}

test.each([
  ['ends', 'process.exit(1)', 'does not load: it calls process.exit'],
  ['throws', 'throw new Error("no")', 'does not load: no'],
  ['rejects', 'Promise.reject(new Error("no"))\nexport default {}', 'does not load: no'],
])('a configuration that %s is bad input and no mismatch', async (name, text, says) => {
  const { exitCode, stderr } = await runAssay(['sim', '--config', config(name, text)])
  expect(stderr).toContain(says)
  expect(exitCode).toBe(2)
})

test('one that awaits what never comes is refused in time, and all is as it was', async () => {
  const { exit } = process
  const handler = (): void => {}
  process.once('SIGTERM', handler)
  const before = process.rawListeners('SIGTERM')
  await expect(loadModule('a.ts', () => new Promise(() => {}), 20)).rejects.toThrow(
    'a.ts: does not load: it still awaits after 0.02 s',
  )
  expect(process.exit).toBe(exit)
  expect(process.rawListeners('SIGTERM')).toHaveLength(before.length)
  process.off('SIGTERM', handler)
})

test('one that loops for ever ends with a signal', async () => {
  const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
  const loop = config('loops', 'process.stderr.write("loops\\n")\nwhile (true);')
  const child = spawn(process.execPath, [main, 'sim', '--config', loop], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await once(child.stderr, 'data')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
})
