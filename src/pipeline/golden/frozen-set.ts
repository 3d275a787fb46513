/**
 * A frozen set is golden data under version control: the integer graph, the image's codes, a digest of every layer, and all codes of
 * chosen layers. A check of RTL against it needs no checkpoint and no float runtime.
 */
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readNpy, writeNpy } from '../../artefacts/npy.ts'
import { ArtefactError, type Tensor } from '../../artefacts/tensor.ts'
import { diffFrozen, type FrozenLayer, type LayerChange } from '../../diff/frozen.ts'
import { hardwareCodes, profileName, profileOf } from '../../golden/code-range.ts'
import { digest } from '../../golden/digest.ts'
import type { Codes, IntegerGraph, NmsResult } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { modelIdOf, readIntegerGraph, writeIntegerGraph } from '../../quantise/integer-file.ts'
import { readInput, writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { ADVICE, checkAgainstGraph, type FrozenIndex, layerFile, parseFrozenIndex } from './frozen-index.ts'

export type { FrozenIndex } from './frozen-index.ts'

export interface FrozenSet {
  readonly folder: string
  readonly index: FrozenIndex
  readonly graph: IntegerGraph
  readonly modelId: number
  /** Codes of the network's input. */
  readonly image: Codes
  /** All codes of the chosen layers. */
  readonly full: ReadonlyMap<string, Codes>
}

export const FROZEN_FILES = { index: 'frozen.json', graph: 'graph.assay' } as const

/** Writes a set, and removes tensors of an earlier set in the same folder that are no longer chosen. */
export async function writeFrozen(
  folder: string,
  graph: IntegerGraph,
  tensors: ReadonlyMap<string, Codes>,
  about: Pick<FrozenIndex, 'tableBits' | 'nms' | 'stimulus' | 'image' | 'boxes'> & { readonly model: string },
  chosen: ReadonlySet<string>,
): Promise<FrozenIndex> {
  const file = writeIntegerGraph(graph)
  const layers: FrozenIndex['layers'][number][] = []
  for (const { name, op, shape, quant } of graph.nodes) {
    const codes = tensors.get(name)!
    // The input's codes are always written, because everything else follows from them.
    const path = op === 'input' || chosen.has(name) ? layerFile(name, folder) : null
    // As the hardware has them, so that they are a dump like any other.
    const data = hardwareCodes(profileOf(graph), codes, quant.bits)
    if (path !== null) await writeWhole(join(folder, path), writeNpy({ shape, data }))
    layers.push({ name, op, shape, ...quant, digest: digest(codes), file: path })
  }
  const own = new Set(layers.flatMap(({ file: path }) => (path === null ? [] : [basename(path)])))
  for (const name of await readdir(join(folder, 'layers')))
    if (name.endsWith('.npy') && !own.has(name)) await rm(join(folder, 'layers', name))
  await writeWhole(join(folder, FROZEN_FILES.graph), file)
  const { weightBits, activationBits } = graph
  const { model, tableBits, nms, stimulus, image, boxes } = about
  const index: FrozenIndex = {
    format: 'assay frozen',
    version: 1,
    model: pathName(model, folder),
    weightBits,
    activationBits,
    tableBits,
    profile: profileName(graph),
    nms,
    stimulus,
    graph: sha256(file),
    image,
    layers,
    boxes,
  }
  // The index is written last, so a set without it is incomplete.
  await writeWhole(join(folder, FROZEN_FILES.index), renderIndex(index))
  return index
}

/** Writes one layer per line, so that a change of one layer changes one line. */
function renderIndex({ layers, ...rest }: FrozenIndex): string {
  const head = JSON.stringify(rest, null, 1).replace(/\n\}$/, '')
  return `${head},\n "layers": [\n${layers.map((layer) => `  ${JSON.stringify(layer)}`).join(',\n')}\n ]\n}\n`
}

/** @throws InputError if the index is missing, incomplete, or no index of a set. */
export async function readFrozenIndex(folder: string): Promise<FrozenIndex> {
  const path = join(folder, FROZEN_FILES.index)
  const bytes = await readInput(path, 'Give a folder that `assay golden --freeze` wrote.')
  return parseFrozenIndex(new TextDecoder().decode(bytes), path)
}

/** Reads a set and checks every file of it against the index. @throws InputError naming the file that is not what was frozen. */
export async function readFrozen(folder: string): Promise<FrozenSet> {
  const index = await readFrozenIndex(folder)
  const path = join(folder, FROZEN_FILES.graph)
  const file = await readInput(path, ADVICE)
  if (sha256(file) !== index.graph)
    throw new InputError('the graph is not the one that was frozen', path, ADVICE)
  const graph = readIntegerGraph(file, path)
  checkAgainstGraph(index, graph, join(folder, FROZEN_FILES.index))
  const full = new Map<string, Codes>()
  for (const layer of index.layers) {
    const codes = await readLayer(folder, layer)
    if (codes !== null) full.set(layer.name, codes)
  }
  const image = full.get(index.layers[0]!.name)
  if (image === undefined) throw new InputError('the codes of the image are missing', folder, ADVICE)
  return { folder, index, graph, modelId: modelIdOf(file), image, full }
}

