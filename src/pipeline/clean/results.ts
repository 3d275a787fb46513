/** The files in a folder of results that are certainly Assay's: what lies there of others keeps itself and its folder. */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathWithin } from '../../input/path-within.ts'
import { readCached } from '../../store/files.ts'
import { FORMS, type Form, isListName, isResultFolder, isRunFolder, listedBy } from './forms.ts'
import { readBegin } from './nights.ts'

/** Paths; none if the folder holds no record of Assay's and has no name that Assay gives. */
export async function listResultFiles(folder: string): Promise<readonly string[]> {
  const { files, hasRecord } = await listOwn(folder, folder, new Set())
  return hasRecord || isRunFolder(basename(folder)) ? files : []
}

async function listOwn(
  folder: string,
  root: string,
  above: ReadonlySet<string>,
): Promise<{ readonly files: readonly string[]; readonly hasRecord: boolean }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => [])
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  const begins = new Map<string, Promise<string>>()
  const beginOf = (name: string): Promise<string> => {
    const begin = begins.get(name) ?? readBegin(join(folder, name))
    begins.set(name, begin)
    return begin
  }
  const fits = async (name: string, { name: own, begin, beside }: Form): Promise<boolean> => {
    if (!own.test(name) || (begin !== undefined && !begin.test(await beginOf(name)))) return false
    if (beside === undefined) return true
    const wanted = beside.map((each) => name.replace(own, each)).filter((each) => names.includes(each))
    const found = await Promise.all(wanted.map(formOf))
    return found.some((form) => form !== null)
  }
  const formOf = async (name: string): Promise<Form | null> => {
    for (const form of FORMS) if (await fits(name, form)) return form
    return null
  }
  const forms = new Map<string, Form>()
  for (const name of names) {
    const form = await formOf(name)
    if (form !== null) forms.set(name, form)
  }
  const listed = new Set(above)
  for (const name of forms.keys())
    if (isListName(name))
      for (const path of await readListed(folder, name)) if (pathWithin(root, path) !== null) listed.add(path)
  const own = names.filter((name) => forms.has(name) || listed.has(join(folder, name)))
  const inner = entries.filter((entry) => entry.isDirectory() && isResultFolder(entry.name))
  const below = await Promise.all(inner.map(({ name }) => listOwn(join(folder, name), root, listed)))
  return {
    files: [...own.map((name) => join(folder, name)), ...below.flatMap(({ files }) => files)],
    hasRecord: [...forms.values()].some(({ isRecord }) => isRecord === true),
  }
}

async function readListed(folder: string, name: string): Promise<readonly string[]> {
  const bytes = await readCached(join(folder, name))
  return bytes === null ? [] : listedBy(new TextDecoder().decode(bytes), folder)
}
