/** This file holds the one rule for names that come from a file and become part of a path: of layers, checkpoints and pictures. */
import { InputError } from './input-error.ts'

declare const checked: unique symbol
/** A name that stands for one file or folder below the one it is joined to. */
export type PathName = string & { readonly [checked]: true }

/** File systems allow 255 bytes, and the temporary name of a write takes some 30 of them. */
const MAX_BYTES = 200

/**
 * @param where The file that holds the name.
 * @throws InputError if the name could lead elsewhere: it is empty, `.` or `..`, too long, or holds a separator or a control character.
 */
export function pathName(name: string, where: string): PathName {
  if (name === '' || name === '.' || name === '..' || /[/\\\p{Cc}\p{Cs}]/u.test(name))
    throw new InputError(
      `${JSON.stringify(name.slice(0, 120))} is not a name for a file or layer`,
      where,
      'Expected a name without / \\ and control characters. The file is damaged, or was made to write elsewhere.',
    )
  if (Buffer.byteLength(name) > MAX_BYTES)
    throw new InputError(
      `the name ${JSON.stringify(`${name.slice(0, 40)}…`)} has more than ${MAX_BYTES} bytes`,
      where,
      'Choose a shorter name.',
    )
  return name as PathName
}
