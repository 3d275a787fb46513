/** onnxruntime writes nothing and reports nothing: no device id, no log, no session file. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'

const compiled = (path: string) =>
  JSON.stringify(pathToFileURL(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))).href)

const SESSION = `
    const { MatrixProducts } = await import(${compiled('quantise/matrix-products.js')})
    const products = await MatrixProducts.create()
    const product = await products.inner(Float32Array.of(2, 3), Float32Array.of(5, 7), 2)
    process.stdout.write(String(product[0]))`

const THREADS = `
    const { loadModel } = await import(${compiled('pipeline/model/prepare.js')})
    const { silent } = await import(${compiled('pipeline/files/progress.js')})
    const { describeSampled } = await import(${compiled('quantise/sampled-network.js')})
    const { SampledThreads } = await import(${compiled('quantise/sampled-threads.js')})
    const { graph } = await loadModel('golden/default/shapes.pt', {}, silent)
    const threads = await SampledThreads.open(describeSampled(graph), 2)
    process.stdout.write(String(threads.atOnce))
    await threads[Symbol.asyncDispose]()`

test.each([
  ['a session', SESSION, '31'],
  ['sessions in threads', THREADS, '2'],
])('%s: no file in the home, cache and temporary folders', async (_, program, output) => {
  const folder = makeFolder()
  const [home, cache, temporary] = ['home', 'cache', 'temporary'].map((name) => join(folder, name))
  for (const path of [home, cache, temporary]) mkdirSync(path!)
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', program], {
    // Nothing of the environment: under CI onnxruntime is quiet by itself.
    env: { HOME: home, XDG_CACHE_HOME: cache, TMPDIR: temporary },
    extendEnv: false,
  })
  expect(stdout).toBe(output)
  expect([home, cache, temporary].map((path) => readdirSync(path!))).toEqual([[], [], []])
})
