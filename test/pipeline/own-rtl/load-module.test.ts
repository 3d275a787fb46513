import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
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
    'a.ts: does not load: it still awaits after 0.02 s. It has to be there at once: look for an `await`',
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

test('one that loops for ever ends the process in time, as bad input with a sentence', async () => {
  const compiled = new URL('../../../dist/pipeline/own-rtl/load-module.js', import.meta.url).href
  const program = `const { loadModule } = await import(${JSON.stringify(compiled)})
    await loadModule('a.ts', async () => { for (;;); }, 20)`
  const { exitCode, stderr } = await execa(process.execPath, ['--input-type', 'module', '--eval', program], {
    reject: false,
    timeout: 20_000,
  })
  expect(stderr).toMatch(
    /^assay: a\.ts: does not load: it still runs after 0\.02 s\. .*a loop that does not end/,
  )
  expect(exitCode).toBe(2)
})

test('a timer that a plan leaves keeps no command from its end', async () => {
  const plan = config('timer', 'setInterval(() => {}, 1000)\nexport default { matrix: { bits: 8 } }')
  const { exitCode, stdout } = await runAssay(['regress', plan, '--list'])
  expect(stdout).toContain('shapes w8a8 000000 isolated')
  expect(exitCode).toBe(0)
}, 30_000)
