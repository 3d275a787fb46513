/** This file writes ROMs in the formats of vendors' tools, each in its own folder beside the `.mem` files of the simulation. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { giveWay } from '../../input/give-way.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { splitRom } from '../../rom/formats/bank.ts'
import { ROM_FORMATS, type RomFormatId } from '../../rom/formats/formats.ts'
import { packageName } from '../../rom/formats/sv-package.ts'
import type { RomImage } from '../../rom/formats/types.ts'
import { writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { createWriter, type FileWriter } from '../../store/writer.ts'
import type { Progress } from '../files/progress.ts'
import type { RunRecord } from '../model/run-record.ts'

export type RomLayout = 'engine' | 'plain'

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
  readonly layout: RomLayout
  readonly files: readonly RomExport[]
}

export interface ExportContent {
  readonly roms: readonly RomImage[]
  readonly formats: readonly RomFormatId[]
  readonly layout: RomLayout
  readonly record: RunRecord
}

/**
 * Writes every ROM in every format to `<folder>/<format>/`, which is emptied first, and lists them in `<folder>/<layout>.json`.
 * @throws InputError before anything is written if two ROMs would have the same file.
 */
export async function exportRoms(
  folder: string,
  { roms, formats, layout, record }: ExportContent,
  progress: Progress,
): Promise<RomExports> {
  for (const format of formats) checkNames(roms, format)
  const files: RomExport[] = []
  const list = join(folder, `${layout}.json`)
  // The list is written last, so files without one are incomplete.
  await rm(list, { force: true })
  // All formats share one writer: it still writes the last files of a format while those of the next are made.
  const writer = createWriter()
  for (const format of formats) {
    const task = progress.start(`write ${ROM_FORMATS[format].title}`)
    const target = join(folder, format)
    await rm(target, { recursive: true, force: true })
    let bytes = 0
    for (const [index, rom] of roms.entries()) {
      task.update(index / roms.length, rom.name)
      const written = await exportRom(folder, rom, format, writer)
      files.push(...written)
      bytes += written.reduce((sum, file) => sum + file.bytes, 0)
    }
    task.done(`${(bytes / 1e6).toFixed(1)} MB in ${target}`)
  }
  await writer.finish()
  const exports: RomExports = { format: 'assay rom exports', version: 1, ...record, layout, files }
  await writeWhole(list, `${JSON.stringify(exports, null, 1)}\n`)
  return exports
}

async function exportRom(
  folder: string,
  rom: RomImage,
  format: RomFormatId,
  writer: FileWriter,
): Promise<RomExport[]> {
  const { limits, write } = ROM_FORMATS[format]
  const written: RomExport[] = []
  for (const bank of splitRom(rom, limits)) {
    const file = `${format}/${pathName(fileName(bank.rom.name, format), 'ROM')}`
    const data = write(bank.rom)
    await writer.put(join(folder, file), data)
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
