/** Programs of this package as JavaScript, for processes of their own. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publishFolder } from '../store/cache.ts'
import { hashParts } from '../store/hash.ts'
import { runTool } from './run-tool.ts'

const typescriptFlags =
  '--ignoreConfig --noCheck --module nodenext --target es2023 --types node --rewriteRelativeImportExtensions'

/**
 * Path of a program of this package as JavaScript. In the package it is there. Run from the TypeScript sources, as the tests
 * do, it is compiled into the cache first, because Node 20 cannot run it as it is.
 *
 * @param from `import.meta.url` of the caller.
 * @param name the program beside the caller, without its ending: `child`.
 */
export async function findCompiled(from: string, name: string): Promise<string> {
  const beside = fileURLToPath(new URL(name, from))
  if (from.endsWith('.js')) return `${beside}.js`
  const source = fileURLToPath(new URL('..', import.meta.url))
  const program = relative(source, beside)
  const root = join(source, '..')
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(source, file))))
  const key = hashParts([program, ...files, ...texts]).slice(0, 32)
  const compiled = join(root, 'build', 'cache', 'programs', key)
  await publishFolder(compiled, async (at) => {
    const flags = [...typescriptFlags.split(' '), '--rootDir', source, '--outDir', at, `${beside}.ts`]
    await runTool(join(root, 'node_modules', '.bin', 'tsc'), flags, { cwd: root })
  })
  return join(compiled, `${program}.js`)
}
