/** This file says whether a path lies in a folder. */
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** The path from a folder to what lies in it; null for what lies elsewhere. Links are not followed. */
export function pathWithin(folder: string, path: string): string | null {
  const short = relative(resolve(folder), resolve(path))
  return short === '..' || short.startsWith(`..${sep}`) || isAbsolute(short) ? null : short
}
