/** Finds the workers' program as JavaScript. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashParts, publishFolder } from '../simulate/cache.ts'
import { runTool } from '../simulate/tools.ts'

const FLAGS = [
  ...['--ignoreConfig', '--noCheck', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'],
  '--rewriteRelativeImportExtensions',
]

/** In the package it lies beside this file. Run from the TypeScript sources, as the tests do, it is compiled into the cache first. */
export async function findWorkerProgram(): Promise<string> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  if (import.meta.url.endsWith('.js')) return join(folder, 'worker.js')
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const source = join(root, 'src')
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(source, file))))
  const compiled = join(root, 'build', 'cache', 'worker', hashParts([...files, ...texts]).slice(0, 32))
  await publishFolder(compiled, async (at) => {
    const program = join(source, 'pipeline', 'worker.ts')
    const flags = [...FLAGS, '--rootDir', source, '--outDir', at, program]
    await runTool(join(root, 'node_modules', '.bin', 'tsc'), flags, { cwd: root })
  })
  return join(compiled, 'pipeline', 'worker.js')
}
