/** A profile of arithmetic in a TypeScript file, and the functions that its stages `hook` have. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkProfile } from '../../arithmetic/check-profile.ts'
import { checkHook, type Hook, registerHook } from '../../arithmetic/hooks.ts'
import { hooksOf } from '../../arithmetic/profile.ts'
import { keepProfile } from '../../arithmetic/read-profile.ts'
import type { ChannelParameters, HookStage } from '../../arithmetic/stages.ts'
import { InputError } from '../../input/input-error.ts'
import { toPlain } from '../../input/plain-value.ts'
import { readWholeText } from '../../input/read-file.ts'
import { sha256 } from '../../store/hash.ts'
import { importDefault, loadModule } from './load-module.ts'

/** `import … from './other.ts'`, `import('../x')`, `require('/y')`: their text is in no hash. */
const OTHER_FILE = /(?:\bfrom|\bimport|\brequire\w*|\))\s*\(?\s*['"`](?:\.|\/|file:)[^'"`]*['"`]/
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm
const MOST_BYTES = 1_000_000
const SOME_CHANNEL: ChannelParameters = {
  ...{ multiplier: 24_321, shift: 20, zeroPoint: 3, scale: 0.023 },
  ...{ codeBits: 8, rectified: false },
}

/**
 * Loads it, and keeps it under its path for `readProfile`.
 *
 * @throws InputError if the file is missing, does not load, imports another file, or exports no profile by default
 */
export async function loadProfile(path: string): Promise<void> {
  const full = resolve(path)
  if (!existsSync(full)) throw new InputError('no such file', path, 'Check the path.')
  const text = await readWholeText(path, 'Check the path.', MOST_BYTES)
  const other = OTHER_FILE.exec(text.replaceAll(COMMENT, ''))
  if (other !== null)
    throw new InputError(
      `imports another file: ${other[0]}`,
      path,
      'A model is known by the arithmetic of this file: write all of it here.',
    )
  const hash = sha256(text)
  await loadModule(path, async () => {
    const functions = new Map<string, Hook>()
    const value = await importDefault(full)
    if (!isProfile(value)) throw refuseExport(path, value)
    const profile = checkProfile(toPlain(nameHooks(value, hash, functions, path), path), path)
    for (const stage of hooksOf(profile)) {
      const own = functions.get(stage.name)
      if (own !== undefined) registerHook(stage, own, path)
      checkHook(stage, SOME_CHANNEL)
    }
    keepProfile(path, { profile, text })
  })
}

/** A module without a default export gives itself, with the names that it exports. */
const isProfile = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'requantise' in value

const refuseExport = (path: string, value: unknown): InputError =>
  new InputError(
    `exports ${typeof value === 'object' ? 'no profile' : `a ${typeof value}`} by default`,
    path,
    'Write `export default defineProfile({ … })`.',
  )

/** What a stage is before its function has a name and a place. */
type WrittenStage = Partial<HookStage> & { readonly compute?: unknown }

/** The profile as data: each function is named, and put aside. */
function nameHooks(value: object, hash: string, functions: Map<string, Hook>, path: string): unknown {
  const nameOne = (stage: WrittenStage | null): unknown => {
    if (typeof stage?.compute !== 'function') return stage
    const { compute, ...rest } = stage
    const name = rest.name ?? compute.name
    const known = functions.get(name)
    if (known !== undefined && known !== compute)
      throw new InputError(`has two functions of the name ${name}`, path, 'Give each a name of its own.')
    functions.set(name, compute as Hook)
    return { ...rest, name, sha256: hash }
  }
  const nameAll = (stages: unknown): unknown => (Array.isArray(stages) ? stages.map(nameOne) : stages)
  // `requantise`, and the lists within `add` and `concat`.
  const nameIn = (object: object): object =>
    Object.fromEntries(Object.entries(object).map(([key, own]) => [key, nameAll(own)]))
  return Object.fromEntries(
    Object.entries(value).map(([key, own]: [string, unknown]) => [
      key,
      typeof own === 'object' && own !== null && !Array.isArray(own) ? nameIn(own) : nameAll(own),
    ]),
  )
}
