/** A profile that a user names: a built-in one, a file of JSON, or one of TypeScript that is loaded. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { isModulePath } from '../input/path-name.ts'
import { readWholeTextNow } from '../input/read-file.ts'
import { withoutSchema } from '../input/schema.ts'
import { parseStrictJson } from '../input/strict-json.ts'
import { suggest } from '../input/suggest.ts'
import { PROFILES } from './built-in.ts'
import { checkProfile } from './check-profile.ts'
import type { Profile } from './profile.ts'

/** A profile has some kilobytes. */
const MOST_BYTES = 1_000_000
const ADVICE = '`assay profiles NAME --json` prints one to start from.'

/** Profiles of TypeScript files, by their full path. */
const loaded = new Map<string, LoadedProfile>()

export interface LoadedProfile {
  readonly profile: Profile
  /** Of the file. */
  readonly text: string
}

/** `pipeline/modules/load-profile.ts` calls this before `readProfile` is asked for the file. */
export const keepProfile = (path: string, own: LoadedProfile): void => void loaded.set(resolve(path), own)

/** @throws InputError if the file is another one than was loaded, as in `--watch` after an edit */
function loadedProfile(path: string): Profile {
  const own = loaded.get(resolve(path))
  if (own === undefined)
    throw new InputError('is not loaded', path, 'A profile in TypeScript is given with --profile.')
  if (readWholeTextNow(path, 'Check the path.', MOST_BYTES) !== own.text)
    throw new InputError('has changed since this command began', path, 'Start the command again.')
  return own.profile
}

/**
 * @param nameOrPath `tflite`, or `my-profile.json`, `my-profile.ts`: what ends so, has a slash, or is a file
 * @throws InputError for a name that there is not, with the nearest and all names; for a file that cannot be read, is no JSON or no
 * profile, with its first field that is wrong
 */
export function readProfile(nameOrPath: string): Profile {
  const known = PROFILES.find(({ name }) => name === nameOrPath)
  if (known !== undefined) return known
  if (isModulePath(nameOrPath)) return loadedProfile(nameOrPath)
  if (!/\.json$|[/\\]/i.test(nameOrPath) && !existsSync(nameOrPath)) {
    const names = PROFILES.map(({ name }) => name)
    const all = `Built-in profiles: ${names.join(', ')}. A path of a JSON or TypeScript file is a profile, too.`
    throw new InputError(
      'there is no such profile',
      nameOrPath,
      `${suggest(nameOrPath, names)} ${all}`.trim(),
    )
  }
  const text = readWholeTextNow(nameOrPath, 'Check the path.', MOST_BYTES)
  const value = parseStrictJson(text, nameOrPath, ADVICE)
  return checkProfile(withoutSchema(value, nameOrPath, ADVICE), nameOrPath)
}

/** As a file, which names its schema for editors. */
export const profileText = (profile: Profile): string =>
  `${JSON.stringify({ $schema: './node_modules/assay/docs/profile.schema.json', ...profile }, null, 2)}\n`
