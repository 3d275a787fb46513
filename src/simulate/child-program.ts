import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashParts, publishFolder } from './cache.ts'
import { runTool } from './tools.ts'

/**
 * Path of the child's program as JavaScript. In the package it lies beside this file. Run from the TypeScript sources,
 * as the tests do, it is compiled into the cache first, because Node 20 cannot run it as it is.
 */
export async function findChildProgram(): Promise<string> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  if (import.meta.url.endsWith('.js')) return join(folder, 'child.js')
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file))))
  const compiled = join(root, 'build', 'cache', 'child', hashParts([...files, ...texts]).slice(0, 32))
  await publishFolder(compiled, async (at) => {
    const flags = [
      '--ignoreConfig',
      '--noCheck',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
    ]
    const paths = ['--rewriteRelativeImportExtensions', '--rootDir', folder, '--outDir', at]
    await runTool(join(root, 'node_modules', '.bin', 'tsc'), [...flags, ...paths, join(folder, 'child.ts')], {
      cwd: root,
    })
  })
  return join(compiled, 'child.js')
}
