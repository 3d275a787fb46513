/** The RTL that a simulation builds: ours, in the order that its file list gives. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '../checkpoint/input-error.ts'

const RTL = fileURLToPath(new URL('../../rtl/', import.meta.url))

/** Paths of a file list (`rtl.f`): one source a line, `#` and `//` begin comments, paths relative to the list. */
export async function readSourceList(path: string = join(RTL, 'rtl.f')): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InputError('cannot read the list of RTL sources', path, 'Name a folder that holds an rtl.f.', {
      cause: error,
    })
  })
  return text
    .split('\n')
    .map((line) => line.replace(/(#|\/\/).*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => join(dirname(path), line))
}

/** Sources of a folder with a list rtl.f in it, of ours where none is named. */
export const sourcesOf = (folder: string | undefined): Promise<readonly string[]> =>
  folder === undefined ? readSourceList() : readSourceList(join(folder, 'rtl.f'))
