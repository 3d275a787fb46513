/** What a run was made with: versions of everything that could change its result. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { IntegerGraph } from '../golden/types.ts'
import type { NetworkNode, SimulationRecord } from '../report/result.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { findTools } from '../simulate/tools.ts'
import { readInput, sha256 } from './files.ts'

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** @param sources RTL files, in the order in which they are compiled. */
export async function recordSimulation(
  sources: readonly string[],
  image: Uint8Array,
  engine: EngineParameters,
  startedAt: Date,
): Promise<SimulationRecord> {
  const [tools, assay, files] = await Promise.all([
    findTools(),
    ownVersion(),
    Promise.all(sources.map((path) => readInput(path))),
  ])
  const { inputLanes, outputLanes, pixels, weightBits, activationBits, tableBits } = engine
  return {
    assay,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    verilator: tools.verilator.banner,
    compiler: tools.compiler.banner,
    rtlHash: sha256(...files.map((bytes, index) => `${basename(sources[index]!)} ${sha256(bytes)}\n`)),
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
