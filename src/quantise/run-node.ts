/** Runs an integer network on several images at once, node by node, so that each node may depend on what the nodes before it gave. */
import type { Profile } from '../arithmetic/profile.ts'
import { type Crew, Engine, type EngineOptions } from '../golden/engine.ts'
import type { KernelMemory } from '../golden/engine-kernel.ts'
import { layerGraph } from '../golden/layer-graph.ts'
import { runSpecNode } from '../golden/run.ts'
import type { Codes, IntegerNode } from '../golden/types.ts'
import type { FloatNode } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'

/** For each tensor, the index of the last node that reads it. */
export function findLastReaders(scope: readonly FloatNode[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (const [index, node] of scope.entries())
    if (node.op !== 'input') for (const input of node.inputs) last.set(input, index)
  return last
}

export interface RunState {
  readonly nodes: ReadonlyMap<string, IntegerNode>
  /** Of each image, by name. */
  readonly tensors: readonly Map<string, Codes>[]
  readonly lastReader: ReadonlyMap<string, number>
  readonly crew: Crew | null
  readonly profile?: Profile | undefined
  /** One node after the other runs in it. */
  readonly memory: KernelMemory
}

/** Runs one integer node on every image, and drops the tensors that no later node reads. */
export async function runNode(
  node: IntegerNode,
  { nodes, tensors, lastReader, profile, ...engine }: RunState,
  index: number,
): Promise<void> {
  if (node.op === 'input') return
  const reads = [...new Set<string>(node.inputs)]
  if (lastReader.has(node.name)) {
    const run = prepareNode(
      node,
      node.inputs.map((name) => nodes.get(name)!),
      engine,
      profile,
    )
    for (const held of tensors) {
      await giveWay()
      held.set(node.name, run(node.inputs.map((name) => held.get(name)!)))
    }
  }
  for (const name of reads) if (lastReader.get(name) === index) for (const held of tensors) held.delete(name)
}

/** A node that computes takes the engine; codes that are passed on are copied as they lie. */
function prepareNode(
  node: IntegerNode,
  inputs: readonly IntegerNode[],
  options: EngineOptions,
  profile: Profile | undefined,
): (codes: readonly Codes[]) => Codes {
  if (node.op === 'slice' || (node.op === 'concat' && profile?.concat === undefined))
    return (codes) =>
      runSpecNode(
        node,
        inputs.map(({ shape, quant }, i) => ({ codes: codes[i]!, shape, quant })),
      )
  const engine = Engine.create(layerGraph(node, [...new Set(inputs)], profile), options)
  return (codes) => engine.runLayer(node.name, codes)
}
