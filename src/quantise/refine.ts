/**
 * Refinement: layer by layer from the image on, the integer network runs on calibration images, and each convolution's
 * weights and bias are chosen for the codes that it really reads. A layer thus also compensates the errors before it.
 */

import { type Crew, Engine } from '../golden/engine.ts'
import { runSpecNode } from '../golden/run.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { openCrew } from './engine-crew.ts'
import { inOrder, type SampleSource, targetKey } from './float-samples.ts'
import {
  assembleGraph,
  createNodeBuilder,
  nodesInScope,
  type Ranges,
  type RefinedLayer,
} from './integer-graph.ts'
import type { LayerSamples } from './layer-errors.ts'
import { createSampler, drawPositions, gatherTaps, type Positions } from './layer-samples.ts'
import { MatrixProducts } from './matrix-products.ts'
import { type LayerOptions, refineLayer } from './refine-layer.ts'

export interface RefineOptions extends LayerOptions {
  /** Output pixels of a layer that are looked at, over all images. */
  readonly samples: number
  readonly seed: number
}

/** One calibration image, in the form of each network. */
export interface RefineImage {
  /** Made when it is needed: it is four times as large as the codes. */
  readonly real: () => Float32Array
  readonly codes: Codes
}

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
  /** The float network. */
  readonly source: SampleSource
  readonly images: readonly RefineImage[]
}

/** The integer graph with refined weights and biases. */
export async function refineGraph(
  task: RefineTask,
  options: RefineOptions,
  onProgress: (progress: RefineProgress) => void = () => {},
  store: LayerStore | null = null,
): Promise<IntegerGraph> {
  const { graph, ranges, images } = task
  const scope = nodesInScope(graph, options.scope)
  const build = createNodeBuilder(graph, ranges, options)
  const steps = images.length + scope.length
  const targets = await collectTargets(scope, task, options, (done) =>
    onProgress({ done, of: steps, text: `${done} of ${images.length} images in float` }),
  )
  await using products = await MatrixProducts.create()
  const lastReader = findLastReaders(scope)
  const tensors = images.map((image) => new Map<string, Codes>([[scope[0]!.name, image.codes]]))
  const nodes = new Map<string, IntegerNode>()
  using crew = openCrew(graph)
  const refine = async (node: ConvNode): Promise<RefinedLayer> => {
    const target = targets.get(node.name)!
    targets.delete(node.name)
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
    if (node.op !== 'input') await runNode(made, { nodes, tensors, lastReader, crew }, index)
    onProgress({ done: images.length + index + 1, of: steps, text: node.name })
  }
  return assembleGraph(graph, [...nodes.values()], options)
}

interface Targets {
  readonly positions: Positions
  readonly values: Float32Array
}

async function collectTargets(
  scope: readonly FloatNode[],
  { source, images }: RefineTask,
  options: RefineOptions,
  onImage: (done: number) => void,
): Promise<Map<string, Targets>> {
  const random = createSampler(options.seed)
  const convs = scope.filter((node) => node.op === 'conv')
  const targets = new Map(
    convs.map((node) => {
      const positions = drawPositions(node.shape, images.length, options.samples, random)
      const rows = positions.reduce((sum, { length }) => sum + length, 0)
      return [node.name, { positions, values: new Float32Array(rows * node.shape[0]) }]
    }),
  )
  const sample = (image: RefineImage, i: number) => {
    const wanted = convs.map((node) => [targetKey(node), targets.get(node.name)!.positions[i]!] as const)
    return source.sample(image.real(), new Map(wanted))
  }
  let i = 0
  for await (const samples of inOrder(images, source.atOnce, sample)) {
    for (const node of convs) {
      const { positions, values } = targets.get(node.name)!
      const pixels = samples.targets.get(targetKey(node))
      if (pixels === undefined) throw new Error(`the float network did not yield ${targetKey(node)}`)
      transposeInto(values.subarray(i * positions[0]!.length * node.shape[0]), pixels, node.shape[0])
      await giveWay()
    }
    onImage(++i)
  }
  return targets
}

/** [channels, pixels] to [pixels, channels]. */
function transposeInto(to: Float32Array, from: Float32Array, channels: number): void {
  const pixels = from.length / channels
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < pixels; i++) to[i * channels + c] = from[c * pixels + i]!
}

/** What the convolution reads in the integer network so far, and what it should give. */
async function gatherSamples(
  node: ConvNode,
  input: IntegerNode,
  { positions, values }: Targets,
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
}

/** Runs one integer node on every image, and drops the tensors that no later node reads. */
async function runNode(
  node: IntegerNode,
  { nodes, tensors, lastReader, crew }: RunState,
  index: number,
): Promise<void> {
  if (node.op === 'input') return
  const reads = [...new Set<string>(node.inputs)]
  if (lastReader.has(node.name)) {
    const run = prepareNode(
      node,
      node.inputs.map((name) => nodes.get(name)!),
      crew,
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
  crew: Crew | null,
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
    { crew },
  )
  return (codes) => engine.runLayer(node.name, codes)
}

const asInput = (node: IntegerNode): IntegerNode => ({
  op: 'input',
  name: node.name,
  shape: node.shape,
  quant: node.quant,
})
