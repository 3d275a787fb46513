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
 * A program of this package. Tests run it as their set-up has compiled it: `run-program.mjs`.
 *
 * @param from `import.meta.url` of the caller.
 * @param name the program beside the caller, without its ending: `child`.
 */
export function findProgramFile(from: string, name: string): ProgramFile {
  const beside = fileURLToPath(new URL(name, from))
  if (from.endsWith('.js')) return { path: `${beside}.js` }
  return { path: fileURLToPath(new URL('run-program.mjs', import.meta.url)), args: [beside] }
}
