/** Threads, whatever this process was started with. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

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

test('a process that ends waits for native code in threads, for so long, and lets no more begin', async () => {
  // An end is for good: this test has a copy of its own, which must not stay for the files that share this process.
  onTestFinished(() => void vi.resetModules())
  vi.resetModules()
  const { callNative, endNativeCalls: end } = await import('../../src/process/thread.ts')
  const events: string[] = []
  let finish = (_: string): void => {}
  const call = callNative(() => new Promise<string>((resolve) => (finish = resolve)))
  const failing = callNative(() => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  await end(20)
  events.push('gave up')
  const ended = end(10_000).then(() => events.push('ended'))
  void callNative(async () => events.push('a call that is made afterwards'))
  events.push('waits')
  finish('done')
  expect(await call).toBe('done')
  await ended
  expect(events).toEqual(['gave up', 'waits', 'ended'])
})

describe('a thread loads no native code by itself, because a process that ends meanwhile aborts', () => {
  const urlOf = (path: string): string =>
    JSON.stringify(pathToFileURL(join(process.cwd(), `dist/${path}.js`)).href)
  /** @param until what in a program waits for `worker` to have loaded. */
  const listNative = async (from: string, name: string, until: string): Promise<string> => {
    const program = `
      const { readFileSync } = await import('node:fs')
      const { startThread } = await import(${urlOf('process/thread')})
      const done = new Int32Array(new SharedArrayBuffer(4))
      const worker = startThread(${urlOf(from)}, '${name}', { done, mostMs: 60_000, message: '', exitCode: 2 })
      let maps = ''
      const look = () => { maps = readFileSync('/proc/self/maps', 'utf8') }
      ${until}
      console.log(maps.match(/[^/]*[.]node$/gm) ?? 'none')
      process.exit()`
    return (await execa(process.execPath, ['--input-type=module', '--eval', program])).stdout
  }

  test('that of the float network', async () => {
    const until =
      "worker.postMessage({}); await new Promise((resolve) => worker.once('message', resolve)); look()"
    expect(await listNative('quantise/sampled-threads', 'sampled-thread', until)).toBe('none')
  })

  test("that which watches a user's module", async () => {
    // A thread that is woken ends, and its libraries with it.
    const until =
      'do { look(); await new Promise((resolve) => setTimeout(resolve, 1)) } while (Atomics.notify(done, 0) === 0)'
    expect(await listNative('process/foreign-code', 'foreign-watch', until)).toBe('none')
  })
})
