/**
 * Refinement: layer by layer from the image on, the integer network runs on calibration images, and each convolution's
 * weights and bias are chosen for the codes that it really reads. A layer thus also compensates the errors before it.
 */

import { type Crew, Engine, type EngineOptions } from '../golden/engine.ts'
import { KernelMemory } from '../golden/engine-kernel.ts'
import { runSpecNode } from '../golden/run.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { openCrew } from './engine-crew.ts'
import {
  assembleGraph,
  createNodeBuilder,
  nodesInScope,
  type Ranges,
  type RefinedLayer,
} from './integer-graph.ts'
import type { LayerSamples } from './layer-errors.ts'
import { gatherTaps } from './layer-samples.ts'
import { MatrixProducts } from './matrix-products.ts'
import { type LayerOptions, refineLayer } from './refine-layer.ts'
import type { LayerTargets, RefineTargets } from './refine-targets.ts'

/** Refined layers of an earlier run with the same inputs that was cut short. */
export interface LayerStore {
  read(layer: string): Promise<RefinedLayer | null>
  write(layer: string, refined: RefinedLayer): Promise<void>
  /** Layers that were read. */
  readonly found: number
}

export interface RefineProgress {
  readonly done: number
  readonly of: number
  readonly text: string
}

/** What is refined, and on what. */
export interface RefineTask {
  readonly graph: FloatGraph
  readonly ranges: Ranges
  /** What the float network gives for each image. */
  readonly targets: RefineTargets
  /** Codes of each image. */
  readonly images: readonly Codes[]
}

/** The integer graph with refined weights and biases. */
export async function refineGraph(
  task: RefineTask,
  options: LayerOptions,
  onProgress: (progress: RefineProgress) => void = () => {},
  store: LayerStore | null = null,
): Promise<IntegerGraph> {
  const { graph, ranges, targets, images } = task
  const scope = nodesInScope(graph, options.scope)
  const build = createNodeBuilder(graph, ranges, options)
  await using products = await MatrixProducts.create()
  const lastReader = findLastReaders(scope)
  const tensors = images.map((image) => new Map<string, Codes>([[scope[0]!.name, image]]))
  const nodes = new Map<string, IntegerNode>()
  using crew = openCrew(graph)
  const memory = new KernelMemory()
  const refine = async (node: ConvNode): Promise<RefinedLayer> => {
    const target = targets.take(node.name)
    const kept = (await store?.read(node.name)) ?? null
    if (kept !== null) return kept
    const input = nodes.get(node.inputs[0])!
    const samples = await gatherSamples(node, input, target, tensors)
    const layer = { node, plain: build(node) as IntegerConv, inputScale: input.quant.scale }
    const refined = await refineLayer(layer, samples, products, options)
    await store?.write(node.name, refined)
    return refined
  }
  for (const [index, node] of scope.entries()) {
    const made = node.op === 'conv' ? build(node, await refine(node)) : build(node)
    nodes.set(node.name, made)
    if (node.op !== 'input') await runNode(made, { nodes, tensors, lastReader, crew, memory }, index)
    onProgress({ done: index + 1, of: scope.length, text: node.name })
  }
  return assembleGraph(graph, [...nodes.values()], options)
}

/** What the convolution reads in the integer network so far, and what it should give. */
async function gatherSamples(
  node: ConvNode,
  input: IntegerNode,
  { positions, values }: LayerTargets,
  tensors: readonly ReadonlyMap<string, Codes>[],
): Promise<LayerSamples> {
  const taps = node.inChannels * node.kernel * node.kernel
  const [channels] = node.shape
  const inputs = new Float32Array((values.length / channels) * taps)
  let first = 0
  for (const [i, pixels] of positions.entries()) {
    const codes = tensors[i]!.get(input.name)!
    gatherTaps(node, { codes, quant: input.quant, shape: input.shape }, pixels, inputs, first)
    first += pixels.length
    await giveWay()
  }
  return { inputs, targets: values, taps, channels, hasActivation: node.activation === 'silu' }
}

/** For each tensor, the index of the last node that reads it. */
function findLastReaders(scope: readonly FloatNode[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (const [index, node] of scope.entries())
    if (node.op !== 'input') for (const input of node.inputs) last.set(input, index)
  return last
}

interface RunState {
  readonly nodes: ReadonlyMap<string, IntegerNode>
  /** Of each image, by name. */
  readonly tensors: readonly Map<string, Codes>[]
  readonly lastReader: ReadonlyMap<string, number>
  readonly crew: Crew | null
  /** One node after the other runs in it. */
  readonly memory: KernelMemory
}

/** Runs one integer node on every image, and drops the tensors that no later node reads. */
async function runNode(
  node: IntegerNode,
  { nodes, tensors, lastReader, ...engine }: RunState,
  index: number,
): Promise<void> {
  if (node.op === 'input') return
  const reads = [...new Set<string>(node.inputs)]
  if (lastReader.has(node.name)) {
    const run = prepareNode(
      node,
      node.inputs.map((name) => nodes.get(name)!),
      engine,
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
): (codes: readonly Codes[]) => Codes {
  if (node.op === 'slice' || node.op === 'concat')
    return (codes) =>
      runSpecNode(
        node,
        inputs.map(({ shape, quant }, i) => ({ codes: codes[i]!, shape, quant })),
      )
  const nodes = [...new Set(inputs)].map(asInput)
  const engine = Engine.create(
    {
      nodes: [...nodes, node],
      detect: { name: '', levels: [], regMax: 0, classes: [] },
      head: null,
      aliases: new Map(),
      weightBits: 8,
      activationBits: node.quant.bits,
    },
    options,
  )
  return (codes) => engine.runLayer(node.name, codes)
}

const asInput = (node: IntegerNode): IntegerNode => ({
  op: 'input',
  name: node.name,
  shape: node.shape,
  quant: node.quant,
})
