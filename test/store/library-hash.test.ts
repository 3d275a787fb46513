/** Libraries count as they are loaded: through links, as pnpm lays them out, and by the content of their compiled code. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import nodeModule from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const native = `lib/${process.platform}/x64/engine.so.1`

/** A program that needs `runtime`, which needs `engine`: in a store beside it, linked as pnpm does. */
function makeProgram(): string {
  const root = mkdtempSync(join(tmpdir(), 'assay-libraries-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const store = 'node_modules/.store'
  write('package.json', '{"name":"program","dependencies":{"runtime":"^1"}}')
  write('dist/a.js', '1')
  write(
    `${store}/runtime@1/node_modules/runtime/package.json`,
    '{"version":"1.0.0","optionalDependencies":{"engine":"*","none":"*"}}',
  )
  write(`${store}/engine@2/node_modules/engine/package.json`, '{"version":"2.0.0"}')
  write(`${store}/engine@2/node_modules/engine/${native}`, 'native code')
  write(`${store}/engine@2/node_modules/engine/lib/other.so`, 'more code')
  write(`${store}/engine@2/node_modules/engine/readme.md`, 'text')
  symlinkSync('.store/runtime@1/node_modules/runtime', join(root, 'node_modules/runtime'))
  symlinkSync('../../engine@2/node_modules/engine', join(root, store, 'runtime@1/node_modules/engine'))
  return root
}

/** As a new process would find it. */
async function hashOf(root: string): Promise<string> {
  vi.resetModules()
  const { hashLibraries } = await import('../../src/store/library-hash.ts')
  return hashLibraries(join(root, 'dist'), join(root, 'cache'))
}

describe('hashLibraries', () => {
  const engine = 'node_modules/.store/engine@2/node_modules/engine'
  const changes: Readonly<Record<string, (root: string) => void>> = {
    'the version of a library': (root) =>
      writeFileSync(
        join(root, 'node_modules/runtime/package.json'),
        '{"version":"1.0.1","dependencies":{"engine":"*"}}',
      ),
    'the version of what it needs': (root) =>
      writeFileSync(join(root, engine, 'package.json'), '{"version":"2.0.1"}'),
    'a bit of compiled code, at the same size': (root) =>
      writeFileSync(join(root, engine, native), 'natIve code'),
    'compiled code that is gone': (root) => rmSync(join(root, engine, 'lib/other.so')),
    'a library that is missing': (root) =>
      rmSync(join(root, 'node_modules/.store/runtime@1/node_modules/engine')),
  }
  test.each(Object.entries(changes))('changes with %s', async (_, change) => {
    const root = makeProgram()
    const hash = await hashOf(root)
    expect(await hashOf(root)).toBe(hash)
    change(root)
    const changed = await hashOf(root)
    expect(changed).not.toBe(hash)
    rmSync(join(root, 'cache'), { recursive: true, force: true })
    expect(await hashOf(root)).toBe(changed)
  })

  test('changes with any code of a library that is linked, and with a patch that its folder is named after', async () => {
    const root = makeProgram()
    const linked = join(root, 'elsewhere', 'runtime')
    const link = join(root, 'node_modules', 'runtime')
    renameSync(join(root, 'node_modules/.store/runtime@1/node_modules/runtime'), join(root, 'moved'))
    mkdirSync(join(root, 'elsewhere'))
    renameSync(join(root, 'moved'), linked)
    writeFileSync(join(linked, 'index.js'), '1')
    rmSync(link)
    symlinkSync(linked, link)
    const hash = await hashOf(root)
    writeFileSync(join(linked, 'index.js'), '2')
    const changed = await hashOf(root)
    expect(changed).not.toBe(hash)
    const patched = join(root, 'node_modules', '.store', 'runtime@1_patch_hash=a', 'node_modules')
    mkdirSync(patched, { recursive: true })
    renameSync(linked, join(patched, 'runtime'))
    rmSync(link)
    symlinkSync(join(patched, 'runtime'), link)
    const first = await hashOf(root)
    renameSync(join(patched, '..'), join(patched, '..', '..', 'runtime@1_patch_hash=b'))
    rmSync(link)
    symlinkSync(join(root, 'node_modules/.store/runtime@1_patch_hash=b/node_modules/runtime'), link)
    expect(await hashOf(root)).not.toBe(first)
  })

  test("asks Yarn's Plug'n'Play where there is no node_modules", async () => {
    const root = makeProgram()
    const hash = await hashOf(root)
    renameSync(join(root, 'node_modules'), join(root, 'cache.zip'))
    rmSync(join(root, 'cache.zip/.store/runtime@1/node_modules/engine'))
    const missing = await hashOf(root)
    const places = new Map([
      ['runtime', join(root, 'cache.zip/.store/runtime@1/node_modules/runtime')],
      ['engine', join(root, 'cache.zip/.store/engine@2/node_modules/engine')],
      // Of another system: it has a place, and nothing is there.
      ['none', join(root, 'unplugged/none')],
    ])
    const findPnpApi = () => ({
      resolveToUnqualified: (name: string) => {
        if (!places.has(name)) throw new Error(`${name} is not installed`)
        return places.get(name)!
      },
    })
    Object.assign(nodeModule, { findPnpApi })
    onTestFinished(() => void Reflect.deleteProperty(nodeModule, 'findPnpApi'))
    const plugged = await hashOf(root)
    expect(plugged).toBe(hash)
    expect(plugged).not.toBe(missing)
    places.delete('engine')
    expect(await hashOf(root)).not.toBe(plugged)
  })

  test('reads compiled code once, and again where what is kept of it is damaged', async () => {
    const root = makeProgram()
    const hash = await hashOf(root)
    const file = join(root, 'cache/libraries.json')
    const kept = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
    await expect.poll(kept).toContain('engine.so.1')
    for (const bytes of [0, 40]) {
      truncateSync(file, bytes)
      expect(await hashOf(root)).toBe(hash)
      await expect.poll(kept).toContain('engine.so.1')
    }
    writeFileSync(join(root, engine, 'readme.md'), 'other text')
    expect(await hashOf(root)).toBe(hash)
  })

  test('covers what this program computes with', async () => {
    vi.resetModules()
    const { hashLibraries } = await import('../../src/store/library-hash.ts')
    const cache = mkdtempSync(join(tmpdir(), 'assay-libraries-'))
    expect(hashLibraries(join(process.cwd(), 'src'), cache)).toMatch(/^[0-9a-f]{64}$/)
    await expect.poll(() => readdirSync(cache)).toEqual(['libraries.json'])
    const kept = readFileSync(join(cache, 'libraries.json'), 'utf8')
    for (const name of ['libonnxruntime', 'onnxruntime_binding.node', 'koffi.node', 'yargs'])
      expect(kept).toContain(name)
  })
})
