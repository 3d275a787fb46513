/** A profile that a user names: a built-in one, or a file of JSON. */
import { existsSync } from 'node:fs'
import { InputError } from '../input/input-error.ts'
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

/**
 * @param nameOrPath `tflite`, or `my-profile.json`: what ends with .json, has a slash, or is a file
 * @throws InputError for a name that there is not, with the nearest and all names; for a file that cannot be read, is no JSON or no
 * profile, with its first field that is wrong
 */
export function readProfile(nameOrPath: string): Profile {
  const known = PROFILES.find(({ name }) => name === nameOrPath)
  if (known !== undefined) return known
  if (!/\.json$|[/\\]/i.test(nameOrPath) && !existsSync(nameOrPath)) {
    const names = PROFILES.map(({ name }) => name)
    const all = `Built-in profiles: ${names.join(', ')}. A path of a JSON file is a profile, too.`
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
