/** Threads, whatever this process was started with. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'

test('a program that stands on the command line of Node can calibrate with threads', async () => {
  const url = pathToFileURL(join(process.cwd(), 'dist/quantise/sampled-threads.js')).href
  const thread = pathToFileURL(join(process.cwd(), 'dist/process/thread.js')).href
  const program = `
    const { startThread } = await import(${JSON.stringify(thread)})
    const worker = startThread(${JSON.stringify(url)}, 'sampled-thread')
    worker.once('online', () => { console.log('online'); void worker.terminate() })`
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program])
  expect(stdout).toBe('online')
})
