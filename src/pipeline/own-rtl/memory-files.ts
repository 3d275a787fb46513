/** This file writes what a board needs to run the user's module: the bytes of its memories, their addresses, and the program. */
import { join } from 'node:path'
import * as v from 'valibot'
import { type AddressMap, type MemorySpan, renderHeader, renderPackage } from '../../artefacts/address-map.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { acceptJson, openObject, recordOf } from '../../input/schema.ts'
import { bytesNeeded, type MappedRegion } from '../../operator/mapped-region.ts'
import type { LayerInfo } from '../../operator/types.ts'
import { writeIntelHex } from '../../rom/formats/intel-hex.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import { type FileSet, writeSet } from '../../store/file-set.ts'
import { listNames, readCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { type LayerConfig, settleRun } from './config.ts'
import { type OperatorSimulationOptions, prepareRun } from './prepare.ts'
import { comparedLayers, layImages } from './run-memory.ts'

/** Says that a set is complete, so it is written last. */
const LIST = 'memory.json'
const FORMER = openObject({
  format: v.literal('assay memory map'),
  module: v.string(),
  memories: v.array(openObject({ files: recordOf(v.string()) })),
})

/** Beside the bytes and the list. */
function filesOf(module: string, path: string): readonly [header: string, constants: string, dump: string] {
  const name = pathName(module, path)
  return [`${name}_memory.h`, `${name}_memory_pkg.sv`, join('readback', 'dump.json')]
}

/** Files of earlier sets. What a person put beside them stays. */
async function listFormer(root: string): Promise<readonly string[]> {
  const names = await listNames(root)
  // A set of one layer is in a folder, which lists its set.
  const inside = await Promise.all(names.map((name) => listNames(join(root, name))))
  const folders = [
    root,
    ...names.filter((_, index) => inside[index]!.includes(LIST)).map((name) => join(root, name)),
  ]
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const path = join(folder, LIST)
      const text = await readCached(path)
      const old = text === null ? null : acceptJson(FORMER, new TextDecoder().decode(text))
      if (old === null) return []
      const bytes = old.memories.flatMap(({ files }) =>
        Object.values(files).map((name) => pathName(name, path)),
      )
      return [LIST, ...filesOf(old.module, path), ...bytes].map((name) => join(folder, name))
    }),
  )
  return lists.flat()
}

/** One run's files. */
export interface MemorySet {
  readonly folder: string
  readonly map: AddressMap
}

const MOST_BYTES = 2 ** 29

/**
 * Writes a set for each claimed layer, or one for all where they are chained, in place of those of an earlier run.
 *
 * @param wordBits of a line of the `.mem` files
 * @throws InputError for a configuration without regions, and for memories that are larger than a file should be
 */
export async function writeMemoryFiles(
  options: OperatorSimulationOptions,
  wordBits: number,
  progress: Progress,
): Promise<readonly MemorySet[]> {
  const { loaded, folder } = options
  if ((loaded.config.regions ?? []).length === 0)
    throw new InputError(
      'has no regions: its tensors cross ports, and nothing lies in a memory',
      loaded.path,
      'docs/own-rtl.md, "Registers and a DDR", shows a module that works in one.',
    )
  const { layers, isChained, golden } = await prepareRun(options, progress)
  const task = progress.start(`write the memories of ${loaded.config.top}`)
  const root = join(folder, 'memory')
  const runs = isChained ? [layers] : layers.map((layer) => [layer])
  const sets = await writeSet(async (set) => {
    for (const path of await listFormer(root)) set.drop(path)
    const written: MemorySet[] = []
    for (const [index, run] of runs.entries()) {
      task.update(index / runs.length, run[0]!.name)
      const own = isChained ? root : join(root, pathName(run[0]!.name, loaded.path))
      written.push(await writeRun(set, own, settleRun(loaded, run), run, golden, wordBits))
    }
    return written
  })
  task.done(`${sets.length === 1 ? 'one set' : `${sets.length} sets`} in ${root}`)
  return sets
}

async function writeRun(
  set: FileSet,
  folder: string,
  own: LayerConfig,
  run: readonly LayerInfo[],
  golden: Golden,
  wordBits: number,
): Promise<MemorySet> {
  const { config, path } = own
  const images = layImages(own, run, golden)
  const memories: MemorySpan[] = []
  for (const [bus, setting] of Object.entries(config.buses)) {
    if (setting.kind !== 'axi-memory') continue
    const { base = 0 } = setting
    const bytes = joinImages(images, bus, base, path)
    const name = pathName(bus, path)
    const files = { bin: `${name}.bin`, hex: `${name}.hex`, mem: `${name}.mem` }
    const byte = { name, width: 8, depth: bytes.length, bytes }
    await set.put(join(folder, files.bin), bytes)
    await set.put(join(folder, files.hex), writeIntelHex(byte))
    await set.put(
      join(folder, files.mem),
      writeReadmemh({ ...byte, width: wordBits, depth: bytes.length / (wordBits / 8) }),
    )
    memories.push({ bus, base, bytes: bytes.length, files, sha256: sha256(bytes) })
  }
  const map: AddressMap = {
    ...{ format: 'assay memory map', version: 1, module: config.top, layers: run.map(({ name }) => name) },
    memories,
    regions: config.regions.map(addressOf),
    program: config.program,
  }
  const [header, constants, dump] = filesOf(config.top, path)
  await set.put(join(folder, header), renderHeader(map))
  await set.put(join(folder, constants), renderPackage(map))
  await set.put(join(folder, dump), `${JSON.stringify(describeReadback(own, run), null, 1)}\n`)
  await set.put(join(folder, LIST), `${JSON.stringify(map, null, 1)}\n`)
  return { folder, map }
}

/** The bytes of a memory, from its base. Images come in the order in which they are laid. */
function joinImages(
  images: ReadonlyMap<MappedRegion, Uint8Array>,
  bus: string,
  base: number,
  path: string,
): Uint8Array {
  const own = [...images].filter(([region]) => region.bus === bus)
  const size = bytesNeeded([...images.keys()], bus, base)
  if (size > MOST_BYTES)
    throw new InputError(
      `regions: those of ${bus} reach over ${size} bytes, more than ${MOST_BYTES} for a file`,
      path,
      'Place them nearer together, or leave `at` out.',
    )
  const bytes = new Uint8Array(size)
  for (const [region, image] of own) bytes.set(image, region.at - base)
  return bytes
}

const addressOf = ({ name, layer, tensor, source, bus, at, bytes, order, lanes, bits }: MappedRegion) => ({
  ...{ name, layer, tensor, bus, address: at, bytes },
  ...(source === undefined ? {} : { source }),
  ...(tensor === null ? {} : { order, lanes, bits }),
})

/** What `assay compare` needs to read the outputs from a copy of the memory. */
function describeReadback(own: LayerConfig, run: readonly LayerInfo[]) {
  const { regions, buses } = own.config
  const tensors = comparedLayers(own, run).map(({ name, signedCodes }) => {
    const { bus, at, order, lanes, bits } = regions.find(
      ({ tensor, layer }) => tensor === 'output' && layer === name,
    )!
    const setting = buses[bus]!
    const base = setting.kind === 'axi-memory' ? (setting.base ?? 0) : 0
    const layout = { offset: at - base, order, lanes, bits, signed: signedCodes === 1, endian: 'little' }
    return [name, { file: `${pathName(bus, own.path)}.bin`, ...layout }] as const
  })
  return { tensors: Object.fromEntries(tensors) }
}
