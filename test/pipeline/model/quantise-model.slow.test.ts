/** The embedded default model under all techniques, and the odd inputs that are answered by name. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AccumulatorError } from '../../../src/golden/accumulator.ts'
import { Engine } from '../../../src/golden/engine.ts'
import type { IntegerGraph } from '../../../src/golden/types.ts'
import type { ConvNode, FloatGraph } from '../../../src/graph/types.ts'
import { decodeImage } from '../../../src/image/decode.ts'
import { letterbox } from '../../../src/image/letterbox.ts'
import { toNchwCodes, toNchwFloat } from '../../../src/image/planes.ts'
import { type Progress, silent } from '../../../src/pipeline/files/progress.ts'
import { CalibrationImages } from '../../../src/pipeline/model/calibration-images.ts'
import type { ModelOptions } from '../../../src/pipeline/model/options.ts'
import { loadModel } from '../../../src/pipeline/model/prepare.ts'
import { type QuantisedModel, quantiseModel } from '../../../src/pipeline/model/quantise-model.ts'
import { FloatNetwork } from '../../../src/quantise/float-network.ts'
import { writeIntegerGraph } from '../../../src/quantise/integer-file.ts'
import { signalToNoise } from '../../../src/quantise/signal-to-noise.ts'
import { TECHNIQUES, techniquesOf } from '../../../src/quantise/techniques.ts'
import { defaultOptions } from '../default-model.ts'
import { DEFAULT_CALIBRATION, DEFAULT_IMAGE, DEFAULT_MODEL } from '../shared-data.ts'

/** On a machine that has other work, too. */
const SLOW = 300_000

const { graph } = await loadModel(DEFAULT_MODEL, {}, silent)
const paths = readdirSync(DEFAULT_CALIBRATION)
  .filter((name) => name.endsWith('.png'))
  .slice(0, 8)
  .map((name) => join(DEFAULT_CALIBRATION, name))
const files = paths.map((path) => readFileSync(path))

function quantise(
  changes: Partial<ModelOptions>,
  of: FloatGraph = graph,
  images = files.length,
  progress: Progress = silent,
): Promise<QuantisedModel> {
  const options = { ...defaultOptions(), techniques: [], ...changes }
  const pictures = new CalibrationImages(paths.slice(0, images), files.slice(0, images), options)
  return quantiseModel(of, pictures, options, progress)
}

