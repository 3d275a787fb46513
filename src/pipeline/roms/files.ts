/** This file reads the manifest of ROM files, and checks such files before a simulation reads them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { acceptJson, type Checked, checkJson, openObject, sha256Text, whole } from '../../input/schema.ts'
import { disassemble } from '../../rom/disassemble.ts'
import { ROM_NAMES, type RomName, type RomSet } from '../../rom/emit.ts'
import { wordBytes } from '../../rom/formats/types.ts'
import { type EngineParameters, engineParameters } from '../../rom/parameters.ts'
import {
  describeEngine,
  describeMisfit,
  hexWord,
  IDENTITY_WORDS,
  readIdentity,
} from '../../rom/program-header.ts'
import { readCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'

const romFile = openObject({
  file: v.string(),
  words: whole(0),
  /** Bits per word. */
  width: whole(1),
  laneOrder: v.string(),
  sha256: sha256Text,
})
export type RomFileEntry = Checked<typeof romFile>

export const MANIFEST_VERSION = 2

const MANIFEST = openObject({
  format: v.literal('assay roms'),
  version: v.literal(MANIFEST_VERSION),
  model: v.string(),
  modelId: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/, 'eight hexadecimal digits')),
  /** Name of the profile of arithmetic; absent for `assay`. */
  profile: v.optional(v.string()),
  engine: engineParameters,
  featureRows: whole(0),
  /** Levels of the detect head that the program needs; 0: it has none. */
  levels: whole(0),
  files: openObject({ program: romFile, weights: romFile, params: romFile, tables: romFile, head: romFile }),
})
export type RomManifest = Checked<typeof MANIFEST>

/** Lists the program as text: an instruction's number, operation and layer, then what it does, indented. */
export const listProgram = (roms: RomSet): readonly string[] =>
  roms.steps.flatMap(({ name, instruction }, pc) => [
    `${String(pc).padStart(3)}  ${instruction.op.padEnd(8)}  ${name}`,
    ...disassemble(instruction).map((line) => `     ${line}`),
  ])

/** What was written here before; null if nothing that is whole. */
export async function readOld(folder: string): Promise<RomManifest | null> {
  const bytes = await readCached(join(folder, 'manifest.json'))
  return bytes === null ? null : acceptJson(MANIFEST, new TextDecoder().decode(bytes))
}

export const romPaths = (folder: string): Record<RomName, string> =>
  Object.fromEntries(ROM_NAMES.map((name) => [name, join(folder, `${name}.mem`)])) as Record<RomName, string>

const ADVICE = 'Write them again with `assay roms`.'

/**
 * Refuses ROM files that are missing, short, changed, or of another model, version or array. Verilator would only warn and read zeros.
 * @throws InputError naming the file, what was expected and what it holds.
 */
export async function checkRomFiles(folder: string, roms: RomSet): Promise<void> {
  const file = join(folder, 'manifest.json')
  const text = await readCached(file)
  if (text === null) throw new InputError('no ROM manifest', file, ADVICE)
  const manifest = checkJson(MANIFEST, new TextDecoder().decode(text), file, ADVICE)
  checkManifest(folder, manifest, roms)
  for (const name of ROM_NAMES) {
    const path = join(folder, `${name}.mem`)
    const expected = manifest.files[name]
    const bytes = await readFile(path).catch(() => null)
    if (bytes === null) throw new InputError('the ROM file is missing', path, ADVICE)
    if (name === 'program') checkProgram(path, bytes, roms)
    if (name === 'params') checkParams(path, bytes, roms)
    const digits = Math.ceil(roms[name].width / 4)
    const words = Math.floor(bytes.length / (digits + 1))
    if (words < expected.words)
      throw new InputError(
        `expected ${expected.words} words of ${digits} digits, the file holds ${words}`,
        path,
        ADVICE,
      )
    if (sha256(bytes) !== expected.sha256)
      throw new InputError(
        `the content is not what the manifest says (SHA-256 ${expected.sha256.slice(0, 12)}…)`,
        path,
        ADVICE,
      )
  }
}

function checkManifest(folder: string, manifest: RomManifest, roms: RomSet): void {
  const refuse = (what: string, wanted: string): never => {
    throw new InputError(`the ROMs ${what}, the run is for ${wanted}`, folder, ADVICE)
  }
  const id = hexWord(roms.modelId)
  if (manifest.modelId !== id) refuse(`belong to model ${manifest.modelId}`, `model ${id}`)
  const describe = (engine: EngineParameters): string =>
    `${describeEngine(engine)}, ${engine.capacity} candidates, ${engine.maxDetections} boxes`
  const [own, wanted] = [describe(manifest.engine), describe(roms.engine)]
  if (own !== wanted) refuse(`are for ${own}`, wanted)
}

const firstLines = (bytes: Uint8Array, count: number): readonly string[] =>
  new TextDecoder().decode(bytes.subarray(0, 64 * 1024)).split('\n', count)

/** Checks the program file itself, whatever its manifest says. */
function checkProgram(path: string, bytes: Uint8Array, roms: RomSet): void {
  const words = firstLines(bytes, IDENTITY_WORDS).map((line) => Number.parseInt(line, 16))
  const misfit = describeMisfit(readIdentity(words), roms)
  if (misfit !== null) throw new InputError(misfit, path, ADVICE)
}

function checkParams(path: string, bytes: Uint8Array, roms: RomSet): void {
  const id = firstLines(bytes, 1)[0]!.slice(-8)
  if (id !== hexWord(roms.modelId))
    throw new InputError(
      `the parameters belong to model ${id}, the program to model ${hexWord(roms.modelId)}`,
      path,
      ADVICE,
    )
}

/** Bytes of all ROMs together. */
export const romBytes = (roms: RomSet): number =>
  ROM_NAMES.reduce((sum, name) => sum + roms[name].depth * wordBytes(roms[name].width), 0)
