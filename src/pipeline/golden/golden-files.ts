/** This file writes golden data: a `.npy` and a ROM text per tensor, one `.pickle` of all, and an index that describes them. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNpy } from '../../artefacts/npy.ts'
import { writePickle } from '../../artefacts/pickle.ts'
import type { Tensor } from '../../artefacts/tensor.ts'
import { boxOffset, hardwareCodes, hardwareQuant, profileOf } from '../../golden/code-range.ts'
import { digest } from '../../golden/digest.ts'
import type { Codes, IntegerBox, IntegerGraph } from '../../golden/types.ts'
import { pathName } from '../../input/path-name.ts'
import { plainActivation } from '../../rom/activation-rom.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import type { RomImage } from '../../rom/formats/types.ts'
import { type FileSet, writeSet } from '../../store/file-set.ts'
import { sha256 } from '../../store/hash.ts'
import type { Progress } from '../files/progress.ts'
import type { LoadedImage } from '../model/golden-run.ts'
import type { FileRecord, RunRecord } from '../model/run-record.ts'

export interface GoldenIndex extends RunRecord {
  readonly format: 'assay golden'
  readonly version: 1
  /** Name of the profile of arithmetic. */
  readonly profile: string
  readonly image: FileRecord
  /** The boxes of the engine's program, one object each; null in the plain layout and without an integer head. */
  readonly boxes: FileRecord | null
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
    /** Order-sensitive digest of the codes, signed ones less the least. */
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
  readonly boxes?: readonly IntegerBox[] | null
}

const BOXES = 'boxes.json'

/** Writes the files, and removes those of an earlier run whose tensors are no longer among them. Where one fails nothing is changed. */
export async function writeGolden(
  folder: string,
  { graph, tensors, image, record, lay, boxes }: GoldenContent,
  progress: Progress,
): Promise<GoldenIndex> {
  const task = progress.start('write activations')
  const profile = profileOf(graph)
  const index = await writeSet(async (set) => {
    const entries: GoldenIndex['tensors'][number][] = []
    const arrays = new Map<string, Tensor>()
    for (const node of graph.nodes) {
      const { name, op, shape, quant } = node
      task.update(entries.length / graph.nodes.length, name)
      const codes = tensors.get(name)!
      const data = hardwareCodes(profile, codes, quant.bits)
      const rom = lay?.(name, codes) ?? plainActivation(name, data, quant.bits)
      const [file, text] = [pathName(`${name}.npy`, 'layer'), pathName(`${name}.mem`, 'layer')]
      await set.put(join(folder, file), writeNpy({ shape, data }))
      await set.put(join(folder, text), writeReadmemh(rom))
      arrays.set(name, { shape, data })
      const memory = { rom: text, romWords: rom.depth, romWidth: rom.width }
      entries.push({
        name,
        op,
        file,
        ...memory,
        shape,
        ...hardwareQuant(profile, quant),
        digest: digest(codes),
      })
    }
    await set.put(join(folder, 'activations.pickle'), writePickle(arrays))
    const listed = boxes == null ? null : renderBoxes(boxes, boxOffset(graph))
    if (listed !== null) await set.put(join(folder, BOXES), listed)
    await dropOthers(set, folder)
    const made: GoldenIndex = {
      format: 'assay golden',
      version: 1,
      ...record,
      profile: profile.name,
      image: { file: image.path.replace(/^.*[\\/]/, ''), sha256: sha256(image.bytes) },
      boxes: listed === null ? null : { file: BOXES, sha256: sha256(listed) },
      tensors: entries,
    }
    // The index is put last and the old one goes first, so a folder without one is incomplete.
    set.drop(join(folder, 'index.json'))
    await set.put(join(folder, 'index.json'), `${JSON.stringify(made, null, 1)}\n`)
    return made
  })
  task.done(`${index.tensors.length} tensors`)
  return index
}

/** One box a line, in the units of the detector's box port, and its code as the hardware has it. */
const renderBoxes = (boxes: readonly IntegerBox[], offset: number): string => {
  const lines = boxes.map((box) => ` ${JSON.stringify({ ...box, code: box.code - offset })}`)
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`
}

async function dropOthers(set: FileSet, folder: string): Promise<void> {
  const names = await readdir(folder)
  for (const name of names)
    if ((/^[^.].*\.(npy|mem)$/.test(name) || name === BOXES) && !set.has(join(folder, name)))
      set.drop(join(folder, name))
}
