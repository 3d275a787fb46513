/** onnxruntime writes nothing and reports nothing: no device id, no log, no session file. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'

const compiled = (path: string) =>
  JSON.stringify(pathToFileURL(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))).href)

test('a session leaves no file in the home, cache and temporary folders', async () => {
  const folder = makeFolder()
  const [home, cache, temporary] = ['home', 'cache', 'temporary'].map((name) => join(folder, name))
  for (const path of [home, cache, temporary]) mkdirSync(path!)
  const program = `
    const { MatrixProducts } = await import(${compiled('quantise/matrix-products.js')})
    const products = await MatrixProducts.create()
    const product = await products.inner(Float32Array.of(2, 3), Float32Array.of(5, 7), 2)
    process.stdout.write(String(product[0]))`
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', program], {
    // Nothing of the environment: under CI onnxruntime is quiet by itself.
    env: { HOME: home, XDG_CACHE_HOME: cache, TMPDIR: temporary },
    extendEnv: false,
  })
  expect(stdout).toBe('31')
  expect([home, cache, temporary].map((path) => readdirSync(path!))).toEqual([[], [], []])
})
