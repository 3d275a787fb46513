/** What a run was made with: versions of everything that could change its result. */
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { IntegerGraph } from '../../golden/types.ts'
import type { NetworkNode, SimulationRecord } from '../../result/result.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import { findTools } from '../../simulate/build/tools.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import { readInput, sha256 } from '../../store/files.ts'

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/**
 * SHA-256 over the RTL: the sources in the order in which they are compiled, then what they include, by name. Folders do not count: the
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

/**
 * @param sources RTL files, in the order in which they are compiled.
 * @param inputs every file that the build read.
 */
export async function recordSimulation(
  sources: readonly string[],
  inputs: readonly BuildInput[],
  image: Uint8Array,
  engine: EngineParameters,
  startedAt: Date,
): Promise<SimulationRecord> {
  const [tools, assay, rtlHash] = await Promise.all([findTools(), ownVersion(), hashRtl(sources, inputs)])
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
  }
}

export const describeNetwork = (graph: IntegerGraph): readonly NetworkNode[] =>
  graph.nodes.map((node) => ({
    name: node.name,
    op: node.op,
    shape: node.shape,
    inputs: node.op === 'input' ? [] : node.inputs,
  }))
