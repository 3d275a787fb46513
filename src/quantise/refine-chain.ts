/** Refines one convolution after the other and runs the integer network as far, so that each sees what it will really read. */
import type { Crew } from '../golden/engine.ts'
import { KernelMemory } from '../golden/engine-kernel.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { ConvNode, FloatGraph } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import type { ChosenLayer, LayerChoice } from './choose-layer.ts'
import { assembleGraph, createNodeBuilder, nodesInScope, type Ranges } from './integer-graph.ts'
import type { LayerSamples } from './layer-errors.ts'
import { gatherTaps } from './layer-samples.ts'
import type { LayerOptions, PlainLayer } from './refine-layer.ts'
import type { LayerTargets } from './refine-targets.ts'
import { findLastReaders, runNode } from './run-node.ts'

export interface ChainSetup {
  readonly graph: FloatGraph
  readonly ranges: Ranges
  /** Codes of the images that it runs on, by index. */
  readonly images: ReadonlyMap<number, Codes>
  readonly options: LayerOptions
  readonly crew: Crew | null
}

/** A convolution whose inputs are computed. */
export interface ReadyLayer extends PlainLayer {
  /** What it reads on some of the images, and what it should give. */
  gather(targets: LayerTargets, images: readonly number[]): Promise<LayerSamples>
}

export interface Chain {
  readonly integer: IntegerGraph
  /** By convolution. */
  readonly layers: ReadonlyMap<string, ChosenLayer>
}

export async function refineChain(
  { graph, ranges, images, options, crew }: ChainSetup,
  refine: (layer: ReadyLayer) => Promise<ChosenLayer>,
  onNode: (name: string, choice: LayerChoice | null) => void,
): Promise<Chain> {
  const scope = nodesInScope(graph, options.scope)
  const build = createNodeBuilder(graph, ranges, options)
  const lastReader = findLastReaders(scope)
  const tensors = new Map([...images].map(([i, image]) => [i, new Map([[scope[0]!.name, image]])]))
  const held = [...tensors.values()]
  const nodes = new Map<string, IntegerNode>()
  const layers = new Map<string, ChosenLayer>()
  const memory = new KernelMemory()
  for (const [index, node] of scope.entries()) {
    if (node.op === 'conv') {
      const input = nodes.get(node.inputs[0])!
      const plain = build(node) as IntegerConv
      const gather = (targets: LayerTargets, wanted: readonly number[]): Promise<LayerSamples> =>
        gatherSamples(node, input, targets, (image) => tensors.get(image)!.get(input.name)!, wanted)
      layers.set(node.name, await refine({ node, plain, inputScale: input.quant.scale, gather }))
    }
    const made = build(node, layers.get(node.name)?.refined)
    nodes.set(node.name, made)
    if (node.op !== 'input')
      await runNode(made, { nodes, tensors: held, lastReader, crew, memory, profile: options.profile }, index)
    onNode(node.name, layers.get(node.name)?.choice ?? null)
  }
  return { integer: assembleGraph(graph, [...nodes.values()], options), layers }
}

async function gatherSamples(
  node: ConvNode,
  { quant, shape }: IntegerNode,
  { positions, values }: LayerTargets,
  codesOf: (image: number) => Codes,
  images: readonly number[],
): Promise<LayerSamples> {
  const taps = node.inChannels * node.kernel * node.kernel
  const [channels] = node.shape
  const rows = images.reduce((sum, image) => sum + positions[image]!.length, 0)
  const inputs = new Float32Array(rows * taps)
  const targets = new Float32Array(rows * channels)
  // Every image has as many positions.
  const each = positions[0]!.length
  for (const [at, image] of images.entries()) {
    gatherTaps(node, { codes: codesOf(image), quant, shape }, positions[image]!, inputs, at * each)
    const own = values.subarray(image * each * channels, (image + 1) * each * channels)
    targets.set(own, at * each * channels)
    await giveWay()
  }
  return { inputs, targets, taps, channels, activated: node }
}
