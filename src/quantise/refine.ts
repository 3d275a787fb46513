/**
 * Refinement: layer by layer from the image on, the integer network runs on calibration images, and each convolution's
 * weights and bias are chosen for the codes that it really reads. A layer thus also compensates the errors before it.
 */

import { Engine } from '../golden/engine.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { correctBias } from './bias-correction.ts'
import type { ActivationSource } from './calibrate.ts'
import {
  assembleGraph,
  createNodeBuilder,
  nodesInScope,
  preActivationKey,
  type QuantiseOptions,
  type Ranges,
  type RefinedLayer,
  weightBitsOf,
} from './integer-graph.ts'
import { type LayerSamples, measureErrors } from './layer-errors.ts'
import { createSampler, drawPositions, gatherPixels, gatherTaps, type Positions } from './layer-samples.ts'
import { MatrixProducts } from './matrix-products.ts'
import { measureCovariance, refitWeights } from './refit.ts'
import { roundSecondOrder } from './second-order.ts'
import type { Technique } from './techniques.ts'
import { meanSquareWeightScales } from './weight-scales.ts'
import { maxWeightScales, roundWeights, type WeightCodes } from './weights.ts'

export interface RefineOptions extends QuantiseOptions {
  readonly techniques: ReadonlySet<Technique>
  /** Output pixels of a layer that are looked at, over all images. */
  readonly samples: number
  readonly seed: number
}

/** Shares of the mean input power; the first values tried, not tuned. */
const DAMPING = 0.01
const RIDGE = 0.1

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

/** The name under which the float network yields what a convolution gives before its activation. */
const targetKey = (node: ConvNode): string =>
  node.activation === 'silu' ? preActivationKey(node.name) : node.name

/** The tensors that refinement needs of the float network. */
export function listTargets(graph: FloatGraph): readonly string[] {
  return graph.nodes.flatMap((node) => (node.op === 'conv' ? [targetKey(node)] : []))
}

