import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { loadModule } from '../../../src/pipeline/modules/load-module.ts'
import { runAssay } from '../../cli/run-assay.ts'
import { makeFolder } from '../prepared.ts'

const folder = makeFolder()
const config = (name: string, text: string): string => {
  const path = join(folder, `${name}.config.mjs`)
  writeFileSync(path, text)
  return path
}

test.each([
  ['ends', 'process.exit(1)', 'calls process.exit'],
  ['throws', 'throw new Error("no")', 'does not load: no'],
  ['rejects', 'Promise.reject(new Error("no"))\nexport default {}', 'does not load: no'],
  [
    'throws when it is looked at',
    'export default { get top() { throw new Error("no") } }',
    'does not load: no',
  ],
])('a configuration that %s is bad input and no mismatch', async (name, text, says) => {
  const { exitCode, stderr } = await runAssay(['sim', '--config', config(name.replaceAll(' ', '-'), text)])
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
  const compiled = new URL('../../../dist/pipeline/modules/load-module.js', import.meta.url).href
  const program = `const { loadModule } = await import(${JSON.stringify(compiled)})
    await loadModule('a.ts', async () => { for (;;); }, 20)`
  const { exitCode, stderr } = await execa(process.execPath, ['--input-type', 'module', '--eval', program], {
    reject: false,
    timeout: 240_000,
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
})

const ENDS = {
  'a timer that exits': 'setTimeout(() => process.exit(0), 100)',
  'an imported exit': "import { exit } from 'node:process'\nsetTimeout(() => exit(0), 100)",
  'an imported reallyExit': "import { reallyExit } from 'node:process'\nsetTimeout(() => reallyExit(0), 100)",
  'a listener that sets the code': "process.on('exit', () => { process.exitCode = 0 })",
  'a listener that exits': "process.on('exit', () => process.reallyExit(0))",
  'a code set by a timer': 'setInterval(() => { process.exitCode = 0 }, 1)',
  'no listeners': "setInterval(() => process.removeAllListeners('exit'), 1)",
}

/** A command in the compiled program's way: owns its process, loads, works for a second, and has a result. */
const runOwned = (module: string, verdict: string) => {
  const from = (name: string): string =>
    JSON.stringify(new URL(`../../../dist/${name}.js`, import.meta.url).href)
  const program = `const { concludeExit, endProcess, ownProcess, setExitCode } = await import(${from('process/exit')})
    const { importDefault, loadModule } = await import(${from('pipeline/modules/load-module')})
    ownProcess()
    process.on('uncaughtException', (error) => { console.error(error.message); endProcess(2) })
    const path = ${JSON.stringify(module)}
    await loadModule(path, () => importDefault(path))
    ${verdict}
    concludeExit()
    setTimeout(() => endProcess(), 500).unref()`
  return execa(process.execPath, ['--input-type', 'module', '--eval', program], {
    reject: false,
    timeout: 240_000,
  })
}
const RED = 'await new Promise((resolve) => setTimeout(resolve, 1000)); setExitCode(1)'

test.each(Object.entries(ENDS))("no code but the command's own: %s", async (name, text) => {
  const path = config(name.replaceAll(' ', '-'), `${text}\nexport default {}`)
  const isExit = /timer that exits|imported/.test(name)
  const { exitCode, stderr } = await runOwned(path, RED)
  expect([exitCode, stderr]).toEqual(
    isExit ? [2, expect.stringContaining(`${path}: calls process.exit, whose code would pass`)] : [1, ''],
  )
})

test('after the end of a command a module changes nothing, and before it has a result an end is a failure', async () => {
  const path = config('late', 'setTimeout(() => process.exit(7), 200)\nexport default {}')
  expect((await runOwned(path, 'setExitCode(1)')).exitCode).toBe(1)
  const still = config('still', 'export default {}')
  const { exitCode, stderr } = await runOwned(still, 'await new Promise(() => {})')
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('before the command had a result')])
})
