/** This file lists the RTL sources that a simulation builds, in the order of their file list `rtl.f`. */
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkFiles, readWholeText } from '../../input/read-file.ts'

export const OUR_RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))
const LIST = 'rtl.f'

/** Reads a file list (`rtl.f`): one source per line, comments after `#` or `//`, paths relative to the list. */
export async function readSourceList(path: string = join(OUR_RTL, LIST)): Promise<readonly string[]> {
  const sources = await readNames(path)
  checkFiles(sources, `${path} names it: correct the list.`)
  return sources
}

async function readNames(path: string): Promise<readonly string[]> {
  const text = await readWholeText(path, 'Name a folder that holds an rtl.f, the list of its sources.')
  return text
    .split('\n')
    .map((line) => line.replace(/(#|\/\/).*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => join(dirname(path), line))
}

/** The file list, what it names, there or not, and all RTL beside it, which may be included: none of it has to be there. */
export async function listRtl(folder: string = OUR_RTL): Promise<readonly string[]> {
  const list = join(folder, LIST)
  const named = await readNames(list).catch(() => [])
  const beside = await readdir(folder).catch(() => [])
  return [list, ...named, ...beside.filter((name) => /\.s?vh?$/.test(name)).map((name) => join(folder, name))]
}

/** Lists the sources of a folder that holds an rtl.f, by default those of Assay's own `rtl/`. */
export const sourcesOf = (folder: string | undefined): Promise<readonly string[]> =>
  folder === undefined ? readSourceList() : readSourceList(join(folder, LIST))
