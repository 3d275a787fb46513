/** This file holds the one rule for names that come from a file and become part of a path: of layers, checkpoints and pictures. */
import { InputError } from './input-error.ts'

declare const checked: unique symbol
/** A name that stands for one file or folder below the one it is joined to. */
export type PathName = string & { readonly [checked]: true }

/** File systems allow 255 bytes, and the temporary name of a write takes some 30 of them. */
const MAX_BYTES = 200

const MISLEADING = /[/\\\p{Cc}\p{Cs}]/u
const leadsElsewhere = (name: string): boolean =>
  name === '' || name === '.' || name === '..' || MISLEADING.test(name)
const isLong = (name: string): boolean => new TextEncoder().encode(name).length > MAX_BYTES

export const isPathName = (name: string): name is PathName => !leadsElsewhere(name) && !isLong(name)

/**
 * @param where The file that holds the name.
 * @throws InputError if the name could lead elsewhere: it is empty, `.` or `..`, too long, or holds a separator or a control character.
 */
export function pathName(name: string, where: string): PathName {
  if (leadsElsewhere(name))
    throw new InputError(
      `${JSON.stringify(name.slice(0, 120))} is not a name for a file or layer`,
      where,
      'Expected a name without / \\ and control characters. The file is damaged, or was made to write elsewhere.',
    )
  if (isLong(name))
    throw new InputError(
      `the name ${JSON.stringify(`${name.slice(0, 40)}…`)} has more than ${MAX_BYTES} bytes`,
      where,
      'Choose a shorter name.',
    )
  return name as PathName
}

/** TypeScript or JavaScript: what a user writes as a program, an `assay.config.ts`, a plan, a profile. */
export const isModulePath = (path: string): boolean => /\.[cm]?[jt]s$/.test(path)
