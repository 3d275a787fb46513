/** Programs of this package, for processes of their own. */
import { fileURLToPath } from 'node:url'

/** What Node is started with. */
export interface ProgramFile {
  readonly path: string
  readonly args?: readonly string[]
  /** Files of the parent that it has open, too: the first is number 4. */
  readonly files?: readonly number[]
}

/**
 * A program of this package. From the TypeScript sources, as the tests run, jiti loads it, and keeps what it has made of a file
 * in `build/cache/jiti`. Its hooks (`--import jiti/register`) keep that in the folder for temporary files, which each run of the
 * tests has anew.
 *
 * @param from `import.meta.url` of the caller.
 * @param name the program beside the caller, without its ending: `child`.
 */
export function findProgramFile(from: string, name: string): ProgramFile {
  const beside = fileURLToPath(new URL(name, from))
  if (from.endsWith('.js')) return { path: `${beside}.js` }
  const [path, cache] = ['run-typescript.mjs', '../../build/cache/jiti'].map((one) =>
    fileURLToPath(new URL(one, import.meta.url)),
  )
  return { path: path!, args: [`${beside}.ts`, cache!] }
}
