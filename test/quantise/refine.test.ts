import { describe, expect, test } from 'vitest'
import { runSpecNode } from '../../src/golden/run.ts'
import type { Codes, IntegerConv, IntegerNode } from '../../src/golden/types.ts'
import type { FloatGraph } from '../../src/graph/types.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import type { WantedPixels } from '../../src/quantise/float-samples.ts'
import { assembleGraph, createNodeBuilder } from '../../src/quantise/integer-graph.ts'
import { gatherTaps } from '../../src/quantise/layer-samples.ts'
import { MatrixProducts } from '../../src/quantise/matrix-products.ts'
import { selectRanges } from '../../src/quantise/ranges.ts'
import { refineGraph } from '../../src/quantise/refine.ts'
import { type LayerOptions, refineLayer } from '../../src/quantise/refine-layer.ts'
import { RefineTargets } from '../../src/quantise/refine-targets.ts'
import { sampleAll, sampledFrom } from './sample-of.ts'
import { runSmall, smallGraph, smallImage } from './small-network.ts'

// `half` passes codes on, and nobody reads `b` after it.
const graph: FloatGraph = {
  ...smallGraph,
  nodes: smallGraph.nodes.flatMap((node): FloatGraph['nodes'] =>
    node.name === 'sum'
      ? [
          { op: 'concat', name: 'half', inputs: ['b'], shape: node.shape },
          { ...node, inputs: ['a', 'half'] } as never,
        ]
      : [node],
  ),
}
const run = (image: Float32Array) => {
  const tensors = runSmall(smallGraph, image)
  return tensors.set('half', tensors.get('b')!)
}
const pixels = [1, 2, 3].map(smallImage)
const real = pixels.map((image) => Float32Array.from(image, (pixel) => pixel / 255))
const codes = pixels.map((image) => image.map((pixel) => Math.round((pixel * 15) / 255)))
const options: LayerOptions = {
  ...{ weightBits: 3, activationBits: 4, tableBits: 6, scope: 'all' },
  techniques: new Set(['mse-scales', 'second-order', 'bias-correction']),
}
const calibration = await calibrate(
  graph,
  sampledFrom(graph, run),
  real.map((image) => ({ real: image })),
)
const ranges = await selectRanges(graph, calibration, { ...options, observer: 'mse', overrides: new Map() })

function collect(samples: number): RefineTargets {
  const targets = new RefineTargets(graph, real.length, { scope: 'all', samples, seed: 1 })
  for (const [i, image] of real.entries())
    targets.collect(i, sampleAll(graph, run(image), targets.wantedOf(i)))
  return targets
}

/** The same by the specification: every tensor of every image is kept, and a layer is refined on what it really reads. */
async function refinePlainly(samples: number) {
  const targets = collect(samples)
  const build = createNodeBuilder(graph, ranges, options)
  await using products = await MatrixProducts.create()
  const nodes = new Map<string, IntegerNode>()
  const tensors = codes.map((image) => new Map<string, Codes>([['images', image]]))
  for (const node of graph.nodes) {
    let made = build(node)
    if (node.op === 'conv') {
      const { positions, values } = targets.take(node.name)
      const input = nodes.get(node.inputs[0])!
      const taps = node.inChannels
      const rows = positions.map((own, i) => {
        const to = new Float32Array(own.length * taps)
        gatherTaps(node, { ...input, codes: tensors[i]!.get(input.name)! }, own, to, 0)
        return [...to]
      })
      const layer = { node, plain: made as IntegerConv, inputScale: input.quant.scale }
      const about = { taps, channels: node.shape[0], activated: node }
      const read = { inputs: Float32Array.from(rows.flat()), targets: values, ...about }
      made = build(node, await refineLayer(layer, read, products, options))
    }
    nodes.set(node.name, made)
    if (node.op !== 'input')
      for (const held of tensors) {
        const inputs = node.inputs.map((name) => ({ ...nodes.get(name)!, codes: held.get(name)! }))
        held.set(node.name, runSpecNode(made, inputs))
      }
  }
  return assembleGraph(graph, [...nodes.values()], options)
}

describe('refinement', () => {
  test.each([
    ['all pixels', 3 * 256],
    ['some pixels', 90],
  ])('chooses for what each layer really reads, as the specification computes it: %s', async (_, samples) => {
    const done: number[] = []
    const task = { graph, ranges, targets: collect(samples), images: codes }
    const refined = await refineGraph(task, options, (progress) => done.push(progress.done))
    expect(refined.integer).toEqual(await refinePlainly(samples))
    expect([refined.heldBack, refined.choices.size, refined.compared]).toEqual([[], 0, null])
    expect(done).toEqual(graph.nodes.map((_, index) => index + 1))
  })

  test('takes a layer that is kept, and keeps the others', async () => {
    const layers = new Map<string, unknown>()
    const weights = { codes: new Int8Array(12).fill(3), scale: Float64Array.of(1, 2, 3, 4) }
    const kept = { refined: { weights, bias: Float64Array.of(1, 2, 3, 4) }, choice: null }
    const store = {
      found: 1,
      read: async (name: string) => (name === 'a' ? kept : null),
      write: async (name: string, refined: unknown) => void layers.set(name, refined),
    }
    const task = { graph, ranges, targets: collect(90), images: codes }
    const refined = await refineGraph(task, options, undefined, store)
    expect(refined.integer.nodes.find(({ name }) => name === 'a')).toMatchObject({ weight: weights.codes })
    expect([...layers.keys()]).toEqual(['b', 'box', 'cls'])
  })
})

describe('the targets of refinement', () => {
  test('are what the float network gives before the activation, pixel by pixel of each image', () => {
    const { positions, values } = collect(3 * 256).take('b')
    expect(positions.map(({ length }) => length)).toEqual([256, 256, 256])
    const area = 256
    const expected = real.flatMap((image) => {
      const tensor = run(image).get('b.conv')!
      return Array.from({ length: 4 * area }, (_, i) => tensor[(i % 4) * area + Math.floor(i / 4)]!)
    })
    expect([...values]).toEqual(expected)
  })

  test('are wanted of convolutions alone, and handed out once', () => {
    const targets = collect(90)
    expect([...targets.wantedOf(1).keys()]).toEqual(['a.conv', 'b.conv', 'box', 'cls'])
    expect(targets.take('cls').positions[2]).toHaveLength(30)
    expect(() => targets.take('cls')).toThrow('Expected targets of cls')
  })

  test('that the float network did not give are named', () => {
    const targets = new RefineTargets(graph, 1, { scope: 'all', samples: 9, seed: 1 })
    const none: WantedPixels = new Map()
    const samples = sampleAll(graph, run(real[0]!), none)
    expect(() => targets.collect(0, samples)).toThrow('the float network did not yield a.conv')
  })
})
