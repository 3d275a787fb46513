/** What writes a file knows no options: where it advises another folder, the option that chose this one is named here. */
import { resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathWithin } from '../../input/path-within.ts'
import { camelCase, type Declarations } from './declaration.ts'

/** In advice of `store/`. */
const ADVICE = /\banother folder\b(?! with --)/

/** The same error. Its message begins with the path that could not be written. */
export function nameFolder<Thrown>(
  error: Thrown,
  declarations: Declarations,
  args: Readonly<Record<string, unknown>>,
): Thrown {
  if (!(error instanceof Error) || !ADVICE.test(error.message)) return error
  const path = error instanceof InputError ? error.where : /^(.+?): /.exec(error.message)?.[1]
  if (path === undefined) return error
  const folders = Object.entries(declarations).flatMap(([name, { writes, hidden, otherwise }]) => {
    const given = args[camelCase(name)] ?? otherwise
    const isFolder = writes === 'folder' && hidden !== true && typeof given === 'string'
    return isFolder && pathWithin(given, path) !== null ? [{ name, depth: resolve(given).length }] : []
  })
  const [nearest] = folders.sort((a, b) => b.depth - a.depth)
  if (nearest !== undefined)
    error.message = error.message.replace(ADVICE, `another folder with --${nearest.name}`)
  return error
}
