/** A tool ends with us, and with it what it has started. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTool } from '../../src/process/run-tool.ts'

/** A process may end between the list and the look. */
function isGone(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'ESRCH') return ''
  throw error
}

/** Command lines of running processes that name `text`, without this one's. */
async function findProcesses(text: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(isGone)))
  return lines.filter((line) => line.includes(text)).map((line) => line.split('\0').join(' '))
}

const cases = [
  ['SIGTERM', 'as it is'],
  ['SIGINT', 'as it is'],
  ['SIGKILL', 'as it is'],
  ['SIGTERM', 'with a handler that ends it'],
  ['SIGUSR2', 'with a fault that nobody caught'],
] as const

test.each(cases)('no compiler outlives %s, %s', async (signal, how) => {
  const cache = await mkdtemp(join(tmpdir(), 'assay-signals-'))
  const source = join(cache, 'top.sv')
  await writeFile(source, 'module top (output logic value_o); assign value_o = 1; endmodule\n')
  const options = JSON.stringify({ top: 'top', sources: [source], cacheDir: cache })
  const handlers: Readonly<Record<string, string>> = {
    'with a handler that ends it': `process.once('SIGTERM', () => process.exit(143))`,
    'with a fault that nobody caught': `process.once('SIGUSR2', () => { throw new Error('a fault') })`,
  }
  const program = `${handlers[how] ?? ''}
    import('${join(process.cwd(), 'dist/simulate/build/build.js')}').then(({ buildModel }) => buildModel(${options}))`
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
  await expect
    .poll(async () => (await findProcesses(cache)).filter((line) => line.includes('cc1plus')).length)
    .toBeGreaterThanOrEqual(Math.min(2, availableParallelism()))
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
  await expect.poll(() => findProcesses(cache)).toEqual([])
})

test('a tool that takes too long is ended with what it started', async () => {
  const mark = `3${process.pid}.25`
  const run = runTool('sh', ['-c', `sleep ${mark} & sleep ${mark}; true`], { timeoutMs: 300 })
  await expect(run).rejects.toThrow(/sh failed: took longer than 0.3 s/)
  await expect.poll(() => findProcesses(`\0${mark}`)).toEqual([])
})
