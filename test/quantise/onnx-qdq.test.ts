import { PbfReader } from 'pbf'
import { describe, expect, test } from 'vitest'
import { silent } from '../../src/pipeline/files/progress.ts'
import { loadImage, runGolden } from '../../src/pipeline/model/golden-run.ts'
import { FloatNetwork } from '../../src/quantise/float-network.ts'
import { writeQdqOnnx } from '../../src/quantise/onnx-qdq.ts'
import { loadOnnxruntime } from '../../src/quantise/onnxruntime.ts'
import { prepareDefault, type TestModel } from '../pipeline/prepared.ts'

const { InferenceSession, Tensor } = await loadOnnxruntime()

interface Initializer {
  name: string
  data: Uint8Array
}

/** Names and raw data of the initializers, by a reader of the format alone: ModelProto.graph = 7, GraphProto.initializer = 5. */
function readInitializers(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const tensors: Initializer[] = []
  new PbfReader(file).readFields((tag, _result, pbf) => {
    if (tag !== 7) return
    pbf.readMessage((field, _graph, graph) => {
      if (field !== 5) return
      const tensor: Initializer = { name: '', data: new Uint8Array(0) }
      graph.readMessage((part, own, message) => {
        if (part === 8) own.name = message.readString()
        if (part === 9) own.data = message.readBytes()
      }, tensor)
      tensors.push(tensor)
    }, {})
  }, {})
  return new Map(tensors.map(({ name, data }) => [name, data]))
}

const floatAt = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true)

async function runFile(file: Uint8Array, image: Float32Array, size: readonly number[]) {
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'basic',
    logSeverityLevel: 3,
  })
  const { boxes, scores } = await session.run({ images: new Tensor('float32', image, [1, ...size]) })
  await session.release()
  return { boxes: boxes!.data as Float32Array, scores: scores!.data as Float32Array }
}

/** Signal to noise of scores, dB. */
function signalToNoise(expected: Float32Array, actual: Float32Array): number {
  let [signal, noise] = [0, 0]
  expected.forEach((value, i) => {
    signal += value * value
    noise += (value - actual[i]!) ** 2
  })
  return 10 * Math.log10(signal / noise)
}

async function compare({ model, prepared, options }: TestModel) {
  const image = await loadImage(`${options.calibration}`, prepared.integer)
  const real = Float32Array.from(image.codes, (code) => code / (2 ** options.activationBits - 1))
  const size = model.graph.nodes[0]!.shape
  const quantised = await runFile(writeQdqOnnx(model.graph, prepared.integer), real, size)
  const { writeFloatOnnx } = await import('../../src/quantise/onnx-float.ts')
  const float = await runFile(writeFloatOnnx(model.graph), real, size)
  return { quantised, float, image, size, real }
}

describe('the file with QuantizeLinear and DequantizeLinear', () => {
  test('has our scales, zero points and codes', async () => {
    const { model, prepared } = await prepareDefault()
    const found = readInitializers(writeQdqOnnx(model.graph, prepared.integer))
    for (const node of prepared.integer.nodes) {
      const name = node.op === 'input' ? `${node.name}.quantised` : node.name
      expect(floatAt(found.get(`${name}.scale`)!), name).toBe(Math.fround(node.quant.scale))
      expect([...found.get(`${name}.zero_point`)!], name).toEqual([node.quant.zeroPoint])
    }
    const convolutions = prepared.integer.nodes.filter((node) => node.op === 'conv')
    expect(convolutions).toHaveLength(63)
    for (const node of convolutions) {
      const own = node.table === null ? node.name : `${node.name}.conv`
      const codes = found.get(`${own}.weight.codes`)!
      expect(
        Buffer.compare(
          codes,
          new Uint8Array(node.weight.buffer, node.weight.byteOffset, node.weight.byteLength),
        ),
      ).toBe(0)
    }
  })

  test.each([
    { weightBits: 8, activationBits: 8, scope: 'all', least: 15 },
    { weightBits: 8, activationBits: 8, scope: 'no-last', least: 15 },
    { weightBits: 8, activationBits: 6, scope: 'all', least: 4 },
    { weightBits: 16, activationBits: 8, scope: 'all', least: 15 },
    { weightBits: 8, activationBits: 16, scope: 'all', least: 25 },
  ] as const)(
    'runs in onnxruntime near the float network: W$weightBits A$activationBits $scope',
    async ({ least, ...own }) => {
      const { quantised, float } = await compare(await prepareDefault(own))
      expect(quantised.boxes).toHaveLength(float.boxes.length)
      expect(signalToNoise(float.scores, quantised.scores)).toBeGreaterThan(least)
    },
  )

  test('is nearer to the integer network than the float network is', async () => {
    const test = await prepareDefault()
    const { quantised, image, real } = await compare(test)
    const { integer } = test.prepared
    const codes = await runGolden(integer, image.codes, silent)
    await using network = await FloatNetwork.create(test.model.graph, { activations: 'logits' })
    const logits = await network.run(real)
    const score = (x: number): number => 1 / (1 + Math.exp(-x))
    let [ours, floats, first] = [0, 0, 0]
    for (const level of integer.detect.levels) {
      const { quant, shape } = integer.nodes.find(({ name }) => name === level.cls)!
      const [classes, height, width] = shape
      const cells = height * width
      for (let c = 0; c < classes; c++)
        for (let i = 0; i < cells; i++) {
          const code = codes.get(level.cls)![c * cells + i]!
          const golden = score(quant.scale * (code - quant.zeroPoint))
          ours += (golden - quantised.scores[(first + i) * classes + c]!) ** 2
          floats += (golden - score(logits.get(level.cls)![c * cells + i]!)) ** 2
        }
      first += cells
    }
    expect(ours).toBeLessThan(floats)
  })
})
