/** This file writes ROMs in the formats of vendors' tools, each in its own folder beside the `.mem` files of the simulation. */
import { join } from 'node:path'
import * as v from 'valibot'
import { giveWay } from '../../input/give-way.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { acceptJson, openObject } from '../../input/schema.ts'
import { splitRom } from '../../rom/formats/bank.ts'
import { ROM_FORMATS, type RomFormatId } from '../../rom/formats/formats.ts'
import { packageName } from '../../rom/formats/sv-package.ts'
import type { RomImage } from '../../rom/formats/types.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import { type FileSet, writeSet } from '../../store/file-set.ts'
import { readCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { Progress } from '../files/progress.ts'
import type { RunRecord } from '../model/run-record.ts'
import { dropExports, type RomLayout, sayRemoved } from './former-set.ts'

/** One file, and which bits of which words of which ROM it holds. */
export interface RomExport {
  readonly file: string
  readonly format: RomFormatId
  readonly rom: string
  /** First word and number of words. */
  readonly word: number
  readonly depth: number
  /** First bit and number of bits. */
  readonly bit: number
  readonly width: number
  readonly bytes: number
  readonly sha256: string
}

export interface RomExports extends RunRecord {
  readonly format: 'assay rom exports'
  readonly version: 1
  /** What the files are for; absent in the plain layout, which fits any engine. */
  readonly engine?: EngineParameters
  readonly layout: RomLayout
  readonly files: readonly RomExport[]
}

export interface ExportContent {
  readonly roms: readonly RomImage[]
  readonly formats: readonly RomFormatId[]
  readonly layout: RomLayout
  /** Null in the plain layout. */
  readonly engine: EngineParameters | null
  readonly record: RunRecord
}

const LIST = openObject({ format: v.literal('assay rom exports'), model: openObject({ id: v.string() }) })

/** Writes the plain layout, which has a folder of its own: files of an earlier model that this run does not write go. */
export async function writePlainRoms(
  folder: string,
  content: Omit<ExportContent, 'layout' | 'engine'>,
  progress: Progress,
): Promise<RomExports> {
  const record = await readCached(join(folder, 'plain.json'))
  const old = record === null ? null : acceptJson(LIST, new TextDecoder().decode(record))
  const isSame = old !== null && old.model.id === content.record.model.id
  let removed = 0
  const exports = await writeSet(async (set) => {
    const made = await addExports(set, folder, { ...content, layout: 'plain', engine: null }, progress)
    removed = await dropExports(set, folder, 'plain', isSame ? content.formats : null)
    return made
  })
  sayRemoved(folder, removed, old === null ? null : `model ${old.model.id}`)
  return exports
}

/**
 * Puts every ROM in every format to `<folder>/<format>/`, and last their list, `<folder>/<layout>.json`.
 * @throws InputError before anything is written if two ROMs would have the same file.
 */
export async function addExports(
  set: FileSet,
  folder: string,
  { roms, formats, layout, engine, record }: ExportContent,
  progress: Progress,
): Promise<RomExports> {
  for (const format of formats) checkNames(roms, format)
  const files: RomExport[] = []
  for (const format of formats) {
    const task = progress.start(`write ${ROM_FORMATS[format].title}`)
    let bytes = 0
    for (const [index, rom] of roms.entries()) {
      task.update(index / roms.length, rom.name)
      const written = await exportRom(set, folder, rom, format)
      files.push(...written)
      bytes += written.reduce((sum, file) => sum + file.bytes, 0)
    }
    task.done(`${(bytes / 1e6).toFixed(1)} MB in ${join(folder, format)}`)
  }
  const exports: RomExports = {
    format: 'assay rom exports',
    version: 1,
    ...record,
    ...(engine === null ? {} : { engine }),
    layout,
    files,
  }
  await set.put(join(folder, `${layout}.json`), `${JSON.stringify(exports, null, 1)}\n`)
  return exports
}

async function exportRom(
  set: FileSet,
  folder: string,
  rom: RomImage,
  format: RomFormatId,
): Promise<RomExport[]> {
  const { limits, write } = ROM_FORMATS[format]
  const written: RomExport[] = []
  for (const bank of splitRom(rom, limits)) {
    const file = `${format}/${pathName(fileName(bank.rom.name, format), 'ROM')}`
    const data = write(bank.rom)
    await set.put(join(folder, file), data)
    await giveWay()
    const { word, bit } = bank
    const { depth, width } = bank.rom
    written.push({
      file,
      format,
      rom: rom.name,
      word,
      depth,
      bit,
      width,
      bytes: data.length,
      sha256: sha256(data),
    })
  }
  return written
}

/** Names a ROM's file. The file of a package has the package's name, which is an identifier. */
const fileName = (name: string, format: RomFormatId): string =>
  format === 'sv-package' ? `${packageName(name)}.sv` : `${name}${ROM_FORMATS[format].extension}`

/** Refuses names that share a file: `a.b` and `a_b` are one package, and `A` and `a` are one file on some file systems. */
function checkNames(roms: readonly RomImage[], format: RomFormatId): void {
  const owners = new Map<string, string>()
  for (const { name } of roms) {
    const file = fileName(name, format)
    const owner = owners.get(file.toLowerCase())
    if (owner !== undefined)
      throw new InputError(`${owner} and ${name} would both be written to ${file}.`, '--names', 'Rename one.')
    owners.set(file.toLowerCase(), name)
  }
}
