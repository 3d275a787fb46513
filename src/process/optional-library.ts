/**
 * Libraries that an install may leave out, because their native code is large and much of Assay does without them: the test bench of
 * own RTL needs none. They are loaded where they are used.
 */
import { createRequire } from 'node:module'
import { InputError } from '../input/input-error.ts'
import { readOwnPackage } from '../store/own-version.ts'

export interface OptionalLibrary {
  readonly name: string
  /** What needs it, as a sentence begins. */
  readonly purpose: string
}

/**
 * Loads an optional library.
 *
 * @param load imports it by a literal name, so that its types are known
 * @throws InputError that says how to add it
 */
export async function loadLibrary<T>(library: OptionalLibrary, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    await checkLibrary(library)
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('\n')
    throw await explain(library, `cannot be loaded (${reason})`, cause)
  }
}

/**
 * Looks for an optional library without loading it, so that a command ends before its long part.
 *
 * @throws InputError that says how to add it
 */
export async function checkLibrary(library: OptionalLibrary): Promise<void> {
  try {
    createRequire(import.meta.url).resolve(library.name)
  } catch (cause) {
    throw await explain(library, 'is not installed', cause)
  }
}

async function explain(
  { name, purpose }: OptionalLibrary,
  state: string,
  cause: unknown,
): Promise<InputError> {
  const range = (await readOwnPackage()).optionalDependencies[name]
  const command = `npm install --ignore-scripts ${name}@${range}`
  return new InputError(`${state}. ${purpose} needs it. Add it with \`${command}\`.`, name, '', { cause })
}
