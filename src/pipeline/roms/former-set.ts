/** A set of ROM files is whole: where another one takes its place, what Assay wrote there by name and the new one does not write goes. */
import { join } from 'node:path'
import { PACKAGE, TOP, TOP_AXI } from '../../detector/top-module.ts'
import { ROM_NAMES } from '../../rom/emit.ts'
import { ROM_FORMATS, type RomFormatId } from '../../rom/formats/formats.ts'
import { describeEngine } from '../../rom/program-header.ts'
import { WEIGHTS_IMAGE } from '../../rom/weights-image.ts'
import type { FileSet } from '../../store/file-set.ts'
import { listNames } from '../../store/files.ts'
import { notice } from '../../store/notice.ts'
import type { RomManifest } from './files.ts'

export type RomLayout = 'engine' | 'plain'

/** Beside the `.mem` files, `program.txt` and `manifest.json`, which every set has. */
const TOP_FILES = [`${PACKAGE}.sv`, `${TOP}.sv`, `${TOP_AXI}.sv`, WEIGHTS_IMAGE, 'engine.json']

const describeSet = ({ modelId, engine }: RomManifest): string =>
  `model ${modelId}, array ${describeEngine(engine)}`

/** Whether both list the same words for the same engine: a program may differ by its thresholds alone. */
const isSameSet = (a: RomManifest, b: RomManifest): boolean =>
  describeSet(a) === describeSet(b) &&
  JSON.stringify(a.engine) === JSON.stringify(b.engine) &&
  ROM_NAMES.every((name) => a.files[name].sha256 === b.files[name].sha256)

/**
 * Drops what another set left in the folder of the engine's ROMs, at the end of the new one.
 * @param old the folder's; null if nothing there is whole
 * @param formats those that are written now: older files of them go in any case
 * @returns what to say of it once the new set is there
 */
export async function dropFormer(
  set: FileSet,
  folder: string,
  { old, next }: { readonly old: RomManifest | null; readonly next: RomManifest },
  formats: readonly RomFormatId[],
): Promise<() => void> {
  if (old !== null && isSameSet(old, next)) {
    await dropExports(set, folder, 'engine', formats)
    return () => undefined
  }
  // They say that a set is complete, so they go before the first file of the next takes its place.
  set.drop(join(folder, 'manifest.json'))
  const there = new Set(await listNames(folder))
  let removed = await dropExports(set, folder, 'engine', null)
  for (const name of TOP_FILES) {
    if (!there.has(name)) continue
    set.drop(join(folder, name))
    if (!set.has(join(folder, name))) removed++
  }
  const was = old === null ? null : describeSet(old)
  return () => sayRemoved(folder, removed, was === describeSet(next) ? `${was}, with another program` : was)
}

/** @param was what the files were of; null if nothing says it */
export function sayRemoved(folder: string, files: number, was: string | null): void {
  if (files === 0) return
  notice(`${folder}: removed ${files} file${files === 1 ? '' : 's'} of ${was ?? 'an earlier run'}`)
}

/**
 * Drops files in the vendors' formats that this run does not write.
 * @param formats the folders to look in; null for all
 * @returns how many
 */
export async function dropExports(
  set: FileSet,
  folder: string,
  layout: RomLayout,
  formats: readonly RomFormatId[] | null,
): Promise<number> {
  let removed = 0
  for (const format of formats ?? (Object.keys(ROM_FORMATS) as RomFormatId[])) {
    const own = ownNames(layout, format)
    for (const name of await listNames(join(folder, format))) {
      const path = join(folder, format, name)
      if (!own.test(name) || set.has(path)) continue
      set.drop(path)
      removed++
    }
  }
  return removed
}

/** In the plain layout a memory has the name of its layer. */
function ownNames(layout: RomLayout, format: RomFormatId): RegExp {
  const stem = layout === 'plain' ? '[^.].*' : `(${ROM_NAMES.join('|')})(_bit\\d+_word\\d+)?`
  return new RegExp(`^${stem}${ROM_FORMATS[format].extension.replaceAll('.', '\\.')}$`)
}
