/** This file writes golden data: a `.npy` and a ROM text per tensor, one `.pickle` of all, and an index that describes them. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNpy } from '../../artefacts/npy.ts'
import { writePickle } from '../../artefacts/pickle.ts'
import { digest } from '../../golden/digest.ts'
import type { Codes, IntegerGraph } from '../../golden/types.ts'
import { pathName } from '../../input/path-name.ts'
import { plainActivation } from '../../rom/activation-rom.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import type { RomImage } from '../../rom/formats/types.ts'
import { writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { Progress } from '../files/progress.ts'
import type { LoadedImage } from '../model/golden-run.ts'
import type { FileRecord, RunRecord } from '../model/run-record.ts'

export interface GoldenIndex extends RunRecord {
  readonly format: 'assay golden'
  readonly version: 1
  readonly image: FileRecord
  readonly tensors: readonly {
    readonly name: string
    readonly op: string
    readonly file: string
    readonly rom: string
    /** Number of words of the ROM text, and bits per word. */
    readonly romWords: number
    readonly romWidth: number
    readonly shape: readonly number[]
    readonly scale: number
    readonly zeroPoint: number
    readonly bits: number
    /** Order-sensitive digest of the codes. */
    readonly digest: string
  }[]
}

/** Lays a tensor out as a memory, in another layout than the plain one. */
export type LayActivation = (name: string, codes: Codes) => RomImage

export interface GoldenContent {
  readonly graph: IntegerGraph
  readonly tensors: ReadonlyMap<string, Codes>
  readonly image: LoadedImage
  readonly record: RunRecord
  readonly lay?: LayActivation
}

/** Writes the files, and removes those of an earlier run whose tensors are no longer among them. */
export async function writeGolden(
  folder: string,
  { graph, tensors, image, record, lay }: GoldenContent,
  progress: Progress,
): Promise<GoldenIndex> {
  const task = progress.start('write activations')
  // The index is written last, so a folder without one is incomplete.
  await rm(join(folder, 'index.json'), { force: true })
  const entries: GoldenIndex['tensors'][number][] = []
  const arrays = new Map<string, { shape: readonly number[]; data: Codes }>()
  for (const node of graph.nodes) {
    const { name, op, shape, quant } = node
    task.update(entries.length / graph.nodes.length, name)
    const codes = tensors.get(name)!
    const rom = lay?.(name, codes) ?? plainActivation(name, codes, quant.bits)
    const [file, text] = [pathName(`${name}.npy`, 'layer'), pathName(`${name}.mem`, 'layer')]
    await writeWhole(join(folder, file), writeNpy({ shape, data: codes }))
    await writeWhole(join(folder, text), writeReadmemh(rom))
    arrays.set(name, { shape, data: codes })
    const memory = { rom: text, romWords: rom.depth, romWidth: rom.width }
    entries.push({ name, op, file, ...memory, shape, ...quant, digest: digest(codes) })
  }
  await writeWhole(join(folder, 'activations.pickle'), writePickle(arrays))
  await removeOthers(folder, new Set(entries.flatMap(({ file, rom }) => [file, rom])))
  const index: GoldenIndex = {
    format: 'assay golden',
    version: 1,
    ...record,
    image: { file: image.path.replace(/^.*[\\/]/, ''), sha256: sha256(image.bytes) },
    tensors: entries,
  }
  await writeWhole(join(folder, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
  task.done(`${entries.length} tensors`)
  return index
}

async function removeOthers(folder: string, own: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder))
    if (/^[^.].*\.(npy|mem)$/.test(name) && !own.has(name)) await rm(join(folder, name))
}
