/** This file writes a set of ROMs whole: files for `$readmemh`, the parameters that fit, and what a vendor's tools read. */
import { join } from 'node:path'
import { PACKAGE, TOP, TOP_AXI, writePackage, writeTop, writeTopAxi } from '../../detector/top-module.ts'
import { printable } from '../../input/printable.ts'
import { ROM_NAMES, type RomName, type RomSet } from '../../rom/emit.ts'
import type { RomFormatId } from '../../rom/formats/formats.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import { countLevels } from '../../rom/program.ts'
import { hexWord } from '../../rom/program-header.ts'
import { memoryImage, WEIGHTS_IMAGE } from '../../rom/weights-image.ts'
import { type FileSet, writeSet } from '../../store/file-set.ts'
import { readCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { type Progress, silent } from '../files/progress.ts'
import type { RunRecord } from '../model/run-record.ts'
import { addExports, type RomExports } from './exports.ts'
import { listProgram, MANIFEST_VERSION, type RomFileEntry, type RomManifest, readOld } from './files.ts'
import { dropFormer } from './former-set.ts'

const LANE_ORDER: Readonly<Record<RomName, string>> = {
  program: '32-bit words: header, then 32 words per instruction',
  weights: 'weight of output lane o, input lane i in bits (o*PI + i)*W +: W',
  params: 'output lane o in bits o*64 +: 64: bias [31:0], multiplier [47:32], shift [53:48]',
  tables: 'one code per word, 2^P codes per table',
  head: '16-bit words: exponentials, then scores',
}

/** What a set holds beside the files that the simulation reads. */
export interface MoreRoms {
  /** Name of the quantisation, for the package. */
  readonly scheme: string
  /** The vendors' formats. */
  readonly formats: readonly RomFormatId[]
  readonly record: RunRecord
}

export interface WrittenRoms {
  readonly manifest: RomManifest
  /** Names of the package and of the top module. */
  readonly top: readonly string[]
  /** Null where no format was asked for. */
  readonly exports: RomExports | null
}

/** Writes the five files, a disassembly and `manifest.json`. Files with the same content are not written again. */
export async function writeRomFiles(folder: string, roms: RomSet, model: string): Promise<RomManifest> {
  return (await writeTogether(folder, roms, model, null, silent)).manifest
}

/**
 * As `writeRomFiles`, with a package of the parameters that fit, top modules that have them, the bytes of the weights for a memory, and
 * the vendors' formats.
 */
export const writeRoms = (
  folder: string,
  roms: RomSet,
  model: string,
  more: MoreRoms,
  progress: Progress,
): Promise<WrittenRoms> => writeTogether(folder, roms, model, more, progress)

async function writeTogether(
  folder: string,
  roms: RomSet,
  model: string,
  more: MoreRoms | null,
  progress: Progress,
): Promise<WrittenRoms> {
  const old = await readOld(folder)
  const { written, say } = await writeSet(async (set) => {
    const top = more === null ? [] : await addTopModule(set, folder, roms, model, more.scheme)
    const next = await addRomFiles(set, folder, roms, model, old)
    const exports =
      more === null || more.formats.length === 0
        ? null
        : await addExports(
            set,
            folder,
            {
              roms: ROM_NAMES.map((name) => roms[name]),
              formats: more.formats,
              layout: 'engine',
              engine: roms.engine,
              record: more.record,
            },
            progress,
          )
    const sayFormer = await dropFormer(set, folder, { old, next }, more?.formats ?? [])
    return { written: { manifest: next, top, exports }, say: sayFormer }
  })
  say()
  return written
}

async function addTopModule(
  set: FileSet,
  folder: string,
  roms: RomSet,
  model: string,
  scheme: string,
): Promise<readonly string[]> {
  // A name of a file can hold what would end a comment.
  const about = `model ${hexWord(roms.modelId)} of ${printable(model)}, ${scheme}`
  const files = [
    [`${PACKAGE}.sv`, writePackage(roms, about)],
    [`${TOP}.sv`, writeTop(roms)],
    [`${TOP_AXI}.sv`, writeTopAxi(roms)],
  ] as const
  for (const [file, text] of files) await set.put(join(folder, file), text)
  await set.put(join(folder, WEIGHTS_IMAGE), memoryImage(roms.weights))
  return files.map(([file]) => file)
}

async function addRomFiles(
  set: FileSet,
  folder: string,
  roms: RomSet,
  model: string,
  old: RomManifest | null,
): Promise<RomManifest> {
  const entries: Partial<Record<RomName, RomFileEntry>> = {}
  for (const name of ROM_NAMES) {
    const image = roms[name]
    const text = writeReadmemh(image)
    const file = `${name}.mem`
    const hash = sha256(text)
    const known = old?.files[name].sha256 === hash ? await readCached(join(folder, file)) : null
    if (known === null || sha256(known) !== hash) await set.put(join(folder, file), text)
    entries[name] = {
      file,
      words: image.depth,
      width: image.width,
      laneOrder: LANE_ORDER[name],
      sha256: hash,
    }
  }
  await set.put(join(folder, 'program.txt'), `${listProgram(roms).join('\n')}\n`)
  const manifest: RomManifest = {
    format: 'assay roms',
    version: MANIFEST_VERSION,
    model,
    modelId: hexWord(roms.modelId),
    profile: roms.profile,
    engine: roms.engine,
    featureRows: roms.featureRows,
    levels: countLevels(roms.steps.map(({ instruction }) => instruction)),
    files: entries as Record<RomName, RomFileEntry>,
  }
  await set.put(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}