/** Mean signal to noise of the tensors that the head's last convolutions read, on an image that no calibration saw. */
async function measure(integer: IntegerGraph): Promise<number> {
  const names = ['model.15.cv2', 'model.18.cv2', 'model.21.cv2']
  const image = letterbox(await decodeImage(DEFAULT_IMAGE), { width: 160, height: 160 })
  await using network = await FloatNetwork.create(graph, { activations: names })
  const real = await network.run(toNchwFloat(image))
  const codes = Engine.create(integer).run(toNchwCodes(image, integer.nodes[0]!.quant))
  const values = names.map((name) =>
    signalToNoise(real.get(name)!, codes.get(name)!, integer.nodes.find((node) => node.name === name)!.quant),
  )
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe('techniques', () => {
  test(
    'fast gains on rounding to nearest at W4A8, and best on fast',
    async () => {
      const snr = async (techniques: ModelOptions['techniques']): Promise<number> =>
        measure((await quantise({ weightBits: 4, techniques }, graph, 4)).integer)
      const nearest = await snr([])
      const fast = await snr(techniquesOf('fast'))
      const best = await snr(techniquesOf('best'))
      expect(fast).toBeGreaterThan(nearest + 1)
      expect(best).toBeGreaterThan(fast + 1)
    },
    SLOW,
  )

  test(
    'all together are chosen for each layer on an image that is held back',
    async () => {
      const { integer, report } = await quantise({ weightBits: 4, techniques: TECHNIQUES }, graph, 4)
      const { images, heldBack, kept, outputError, layers } = report.refinement!
      expect([images, heldBack]).toEqual([4, 1])
      expect(kept).toBe(outputError!.fast < outputError!.chosen ? 'fast' : 'chosen')
      const convolutions = integer.nodes.filter(({ op }) => op === 'conv')
      expect(layers.map(({ layer }) => layer)).toEqual(convolutions.map(({ name }) => name))
      for (const { nearest, chosen } of layers) expect(chosen).toBeLessThanOrEqual(nearest)
    },
    SLOW,
  )

  test(
    'the same inputs give the same bytes',
    async () => {
      const make = async (): Promise<Uint8Array> =>
        writeIntegerGraph((await quantise({ weightBits: 5, techniques: TECHNIQUES }, graph, 1)).integer)
      expect(Buffer.compare(await make(), await make())).toBe(0)
    },
    SLOW,
  )

  test('--scope no-last leaves out the last convolutions and the head, refined or not', async () => {
    const { integer } = await quantise({ scope: 'no-last', techniques: ['mse-scales', 'bias-correction'] })
    expect(integer.head).toBeNull()
    const last = graph.head.levels.flatMap(({ box, cls }) => [box, cls])
    expect(integer.nodes.map(({ name }) => name).filter((name) => last.includes(name))).toEqual([])
    expect(integer.nodes).toHaveLength(graph.nodes.length - last.length)
    expect(await measure(integer)).toBeGreaterThan(15)
  })

  test('overrides give a layer its own weight bits and range', async () => {
    const overrides = { 'model.0': { weightBits: 8 as const, observer: 'max' as const } }
    const { integer, report } = await quantise({ weightBits: 4, overrides, techniques: ['mse-scales'] })
    const bits = integer.nodes.flatMap((node) => (node.op === 'conv' ? [[node.name, node.weightBits]] : []))
    expect(bits.filter(([, value]) => value !== 4)).toEqual([['model.0', 8]])
    const first = integer.nodes.find((node) => node.name === 'model.0')!
    expect(first.op === 'conv' && Math.max(...first.weight.map(Math.abs))).toBeGreaterThan(100)
    const entry = report.ranges.find(({ key }) => key === 'model.0')!
    expect(entry.observer).toBe('max')
    expect(entry.high).toBeCloseTo(entry.histograms[0]!.max, 6)
    expect(report.ranges.find(({ key }) => key === 'model.1')!.observer).toBe('mse')
  })
})

describe('sixteen bits', () => {
  test.each([
    { weightBits: 16, activationBits: 8, tableBits: 10, than: { weightBits: 4 } },
    { weightBits: 8, activationBits: 16, tableBits: 16, than: { activationBits: 6 } },
  ])('W$weightBits A$activationBits runs in the reference model', async ({ than, ...bits }) => {
    const { integer } = await quantise(bits)
    const narrow = await measure((await quantise(than)).integer)
    expect(await measure(integer)).toBeGreaterThan(narrow + 6)
    const largest = integer.nodes.map((node) => (node.op === 'conv' ? Math.max(...node.weight) : 0))
    expect(Math.max(...largest)).toBe(2 ** (bits.weightBits - 1) - 1)
    expect(integer.nodes.every(({ quant }) => quant.bits === bits.activationBits)).toBe(true)
  })

  test('where the accumulator does not fit, the layer is named', async () => {
    const both = quantise({ weightBits: 16, activationBits: 16, tableBits: 16 })
    await expect(both).rejects.toThrow(AccumulatorError)
    await expect(both).rejects.toThrow(/model\.\d.* takes (3[3-9]|4\d) bits.*does not fit/)
  })
})

describe('--observer auto', () => {
  test(
    'does no more harm to the output than its start, and says what was tried',
    async () => {
      const { report } = await quantise({ observer: 'auto', activationBits: 5, tableBits: 8 })
      const tried = report.ranges.filter(({ candidates }) =>
        candidates.some(({ outputError }) => outputError !== null),
      )
      expect(tried.length).toBeGreaterThan(40)
      for (const { candidates, observer } of tried) {
        const own = candidates.find((one) => one.observer === observer)!.outputError!
        expect(own).toBe(Math.min(...candidates.flatMap(({ outputError }) => outputError ?? [])))
      }
      expect(new Set(report.ranges.map(({ observer }) => observer)).size).toBeGreaterThan(1)
    },
    SLOW,
  )
})

describe('odd inputs', () => {
  /** The graph with a change to one convolution. */
  const change = (name: string, edit: (node: ConvNode) => ConvNode): FloatGraph => ({
    ...graph,
    nodes: graph.nodes.map((node) => (node.op === 'conv' && node.name === name ? edit(node) : node)),
  })
  const watch = (): { progress: Progress; warnings: string[] } => {
    const warnings: string[] = []
    return { progress: { ...silent, warn: (text) => warnings.push(text) }, warnings }
  }

  test(
    'a dead channel is named, and quantises',
    async () => {
      const size = 3 * 9
      const of = change('model.0', (node) => ({
        ...node,
        weight: node.weight.map((value, i) => (Math.floor(i / size) === 5 ? 0 : value)),
      }))
      const { progress, warnings } = watch()
      const { integer, report } = await quantise({ techniques: TECHNIQUES }, of, 2, progress)
      expect(warnings.join('\n')).toContain('dead: all weights of a channel are zero: model.0 channel 5')
      expect(report.oddities).toEqual(warnings)
      expect(() => Engine.create(integer)).not.toThrow()
    },
    SLOW,
  )

  test(
    'a constant activation is named, and quantises',
    async () => {
      const of = change('model.2.m.0.cv1', (node) => ({
        ...node,
        weight: new Float32Array(node.weight.length),
        bias: new Float32Array(node.shape[0]).fill(2),
      }))
      const { progress, warnings } = watch()
      const { integer } = await quantise({ techniques: TECHNIQUES }, of, 2, progress)
      expect(warnings.join('\n')).toContain('constant on every calibration image')
      expect(warnings.join('\n')).toContain('model.2.m.0.cv1 (always 1.762)')
      expect(() => Engine.create(integer)).not.toThrow()
    },
    SLOW,
  )

  test(
    'one calibration image is enough to quantise with every technique',
    async () => {
      const { integer, report } = await quantise({ weightBits: 4, techniques: TECHNIQUES }, graph, 1)
      const none = { images: 1, heldBack: 0, kept: 'chosen', outputError: null, layers: [] }
      expect(report.refinement).toEqual(none)
      expect(await measure(integer)).toBeGreaterThan(
        await measure((await quantise({ weightBits: 4 })).integer),
      )
    },
    SLOW,
  )

  test('an activation that is not finite is an error that names it', async () => {
    const of = change('model.1', (node) => ({
      ...node,
      bias: node.bias!.map((value, i) => (i === 3 ? Number.NaN : value)),
    }))
    await expect(quantise({}, of)).rejects.toThrow('model.1.conv holds a value that is not finite')
  })
})
