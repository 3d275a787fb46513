/** The RTL that a simulation builds: ours, in the order that its file list gives. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkFiles, readWholeText } from '../../input/read-file.ts'

export const OUR_RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))

/** Paths of a file list (`rtl.f`): one source a line, `#` and `//` begin comments, paths relative to the list. */
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

/** Sources of a folder with a list rtl.f in it, of ours where none is named. */
export const sourcesOf = (folder: string | undefined): Promise<readonly string[]> =>
  folder === undefined ? readSourceList() : readSourceList(join(folder, 'rtl.f'))
