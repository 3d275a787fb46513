/** What `assay quantise` of another model, or of another calibration, left in the folder of this one. */
import { join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, openObject } from '../../input/schema.ts'
import type { FileSet } from '../../store/file-set.ts'
import { listNames, readCached } from '../../store/files.ts'
import { notice } from '../../store/notice.ts'

export const BITS_FILE = 'activation-bits.json'
/** The convolutions as C arrays. */
export const CMSIS_FILE = 'cmsis-nn.h'
/** Folder for the `.npy` files of the quantised weights. */
export const NPY_FOLDER = 'weights'

/** Names that `assay quantise` gives, but for those of the files that every run writes. */
const OWN =
  /^((original|fused)\.(pickle|safetensors)|quantised\.pickle|(architecture|ranges|activation-bits)\.json|calibration\.(txt|json)|(float|quantised|qlinear)\.onnx|cmsis-nn\.h)$/
const OWN_FOLDERS = [
  { folder: NPY_FOLDER, name: /\.npy$/ },
  { folder: 'histograms', name: /\.svg$/ },
] as const

const MANIFEST = openObject({ format: v.literal('assay run'), model: openObject({ id: v.string() }) })

export interface Former {
  /** Id of the model; null if nothing says it. */
  readonly id: string | null
  /** Names of its files in the folder. */
  readonly files: readonly string[]
  /** How many of them this run does not write. */
  removed: number
  /** Where the bits that a search had found are now. */
  kept: string | null
}

/** @param id of the model that is written. @returns null where the folder holds the same one, or none */
export async function findFormer(folder: string, id: string): Promise<Former | null> {
  const bytes = await readCached(join(folder, 'manifest.json'))
  const former = bytes === null ? null : acceptJson(MANIFEST, new TextDecoder().decode(bytes))
  if (former?.model.id === id) return null
  const files = (await listNames(folder)).filter((name) => OWN.test(name))
  for (const { folder: inner, name } of OWN_FOLDERS)
    for (const file of await listNames(join(folder, inner)))
      if (name.test(file)) files.push(join(inner, file))
  return former === null && files.length === 0
    ? null
    : { id: former?.model.id ?? null, files, removed: 0, kept: null }
}

/** Drops its files at the end of the new set. The bits of its layers, which took minutes to find, get another name. */
export async function dropFormer(set: FileSet, folder: string, former: Former | null): Promise<void> {
  if (former === null) return
  for (const file of former.files) {
    const path = join(folder, file)
    if (file === BITS_FILE) {
      former.kept = `activation-bits-${former.id ?? 'former'}.json`
      const bits = await readCached(path)
      if (bits !== null) await set.put(join(folder, former.kept), bits)
    } else if (!set.has(path)) former.removed++
    set.drop(path)
  }
}

/** Says that another model was replaced, once this one is there. */
export function sayFormer(folder: string, former: Former | null): void {
  if (former === null) return
  const { id, removed, kept } = former
  const what = id === null ? 'files of an earlier run' : `model ${id} (another checkpoint or calibration)`
  notice(
    [
      `${folder} held ${what}, which this run replaces`,
      ...(removed === 0 ? [] : [`removed ${removed} file${removed === 1 ? '' : 's'} that it does not write`]),
      ...(kept === null ? [] : [`its activation bits are kept in ${kept}`]),
      'another --out keeps both',
    ].join('; '),
  )
}
