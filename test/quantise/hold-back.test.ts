import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/golden/engine.ts'
import type { IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import type { ConvNode } from '../../src/graph/types.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import type { ChosenLayer } from '../../src/quantise/choose-layer.ts'
import { measureNetwork } from '../../src/quantise/compare-networks.ts'
import { holdBack } from '../../src/quantise/hold-back.ts'
import { createNodeBuilder } from '../../src/quantise/integer-graph.ts'
import { gatherTaps } from '../../src/quantise/layer-samples.ts'
import { MatrixProducts } from '../../src/quantise/matrix-products.ts'
import { selectRanges } from '../../src/quantise/ranges.ts'
import { heldBackOf, type LayerStore, refineGraph } from '../../src/quantise/refine.ts'
import { type LayerOptions, refineLayer } from '../../src/quantise/refine-layer.ts'
import { RefineTargets } from '../../src/quantise/refine-targets.ts'
import { TECHNIQUES, techniquesOf } from '../../src/quantise/techniques.ts'
import { sampleAll, sampledFrom } from './sample-of.ts'
import { smallGraph as graph, runSmall, smallImage } from './small-network.ts'

const IMAGES = 6
const HELD = [3]
const FITTED = [0, 1, 2, 4, 5]
const pixels = Array.from({ length: IMAGES }, (_, i) => smallImage(i + 1))
const real = pixels.map((image) => Float32Array.from(image, (pixel) => pixel / 255))
const codes = pixels.map((image) => image.map((pixel) => Math.round((pixel * 15) / 255)))
const options: LayerOptions = {
  ...{ weightBits: 3, activationBits: 4, tableBits: 6, scope: 'all' },
  techniques: new Set(techniquesOf('best')),
}
const run = (image: Float32Array): Map<string, Float32Array> => runSmall(graph, image)
const calibration = await calibrate(
  graph,
  sampledFrom(graph, run),
  real.map((image) => ({ real: image })),
)
const ranges = await selectRanges(graph, calibration, { ...options, observer: 'mse', overrides: new Map() })

/** Every pixel of some of the images. */
function makeTask(images: readonly number[] = pixels.map((_, i) => i)) {
  const targets = new RefineTargets(graph, images.length, { scope: 'all', samples: 1e6, seed: 1 })
  for (const [at, i] of images.entries())
    targets.collect(at, sampleAll(graph, run(real[i]!), targets.wantedOf(at)))
  return { graph, ranges, targets, images: images.map((i) => codes[i]!) }
}

/** What the float network would give if it were this integer network. */
const outputsOf = (integer: IntegerGraph): ReadonlyMap<string, Float32Array>[] =>
  HELD.map((i) => {
    const made = Engine.create(integer).run(codes[i]!, { only: new Set(['box', 'cls']) })
    return new Map(
      [...made].map(([name, values]) => {
        const { scale, zeroPoint } = integer.nodes.find((node) => node.name === name)!.quant
        return [name, Float32Array.from(values, (code) => scale * (code - zeroPoint))]
      }),
    )
  })

const trueOutputs = HELD.map((i) => run(real[i]!)).map(
  (all) => new Map(['box', 'cls'].map((name) => [name, all.get(name)!])),
)

/** A store that keeps layers in memory, and breaks off after some of them. */
function makeStore(layers: Map<string, ChosenLayer>, last = Number.POSITIVE_INFINITY): LayerStore {
  let found = 0
  return {
    get found() {
      return found
    },
    async read(name) {
      const kept = layers.get(name) ?? null
      if (kept !== null) found++
      return kept
    },
    async write(name, chosen) {
      if (layers.size === last) throw new Error('interrupted')
      layers.set(name, chosen)
    },
  }
}

test.each([
  [1, []],
  [3, []],
  [4, [3]],
  [7, [3]],
  [8, [3, 7]],
  [32, [3, 7, 11, 15, 19, 23, 27, 31]],
])('of %i images these are held back: %j', (images, expected) => {
  expect(holdBack(images)).toEqual(expected)
  expect(heldBackOf(images, options)).toEqual(expected)
  for (const left of TECHNIQUES) {
    const techniques = new Set(TECHNIQUES.filter((one) => one !== left && one !== 'distillation'))
    expect(heldBackOf(images, { techniques })).toEqual(left === 'distillation' ? expected : [])
    // What learns is judged on them, whatever it begins with.
    expect(heldBackOf(images, { techniques: techniques.add('distillation') })).toEqual(expected)
  }
})

describe('refinement with images held back', async () => {
  const fastOptions = { ...options, techniques: new Set(techniquesOf('fast')) }
  const fast = await refineGraph(makeTask(FITTED), fastOptions)
  const fastOnAll = await refineGraph(makeTask(), fastOptions)
  const alone = await refineGraph(makeTask(), options)

  test('says which they are, and what it chose', () => {
    expect(alone.heldBack).toEqual(HELD)
    expect([...alone.choices.keys()]).toEqual(['a', 'b', 'box', 'cls'])
    for (const { nearest, chosen } of alone.choices.values()) expect(chosen).toBeLessThanOrEqual(nearest)
    expect(alone.compared).toBeNull()
    expect([...alone.refined.keys()]).toEqual(['a', 'b', 'box', 'cls'])
    for (const [name, { weights, bias }] of alone.refined) {
      expect(alone.integer.nodes.find((node) => node.name === name)).toMatchObject({ weight: weights!.codes })
      expect(bias).toHaveLength(weights!.scale.length)
    }
  })

  test('fits the choices to all images where it is the better one', async () => {
    const heldOutputs = outputsOf(alone.integer)
    const made = await refineGraph({ ...makeTask(), heldOutputs }, options)
    expect(made.compared!.chosen).toBeLessThan(made.compared!.fast)
    expect(made.kept).toBe('chosen')
    expect([made.integer, made.refined, made.choices]).toEqual([alone.integer, alone.refined, alone.choices])
  })

  test('fits as fast does to all images where that is the better one', async () => {
    const heldOutputs = outputsOf(fast.integer)
    const made = await refineGraph({ ...makeTask(), heldOutputs }, options)
    expect(made.compared!.fast).toBeLessThan(made.compared!.chosen)
    expect(made.kept).toBe('fast')
    expect([made.integer, made.refined]).toEqual([fastOnAll.integer, fastOnAll.refined])
    expect(made.choices).toEqual(alone.choices)
  })

  test('compares both on images that neither was fitted to, and is the same each time', async () => {
    const probes = HELD.map((i, at) => ({ codes: codes[i]!, real: trueOutputs[at]! }))
    const done: number[] = []
    const made = await refineGraph({ ...makeTask(), heldOutputs: trueOutputs }, options, (progress) => {
      done.push(progress.done)
      expect(progress.of).toBe(3 * graph.nodes.length)
    })
    expect(done).toEqual(Array.from({ length: 3 * graph.nodes.length }, (_, i) => i + 1))
    expect(made.compared!.fast).toBe(await measureNetwork(fast.integer, probes, null))
    expect(made.kept).toBe(made.compared!.chosen <= made.compared!.fast ? 'chosen' : 'fast')
    expect(await refineGraph({ ...makeTask(), heldOutputs: trueOutputs }, options)).toEqual(made)
  })

  test.each([1, 4, 6, 10])('goes on after it was interrupted at layer %i of 12', async (last) => {
    const heldOutputs = trueOutputs
    const whole = await refineGraph({ ...makeTask(), heldOutputs }, options)
    const layers = new Map<string, ChosenLayer>()
    const first = refineGraph({ ...makeTask(), heldOutputs }, options, undefined, makeStore(layers, last))
    await expect(first).rejects.toThrow('interrupted')
    expect(layers.size).toBe(last)
    const store = makeStore(layers)
    expect(await refineGraph({ ...makeTask(), heldOutputs }, options, undefined, store)).toEqual(whole)
    expect([store.found, layers.size]).toEqual([last, 12])
  })

  test('a fit to all images is that of its choices, with what was held back', async () => {
    const { choices, refined } = alone
    await using products = await MatrixProducts.create()
    const [name, { ridge, damping }] = [...choices].find(([, { ridge }]) => ridge !== null)!
    expect(name).toBe('a')
    const node = graph.nodes.find((one) => one.name === name) as ConvNode
    const build = createNodeBuilder(graph, ranges, options)
    const [input, plain] = [build(graph.nodes[0]!), build(node) as IntegerConv]
    const { positions, values } = makeTask().targets.take(name)
    const rows = positions.reduce((sum, { length }) => sum + length, 0)
    const inputs = new Float32Array(rows * node.inChannels)
    let first = 0
    for (const [i, pixels] of positions.entries()) {
      const what = { codes: codes[i]!, quant: input.quant, shape: input.shape }
      gatherTaps(node, what, pixels, inputs, first)
      first += pixels.length
    }
    const samples = {
      inputs,
      targets: values,
      taps: node.inChannels,
      channels: node.shape[0],
      activated: { activation: 'silu' } as const,
    }
    const layer = { node, plain, inputScale: input.quant.scale }
    const strengths = { ridge: ridge!, damping: damping! }
    expect(refined.get(name)).toEqual(await refineLayer(layer, samples, products, options, strengths))
  })

  test('holds none of three images back, and applies the techniques as they are', async () => {
    const made = await refineGraph({ ...makeTask([0, 1, 2]), heldOutputs: [] }, options)
    expect([made.heldBack, made.choices.size, made.compared]).toEqual([[], 0, null])
  })
})
