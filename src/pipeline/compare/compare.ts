/** `assay compare`: the tensors of a dump, which some other simulator or a board wrote, against golden ones. */
import { basename, join } from 'node:path'
import { profileName } from '../../golden/code-range.ts'
import type { Codes, IntegerGraph } from '../../golden/types.ts'
import { giveWay } from '../../input/give-way.ts'
import { InputError } from '../../input/input-error.ts'
import { conclude } from '../../result/conclusion.ts'
import type { Origin, RunHead } from '../../result/record.ts'
import type { LayerResult, SimResult } from '../../result/result.ts'
import { DEFAULT_ENGINE } from '../../rom/parameters.ts'
import { sha256 } from '../../store/hash.ts'
import { readOwnVersion } from '../../store/own-version.ts'
import { describeNetwork } from '../bench/record.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { writeResult } from '../report/decoration.ts'
import { compareDump } from './layer.ts'
import { readSource, readWaveforms } from './read.ts'
import { describeInferred } from './remarks.ts'
import { type DumpHashes, listSources, type Statement } from './sources.ts'

/** The golden side: a frozen set, or a model and an image. */
export interface ComparedModel {
  readonly name: string
  readonly hash: string
  /** Of the checkpoint; a frozen set has none. */
  readonly fileHash?: string
  readonly graph: IntegerGraph
  readonly image: { readonly path: string; readonly bytes: Uint8Array | Codes }
  /** The golden codes of these tensors, and of others where they are at hand. */
  readonly golden: (names: readonly string[]) => Promise<Golden>
}

export interface ComparisonOptions {
  /** File or folder. */
  readonly dump: string
  readonly stated: Statement
  /** The tensor of a file that is called otherwise. */
  readonly tensor: string | null
  readonly model: ComparedModel
  /** Chooses among the tensors of the dump. */
  readonly choose: (names: readonly string[]) => readonly number[]
  readonly folder: string
  readonly origin?: Promise<Origin>
}

/** @throws InputError naming the file of the dump and what is wrong in it. */
export async function runComparison(options: ComparisonOptions, progress: Progress): Promise<SimResult> {
  const startedAt = new Date()
  const { dump, stated, tensor, model, choose, folder } = options
  const { graph } = model
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const names = [...nodes.keys()]
  if (tensor !== null && !nodes.has(tensor))
    throw new InputError(`the network has no tensor ${tensor}`, '--tensor', '`assay inspect` shows them.')
  const hashes: DumpHashes = new Map()
  const all = await listSources(dump, names, stated, tensor, hashes)
  const sources = choose(all.map((source) => source.tensor)).map((index) => all[index]!)
  const golden = await model.golden(sources.map((source) => source.tensor))
  const task = progress.start('compare the dump')
  const waveforms = await readWaveforms(sources, hashes)
  const layers: LayerResult[] = []
  for (const source of sources) {
    task.update(layers.length / sources.length, source.tensor)
    const waveform = waveforms.get(source)
    const read =
      waveform === undefined
        ? await readSource(source, nodes.get(source.tensor)!.shape, hashes)
        : { content: waveform, stated: source.stated }
    const where = source.member === undefined ? source.path : `${source.path}:${source.member.name}`
    layers.push(compareDump(read, nodes.get(source.tensor)!, graph, golden, where))
    await giveWay()
  }
  const red = layers.filter(({ mismatches }) => mismatches > 0).length
  task.done(`${layers.length} tensors${red === 0 ? '' : `, ${red} differ`}`, red > 0)
  const remarks = describeInferred(layers)
  const result: SimResult = {
    ...(await describeHead(options, hashes, startedAt)),
    ...conclude({ layers, boxes: null }, 0),
    ...{ layers, boxes: null, replay: null, waveform: null, pictures: [] },
    remarks: remarks.length === 0 ? undefined : remarks,
  }
  await writeResult(join(folder, 'sim.json'), result, progress)
  return result
}

async function describeHead(
  { model: { name, hash, fileHash, graph, image }, origin }: ComparisonOptions,
  hashes: DumpHashes,
  startedAt: Date,
): Promise<RunHead> {
  const { weightBits, activationBits } = graph
  const none = 'none: a dump was compared'
  return {
    ...{
      model: name,
      modelHash: hash,
      modelFileHash: fileHash,
      weightBits,
      activationBits,
      profile: profileName(graph),
    },
    ...{ mode: 'compared', image: image.path, network: describeNetwork(graph) },
    run: {
      assay: await readOwnVersion(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      ...{ verilator: none, compiler: none },
      rtlHash: hashDump(hashes),
      imageHash: sha256(image.bytes as Uint8Array),
      engine: {
        ...{ inputLanes: 0, outputLanes: 0, pixels: 0, weightBits, activationBits },
        tableBits: DEFAULT_ENGINE.tableBits,
      },
      startedAt: startedAt.toISOString(),
      origin: await origin,
    },
  }
}

/** Of names and bytes, as for RTL: the folder does not count. */
const hashDump = (hashes: DumpHashes): string =>
  sha256([...hashes].map(([path, hash]) => `${basename(path)} ${hash}\n`).join(''))
