/** Where the pictures of a data set lie, of which its files know the names. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { Dataset } from './dataset.ts'
import { createFindingLog } from './findings.ts'

/** Folders that a name may begin with on another machine. */
const MOST_DROPPED = 16

/**
 * The path of a picture. A whole path stands for itself, and a backslash separates folders, as Windows writes it.
 *
 * @param dropped leading folders of the name that are left out
 */
export function placePicture(folder: string, fileName: string, dropped = 0): string {
  if (dropped > 0) return join(folder, ...partsOf(fileName).slice(dropped))
  const name = fileName.replaceAll('\\', '/')
  return isAbsolute(name) ? name : join(folder, name)
}

const partsOf = (fileName: string): readonly string[] =>
  fileName.split(/[\\/]/).filter((part) => part !== '' && part !== '.')

/**
 * The data set with the places where its pictures were found: in the first folder that has some of them, by their names, or by as many of
 * the last parts of their names as are there. As it was if there are none.
 */
export async function findPlaces(dataset: Dataset, folders: readonly string[]): Promise<Dataset> {
  const depth = dataset.images.reduce((most, { fileName }) => Math.max(most, partsOf(fileName).length), 1)
  for (let dropped = 0; dropped < Math.min(depth, MOST_DROPPED); dropped++) {
    for (const folder of folders) {
      const images = dataset.images.map((image) => ({
        ...image,
        path: placePicture(folder, image.fileName, dropped),
      }))
      // Two pictures of one name in two folders are two pictures.
      if (dropped > 0 && new Set(images.map(({ path }) => path)).size < images.length) continue
      if ((await findMissing({ images })).size === images.length) continue
      const log = createFindingLog(dataset.findings)
      if (dropped > 0)
        for (const { fileName, path } of images) log.add('picture-elsewhere', `${fileName} is ${path}`)
      return { ...dataset, images, findings: log.list() }
    }
  }
  return dataset
}

/** Ids of images whose file is not there; one listing per folder. */
export async function findMissing(dataset: Pick<Dataset, 'images'>): Promise<Set<number>> {
  const names = new Map<string, Set<string>>()
  const missing = new Set<number>()
  for (const { id, path } of dataset.images) {
    const folder = dirname(path)
    if (!names.has(folder)) names.set(folder, new Set(await readdir(folder).catch(() => undefined)))
    if (!names.get(folder)!.has(basename(path))) missing.add(id)
  }
  return missing
}