async function readLayer(
  folder: string,
  { name, file, shape: wantedShape, bits, digest: wanted }: FrozenLayer,
): Promise<Codes | null> {
  if (file === null) return null
  const path = join(folder, file)
  const { data: own, shape } = readCodes(await readInput(path, ADVICE), path)
  if (shape.join() !== wantedShape.join())
    throw new InputError(`expected codes of shape [${wantedShape}], got [${shape}]`, path, ADVICE)
  const data =
    own instanceof Int8Array || own instanceof Int16Array
      ? (bits <= 8 ? new Uint8Array(own.length) : new Uint16Array(own.length)).map(
          (_, at) => own[at]! + 2 ** (bits - 1),
        )
      : own
  if (!(data instanceof Uint8Array || data instanceof Uint16Array))
    throw new InputError('expected codes of 8 or 16 bits', path, ADVICE)
  if (digest(data) !== wanted)
    throw new InputError(`the codes of ${name} are not those that were frozen`, path, ADVICE)
  return data
}

function readCodes(bytes: Uint8Array, path: string): Tensor {
  try {
    return readNpy(bytes)
  } catch (error) {
    if (!(error instanceof ArtefactError)) throw error
    throw new InputError(error.message, path, ADVICE, { cause: error })
  }
}

/** The error that the reference model of this program does not compute what was frozen. */
export class FrozenMismatch extends Error {
  override readonly name = 'FrozenMismatch'
  readonly exitCode = 1
}

const MISMATCH_ADVICE =
  'Either the reference model changed, or another version wrote the set: assay diff OLD NEW shows what changed.'

/** @throws FrozenMismatch naming the first layer whose codes differ from the frozen ones. */
export function checkLayers(
  { folder, index }: Pick<FrozenSet, 'folder' | 'index'>,
  tensors: ReadonlyMap<string, Codes>,
): void {
  const wrong = index.layers.filter(({ name, digest: wanted }) => {
    const codes = tensors.get(name)
    return codes === undefined || digest(codes) !== wanted
  })
  if (wrong.length > 0)
    throw new FrozenMismatch(
      `${folder}: the reference model computes ${wrong.length} of ${index.layers.length} layers differently from the frozen set, first ${wrong[0]!.name}. ${MISMATCH_ADVICE}`,
    )
}

/** @throws FrozenMismatch for layers as `checkLayers` does, and for boxes. */
export function checkFrozen(
  set: FrozenSet,
  tensors: ReadonlyMap<string, Codes>,
  boxes: NmsResult | null,
): void {
  checkLayers(set, tensors)
  const { folder, index } = set
  if (JSON.stringify(boxes) !== JSON.stringify(index.boxes))
    throw new FrozenMismatch(
      `${folder}: the reference model finds other boxes than the frozen set holds. ${MISMATCH_ADVICE}`,
    )
}

/** What changed between two sets. */
export interface FrozenDiff {
  readonly older: FrozenIndex
  readonly newer: FrozenIndex
  /** Changes of the set as a whole: model, image, boxes. */
  readonly about: readonly string[]
  readonly layers: readonly LayerChange[]
}

export async function compareFrozen(olderFolder: string, newerFolder: string): Promise<FrozenDiff> {
  const [older, newer] = await Promise.all([readFrozenIndex(olderFolder), readFrozenIndex(newerFolder)])
  const read = async (folder: string, index: FrozenIndex): Promise<ReadonlyMap<string, Codes>> => {
    const pairs = await Promise.all(
      index.layers.map(async (layer) => [layer.name, await readLayer(folder, layer)] as const),
    )
    return new Map(pairs.flatMap(([name, codes]) => (codes === null ? [] : [[name, codes]])))
  }
  const [a, b] = await Promise.all([read(olderFolder, older), read(newerFolder, newer)])
  const layers = diffFrozen(older.layers, newer.layers, (name) => countDifferences(a.get(name), b.get(name)))
  return { older, newer, about: describeSets(older, newer), layers }
}

function countDifferences(a: Codes | undefined, b: Codes | undefined) {
  if (a === undefined || b === undefined) return null
  let differ = 0
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!)
    if (distance === 0) continue
    differ++
    if (distance > largest) largest = distance
  }
  return { differ, largest }
}

function describeSets(older: FrozenIndex, newer: FrozenIndex): readonly string[] {
  const about: string[] = []
  const compare = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b)) about.push(what)
  }
  const bits = ({ weightBits, activationBits, tableBits }: FrozenIndex): string =>
    `W${weightBits}A${activationBits}P${tableBits}`
  if (bits(older) !== bits(newer)) about.push(`bits ${bits(older)} -> ${bits(newer)}`)
  const [before, after] = [older, newer].map(({ profile }) => profile ?? 'assay')
  compare(`profile of arithmetic ${before} -> ${after}`, before, after)
  compare(`checkpoint ${older.model} -> ${newer.model}`, older.model, newer.model)
  compare(`image ${older.image.file} -> ${newer.image.file}`, older.image, newer.image)
  compare('quantised model: weights, tables or scales', older.graph, newer.graph)
  compare('settings of q_NMS', older.nms, newer.nms)
  compare(
    `stimulus ${older.stimulus ?? 'not chosen'} -> ${newer.stimulus ?? 'not chosen'}`,
    older.stimulus,
    newer.stimulus,
  )
  compare(
    `boxes ${older.boxes?.boxes.length ?? 'none'} -> ${newer.boxes?.boxes.length ?? 'none'}`,
    older.boxes,
    newer.boxes,
  )
  return about
}
