/** This file records what a run was made with: versions of everything that could change its result. */
import { basename, resolve } from 'node:path'
import type { IntegerConv, IntegerGraph } from '../../golden/types.ts'
import type { Environment } from '../../process/environment.ts'
import type { NetworkNode, Origin, SimulationRecord } from '../../result/record.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import { findTools } from '../../simulate/build/tools.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { readOwnVersion } from '../../store/own-version.ts'

/**
 * SHA-256 over the RTL: the sources in the order of compilation, then the included files by name. Folders do not count, because the
 * same files on another machine are the same RTL.
 */
export async function hashRtl(sources: readonly string[], inputs: readonly BuildInput[]): Promise<string> {
  const named = new Set(sources.map((path) => resolve(path)))
  const included = [...new Set(inputs.map(({ path }) => resolve(path)))].filter((path) => !named.has(path))
  const describe = async (path: string): Promise<string> =>
    `${basename(path)} ${sha256(await readInput(path))}\n`
  const lines = await Promise.all(sources.map(describe))
  return sha256(...lines, ...(await Promise.all(included.map(describe))).sort())
}

export interface Recorded {
  /** RTL files in the order of compilation. */
  readonly sources: readonly string[]
  /** Every file that the build read. */
  readonly inputs: readonly BuildInput[]
  readonly image: Uint8Array
  readonly engine: EngineParameters
  readonly startedAt: Date
  readonly origin?: Promise<Origin> | undefined
}

export async function recordSimulation(
  environment: Environment,
  { sources, inputs, image, engine, startedAt, origin }: Recorded,
): Promise<SimulationRecord> {
  const [tools, assay, rtlHash] = await Promise.all([
    findTools(environment),
    readOwnVersion(),
    hashRtl(sources, inputs),
  ])
  const { inputLanes, outputLanes, pixels, weightBits, activationBits, tableBits } = engine
  return {
    assay,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    verilator: tools.verilator.banner,
    compiler: tools.compiler.banner,
    rtlHash,
    imageHash: sha256(image),
    engine: { inputLanes, outputLanes, pixels, weightBits, activationBits, tableBits },
    startedAt: startedAt.toISOString(),
    origin: await origin,
  }
}

export const describeNetwork = (graph: IntegerGraph): readonly NetworkNode[] =>
  graph.nodes.map((node) => ({
    name: node.name,
    op: node.op,
    shape: node.shape,
    inputs: node.op === 'input' ? [] : node.inputs,
    ...(node.op === 'conv' ? { window: windowOf(node) } : {}),
  }))

const windowOf = ({ kernel, stride, padding, table }: IntegerConv): NetworkNode['window'] => ({
  ...{ kernel, stride, padding },
  table: table !== null,
})
