import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashParts, publishFolder } from './cache.ts'
import { runTool } from './tools.ts'

const typescriptFlags = [
  ...['--ignoreConfig', '--noCheck', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'],
  '--rewriteRelativeImportExtensions',
]

/**
 * Path of a program of this package as JavaScript: `simulate/child`. In the package it is there. Run from the TypeScript
 * sources, as the tests do, it is compiled into the cache first, because Node 20 cannot run it as it is.
 */
export async function findCompiled(name: string): Promise<string> {
  const source = fileURLToPath(new URL('..', import.meta.url))
  if (import.meta.url.endsWith('.js')) return join(source, `${name}.js`)
  const root = join(source, '..')
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(source, file))))
  const key = hashParts([name, ...files, ...texts]).slice(0, 32)
  const compiled = join(root, 'build', 'cache', 'programs', key)
  await publishFolder(compiled, async (at) => {
    const flags = [...typescriptFlags, '--rootDir', source, '--outDir', at, join(source, `${name}.ts`)]
    await runTool(join(root, 'node_modules', '.bin', 'tsc'), flags, { cwd: root })
  })
  return join(compiled, `${name}.js`)
}
