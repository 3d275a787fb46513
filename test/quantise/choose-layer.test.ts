import { afterAll, describe, expect, test } from 'vitest'
import type { IntegerConv } from '../../src/golden/types.ts'
import type { ConvNode } from '../../src/graph/types.ts'
import { chooseLayer, describeChoice } from '../../src/quantise/choose-layer.ts'
import type { LayerSamples } from '../../src/quantise/layer-errors.ts'
import { MatrixProducts } from '../../src/quantise/matrix-products.ts'
import { type LayerOptions, refineLayer } from '../../src/quantise/refine-layer.ts'
import { techniquesOf } from '../../src/quantise/techniques.ts'
import { realWeights } from '../../src/quantise/weights.ts'
import { createRandom } from '../golden/random.ts'

const TAPS = 8
const CHANNELS = 2
const BITS = 4
const options: LayerOptions = {
  ...{ weightBits: BITS, activationBits: 8, tableBits: 10, scope: 'all' },
  techniques: new Set(techniquesOf('best')),
}
const random = createRandom(5)
const noise = (): number => random.next() - 0.5

/** Weights that are codes times 0.1, so that nearest rounding is exact. */
const exact = Float32Array.from({ length: CHANNELS * TAPS }, (_, i) => 0.1 * (((i * 5) % 15) - 7))
const makeNode = (weight: Float32Array): ConvNode => ({
  ...{ op: 'conv', name: 'a', inputs: ['x'], shape: [CHANNELS, 1, 1], inChannels: TAPS, kernel: 1 },
  ...{ stride: 1, padding: 0, batchNorm: null, activation: 'none' },
  weight,
  bias: Float32Array.of(0.25, -0.5),
})

/** What a convolution reads, and what it should give: its own output, with noise, by other weights if given. */
function makeSamples(rows: number, node: ConvNode, spread: number, wanted = node.weight): LayerSamples {
  const common = Float32Array.from({ length: rows }, noise)
  const inputs = Float32Array.from({ length: rows * TAPS }, (_, i) => common[Math.floor(i / TAPS)]! + noise())
  const targets = Float32Array.from({ length: rows * CHANNELS }, (_, i) => {
    const [row, c] = [Math.floor(i / CHANNELS), i % CHANNELS]
    let sum = node.bias![c]!
    for (let t = 0; t < TAPS; t++) sum += wanted[c * TAPS + t]! * inputs[row * TAPS + t]!
    return sum + spread * noise()
  })
  return { inputs, targets, taps: TAPS, channels: CHANNELS, activated: { activation: 'none' } as const }
}

const copy = (samples: LayerSamples): LayerSamples => ({ ...samples, inputs: samples.inputs.slice() })
const layerOf = (node: ConvNode) => ({ node, plain: {} as IntegerConv, inputScale: 0.01 })

/** Mean square error of a refined layer. */
function errorOf(
  { weights, bias }: Awaited<ReturnType<typeof refineLayer>>,
  { inputs, targets }: LayerSamples,
): number {
  const real = realWeights(weights!)
  let error = 0
  for (const [i, target] of targets.entries()) {
    const [row, c] = [Math.floor(i / CHANNELS), i % CHANNELS]
    let sum = bias![c]!
    for (let t = 0; t < TAPS; t++) sum += real[c * TAPS + t]! * inputs[row * TAPS + t]!
    error += (target - sum) ** 2 / targets.length
  }
  return error
}

const products = await MatrixProducts.create()
afterAll(() => products.close())

describe('the choice of a layer', () => {
  const fastOptions = { ...options, techniques: new Set(techniquesOf('fast')) }

  async function choose(node: ConvNode, fit: LayerSamples, held: LayerSamples) {
    const { refined, choice } = await chooseLayer(layerOf(node), { fit: copy(fit), held }, products, options)
    return { refined, choice: choice! }
  }

  test('is the weights of fast where a fit to few samples spoils the others', async () => {
    const node = makeNode(exact)
    const fit = makeSamples(10, node, 8)
    const held = makeSamples(400, node, 0)
    const plain = await refineLayer(layerOf(node), copy(fit), products, options)
    const fast = await refineLayer(layerOf(node), copy(fit), products, fastOptions)
    expect(errorOf(plain, held)).toBeGreaterThan(1.5 * errorOf(fast, held))

    const { refined, choice } = await choose(node, fit, held)
    expect(refined.weights).toEqual(fast.weights)
    for (const [c, value] of refined.bias!.entries()) expect(value).toBeCloseTo(fast.bias![c]!, 5)
    expect(choice).toMatchObject({ ridge: null, damping: null, chosen: choice.nearest })
    expect(choice.nearest).toBeCloseTo(errorOf(fast, held), 6)
    expect(describeChoice(choice)).toBe('nearest codes')
  })

  test('is a refit where the layer reads something else than the float network, and is never worse than fast', async () => {
    const node = makeNode(Float32Array.from(exact, (value) => value + 0.04 * noise()))
    const wanted = node.weight.map((value) => value + 0.5 * noise())
    const fit = makeSamples(2000, node, 0.01, wanted)
    const held = makeSamples(500, node, 0.01, wanted)
    const fast = await refineLayer(layerOf(node), copy(fit), products, fastOptions)
    const { refined, choice } = await choose(node, fit, held)
    expect(errorOf(refined, held)).toBeLessThan(0.1 * errorOf(fast, held))
    expect(choice.chosen).toBeCloseTo(errorOf(refined, held), 6)
    expect(choice.nearest).toBeCloseTo(errorOf(fast, held), 6)
    expect(choice.ridge).not.toBeNull()
    expect(choice.damping).not.toBeNull()
    expect(describeChoice(choice)).toBe(`ridge ${choice.ridge}, damping ${choice.damping}`)
  })
})
