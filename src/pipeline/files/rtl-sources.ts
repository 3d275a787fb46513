/** This file lists the RTL sources that a simulation builds, in the order of their file list `rtl.f`. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkFiles, readWholeText } from '../../input/read-file.ts'

export const OUR_RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))

/** Reads a file list (`rtl.f`): one source per line, comments after `#` or `//`, paths relative to the list. */
export async function readSourceList(path: string = join(OUR_RTL, 'rtl.f')): Promise<readonly string[]> {
  const text = await readWholeText(path, 'Name a folder that holds an rtl.f, the list of its sources.')
  const sources = text
    .split('\n')
    .map((line) => line.replace(/(#|\/\/).*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => join(dirname(path), line))
  checkFiles(sources, `${path} names it: correct the list.`)
  return sources
}

/** Lists the sources of a folder that holds an rtl.f, by default those of Assay's own `rtl/`. */
export const sourcesOf = (folder: string | undefined): Promise<readonly string[]> =>
  folder === undefined ? readSourceList() : readSourceList(join(folder, 'rtl.f'))