/** The integer graph with refined weights and biases. */
export async function refineGraph(
  graph: FloatGraph,
  ranges: Ranges,
  source: ActivationSource,
  images: readonly RefineImage[],
  options: RefineOptions,
  onProgress: (progress: RefineProgress) => void = () => {},
  store: LayerStore | null = null,
): Promise<IntegerGraph> {
  const scope = nodesInScope(graph, options.scope)
  const build = createNodeBuilder(graph, ranges, options)
  const steps = images.length + scope.length
  const targets = await collectTargets(scope, source, images, options, (done) =>
    onProgress({ done, of: steps, text: `${done} of ${images.length} images in float` }),
  )
  await using products = await MatrixProducts.create()
  const shapes = new Map(graph.nodes.map((node) => [node.name, node.shape]))
  const lastReader = findLastReaders(scope)
  const tensors = images.map((image) => new Map<string, Codes>([[scope[0]!.name, image.codes]]))
  const nodes = new Map<string, IntegerNode>()
  for (const [index, node] of scope.entries()) {
    let made = build(node)
    const kept = node.op === 'conv' ? ((await store?.read(node.name)) ?? null) : null
    if (kept !== null) {
      targets.delete(node.name)
      made = build(node, kept)
    } else if (node.op === 'conv') {
      const input = nodes.get(node.inputs[0])!
      const { positions, values } = targets.get(node.name)!
      targets.delete(node.name)
      const taps = node.inChannels * node.kernel * node.kernel
      const rows = values.length / node.shape[0]
      const inputs = new Float32Array(rows * taps)
      let first = 0
      for (const [i, pixels] of positions.entries()) {
        const codes = tensors[i]!.get(node.inputs[0])!
        gatherTaps(node, codes, input.quant, shapes.get(node.inputs[0])!, pixels, inputs, first)
        first += pixels.length
        await giveWay()
      }
      const samples: LayerSamples = {
        inputs,
        targets: values,
        taps,
        channels: node.shape[0],
        hasActivation: node.activation === 'silu',
      }
      const refined = await refineLayer(
        node,
        made as IntegerConv,
        input.quant.scale,
        samples,
        products,
        options,
      )
      await store?.write(node.name, refined)
      made = build(node, refined)
    }
    nodes.set(node.name, made)
    if (node.op !== 'input') await runNode(made, nodes, tensors, lastReader, index)
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
  source: ActivationSource,
  images: readonly RefineImage[],
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
  for (const [i, image] of images.entries()) {
    const activations = await source.run(image.real())
    for (const node of convs) {
      const { positions, values } = targets.get(node.name)!
      const real = activations.get(targetKey(node))
      if (real === undefined) throw new Error(`the float network did not yield ${targetKey(node)}`)
      gatherPixels(real, node.shape[0], positions[i]!, values, i * positions[0]!.length)
      await giveWay()
    }
    onImage(i + 1)
  }
  return targets
}

async function refineLayer(
  node: ConvNode,
  plain: IntegerConv,
  inputScale: number,
  samples: LayerSamples,
  products: MatrixProducts,
  options: RefineOptions,
): Promise<RefinedLayer> {
  const { techniques } = options
  const { taps, channels } = samples
  const bits = weightBitsOf(node.name, options)
  const bias = Float64Array.from(node.bias!)
  const wantsFit = techniques.has('refit')
  const wantsRounding = techniques.has('second-order')
  let weight = node.weight
  let weights: WeightCodes = { codes: plain.weight, scale: plain.weightScale }
  let inputMeans: Float64Array | null = null
  if (wantsFit || wantsRounding) {
    const errors = await measureErrors(samples, weight, bias, products)
    const { covariance, means } = await measureCovariance(samples, products)
    inputMeans = means
    const power = meanDiagonal(covariance, taps)
    if (wantsFit) weight = await refitWeights(weight, samples, errors, covariance, RIDGE * power, products)
    if (wantsRounding)
      weights = await roundSecondOrder(weight, bias, covariance, { bits, inputScale, damping: DAMPING })
  }
  if (!wantsRounding) {
    const scales = techniques.has('mse-scales') ? meanSquareWeightScales : maxWeightScales
    weights = roundWeights(weight, await scales(weight, bias, inputScale, bits), bits)
  }
  if (!techniques.has('bias-correction')) return { weights }
  const real = new Float32Array(weights.codes.length)
  for (let i = 0; i < real.length; i++) real[i] = weights.scale[Math.floor(i / taps)]! * weights.codes[i]!
  // The inputs were centred above: what their means give belongs to the bias of the run on them.
  const shifted = inputMeans === null ? bias : bias.map((b, c) => b + meanOutput(real, inputMeans, c))
  const shift = correctBias(await measureErrors(samples, real, shifted, products), channels)
  return { weights, bias: bias.map((b, c) => b + shift[c]!) }
}

function meanOutput(weight: Float32Array, means: Float64Array, channel: number): number {
  let sum = 0
  for (let tap = 0; tap < means.length; tap++) sum += weight[channel * means.length + tap]! * means[tap]!
  return sum
}

function meanDiagonal(matrix: Float64Array, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!
  return sum / n || 1
}

/** For each tensor, the index of the last node that reads it. */
function findLastReaders(scope: readonly FloatNode[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (const [index, node] of scope.entries())
    if (node.op !== 'input') for (const input of node.inputs) last.set(input, index)
  return last
}

/** Runs one integer node on every image, and drops the tensors that no later node reads. */
async function runNode(
  node: IntegerNode,
  nodes: ReadonlyMap<string, IntegerNode>,
  tensors: readonly Map<string, Codes>[],
  lastReader: ReadonlyMap<string, number>,
  index: number,
): Promise<void> {
  if (node.op === 'input') return
  const reads = [...new Set<string>(node.inputs)]
  if (lastReader.has(node.name)) {
    const engine = Engine.create({
      nodes: [...reads.map((name) => asInput(nodes.get(name)!)), node],
      detect: { name: '', levels: [], regMax: 0, classes: [] },
      head: null,
      aliases: new Map(),
      weightBits: 8,
      activationBits: node.quant.bits,
    })
    for (const held of tensors) {
      await giveWay()
      held.set(
        node.name,
        engine.runLayer(
          node.name,
          node.inputs.map((name) => held.get(name)!),
        ),
      )
    }
  }
  for (const name of reads) if (lastReader.get(name) === index) for (const held of tensors) held.delete(name)
}

const asInput = (node: IntegerNode): IntegerNode => ({
  op: 'input',
  name: node.name,
  shape: node.shape,
  quant: node.quant,
})
