/** This file says whether a path lies in a folder, and names it from there. */
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** The path from a folder to what lies in it; null for what lies elsewhere. Links are not followed. */
export function pathWithin(folder: string, path: string): string | null {
  const short = relative(resolve(folder), resolve(path))
  return short === '..' || short.startsWith(`..${sep}`) || isAbsolute(short) ? null : short
}

/** The folder that lies above another. @param below the way from it, with slashes; empty if they are the same. @param at absolute */
export const folderAbove = (at: string, below: string): string =>
  resolve(at, ...below.split('/').map((name) => (name === '' ? '.' : '..')))

/** An absolute path into a folder, as it is called at `at`; every other word as it is. */
export const shortenWithin = (folder: string, word: string, at: string): string =>
  isAbsolute(word) && pathWithin(folder, word) !== null ? relative(at, word) || '.' : word
