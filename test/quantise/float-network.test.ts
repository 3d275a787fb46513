import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { buildGraph } from '../../src/graph/build-graph.ts'
import { decodeHead } from '../../src/graph/float-head.ts'
import { type Detection, suppressBoxes } from '../../src/graph/float-nms.ts'
import { fuse } from '../../src/graph/fuse.ts'
import type { FloatGraph } from '../../src/graph/types.ts'
import { FloatNetwork } from '../../src/quantise/float-network.ts'
import { writeFloatOnnx } from '../../src/quantise/onnx-float.ts'
import { loadOnnxruntime } from '../../src/quantise/onnxruntime.ts'
import { repositoryPath, sharedPath } from '../checkpoint/shared-data.ts'
import { readPlanes } from '../graph/images.ts'
import { listShared, needs } from '../witness.ts'
import { checkFusion } from './float-fusion-check.ts'

const { InferenceSession, Tensor } = await loadOnnxruntime()

async function loadGraph(path: string, side: number): Promise<FloatGraph> {
  return buildGraph(await readCheckpoint(readFileSync(path), path), { height: side, width: side })
}

function summarise(values: Float32Array): { min: number; max: number; mean: number } {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
  }
  return { min, max, mean: sum / values.length }
}

/** Same boxes, classes and scores, whatever the order of near-equal scores. */
function expectDetections(
  found: readonly Detection[],
  rows: readonly (readonly number[])[],
  pixels: number,
): void {
  expect(found).toHaveLength(rows.length)
  const left = [...found]
  for (const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, score = 0, classIndex = 0] of rows) {
    const at = left.findIndex(
      (box) =>
        box.classIndex === classIndex &&
        Math.abs(box.score - score) < 1e-5 &&
        [box.x0 - x0, box.y0 - y0, box.x1 - x1, box.y1 - y1].every((distance) => Math.abs(distance) < pixels),
    )
    expect(at, `no match for ${[x0, y0, x1, y1, score, classIndex]}`).toBeGreaterThanOrEqual(0)
    left.splice(at, 1)
  }
}

describe('the embedded model against PyTorch', async () => {
  const size = { height: 160, width: 160 }
  const unfused = await loadGraph(repositoryPath('golden/default/shapes.pt'), 160)
  const fused = fuse(unfused)
  const reference = JSON.parse(readFileSync(repositoryPath('golden/default/reference.json'), 'utf8'))
  const image = (name: string): Promise<Float32Array> =>
    readPlanes(repositoryPath(`golden/default/val/${name}`))

  test.each([
    { kind: 'unfused', graph: unfused },
    { kind: 'fused', graph: fused },
  ])('$kind: the range of every module', async ({ graph }) => {
    await using network = await FloatNetwork.create(graph, { activations: 'all' })
    const results = await network.run(await image(reference.ranges_image))
    // PyTorch's `.bn` is our `.conv`, before the activation; its own `.conv` is before the batch norm.
    const valuesOf = (name: string): Float32Array | undefined => {
      const module = graph.aliases.get(name) ?? name
      return module.endsWith('.conv') ? undefined : results.get(module.replace(/\.bn$/, '.conv'))
    }
    const compared = Object.entries<{ min: number; max: number; mean: number }>(reference.ranges).filter(
      ([name]) => valuesOf(name) !== undefined,
    )
    for (const [name, expected] of compared) {
      const { min, max, mean } = summarise(valuesOf(name)!)
      const scale = Math.max(1, Math.abs(expected.min), Math.abs(expected.max))
      expect(Math.abs(min - expected.min) / scale, `${name} min`).toBeLessThan(1e-5)
      expect(Math.abs(max - expected.max) / scale, `${name} max`).toBeLessThan(1e-5)
      expect(Math.abs(mean - expected.mean) / scale, `${name} mean`).toBeLessThan(1e-5)
    }
    // 57 batch norms and the outputs of as many Conv modules, 6 plain convolutions, and the blocks that join them.
    expect(compared.length).toBeGreaterThan(57 * 2 + 6 + 15)
  })

  test.each(Object.keys(reference.detections))('the detections on %s', async (name) => {
    await using network = await FloatNetwork.create(fused)
    const decoded = decodeHead(fused.head, await network.run(await image(name)), size)
    expectDetections(
      suppressBoxes(decoded, { confidence: reference.confidence, iou: reference.iou }),
      reference.detections[name],
      0.01,
    )
  })

  test('the exported file decodes as the code does', async () => {
    const pixels = await image('000001.png')
    const session = await InferenceSession.create(writeFloatOnnx(fused, { activations: 'logits' }), {
      logSeverityLevel: 3,
    })
    const results = await session.run({ images: new Tensor('float32', pixels, [1, 3, 160, 160]) })
    const logits = new Map(
      Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    )
    const { boxes, scores, anchors } = decodeHead(fused.head, logits, size)
    expect(results.boxes?.dims).toEqual([1, anchors, 4])
    expect(results.scores?.dims).toEqual([1, anchors, 4])
    expect(largestDifference(boxes, results.boxes!.data as Float32Array)).toBeLessThan(1e-4)
    expect(largestDifference(scores, results.scores!.data as Float32Array)).toBeLessThan(1e-6)
    await session.release()
  })

  test('fusion changes nothing but rounding', async () => {
    const check = await checkFusion(unfused, fused, await image('000000.png'))
    expect(check.largest).toBeGreaterThan(0)
    expect(check.relative).toBeLessThan(1e-5)
    expect(check.largest).toBeLessThan(1e-3)
  })

  test('a spoilt weight is found where it is', async () => {
    const nodes = fused.nodes.map((node) => {
      if (node.op !== 'conv' || node.name !== 'model.22.cv3.1.2') return node
      return { ...node, bias: node.bias!.map((value, channel) => (channel === 2 ? value + 1 : value)) }
    })
    const check = await checkFusion(unfused, { ...fused, nodes }, await image('000000.png'))
    expect(check).toMatchObject({ name: 'model.22.cv3.1.2', channel: 2 })
    expect(check.largest).toBeCloseTo(1, 3)
  })

  test('chosen tensors alone, aliases too', async () => {
    await using network = await FloatNetwork.create(fused, { activations: ['model.2', 'model.0.conv'] })
    const results = await network.run(await image('000000.png'))
    expect([...results.keys()]).toEqual(['model.2.cv2', 'model.0.conv'])
    expect(results.get('model.0.conv')).toHaveLength(8 * 80 * 80)
  })

  test('unknown names and wrong sizes are refused', async () => {
    await expect(FloatNetwork.create(fused, { activations: ['model.99'] })).rejects.toThrow('got model.99')
    await using network = await FloatNetwork.create(fused)
    await expect(network.run(new Float32Array(3))).rejects.toThrow(
      'Expected an image of 3x160x160 values, got 3',
    )
  })

  test('an input that is not square', async () => {
    const path = repositoryPath('golden/default/shapes.pt')
    const graph = fuse(buildGraph(await readCheckpoint(readFileSync(path), path), { height: 64, width: 96 }))
    await using network = await FloatNetwork.create(graph)
    const decoded = decodeHead(graph.head, await network.run(new Float32Array(3 * 64 * 96)), {
      height: 64,
      width: 96,
    })
    expect(decoded.anchors).toBe(8 * 12 + 4 * 6 + 2 * 3)
  })
})

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

needs(['../shared/models/yolov8n.pt', '../shared/reference'], 'yolov8n.pt against PyTorch', () => {
  const size = { height: 640, width: 640 }
  const folder = sharedPath('reference/dev')
  const images = listShared('reference/dev', /\.png$/)
  let graph: FloatGraph
  let network: FloatNetwork
  let evaluation: { image_id: number; bbox: number[]; score: number; category_id: number }[]
  beforeAll(async () => {
    graph = fuse(await loadGraph(sharedPath('models/yolov8n.pt'), 640))
    network = await FloatNetwork.create(graph, { activations: 'all' })
    evaluation = JSON.parse(readFileSync(`${folder}/detections-float-conf0.001.json`, 'utf8'))
  })
  afterAll(() => network.close())

  test.each(images)('%s: layers, detections, and the evaluation with every label', async (name) => {
    const reference = JSON.parse(readFileSync(`${folder}/${name.replace('.png', '.json')}`, 'utf8'))
    const planes = await readPlanes(`${folder}/${name}`)
    expect(hashPixels(planes)).toBe(reference.input_png_sha256_rgb)
    const results = await network.run(planes)
    const valuesOf = (layer: string) => results.get(graph.aliases.get(layer) ?? layer)
    const compared = Object.entries<LayerReference>(reference.layers).filter(([layer]) => valuesOf(layer))
    expect(compared).toHaveLength(22)
    for (const [layer, expected] of compared) {
      const values = valuesOf(layer)!
      const { min, max, mean } = summarise(values)
      const scale = Math.max(1, Math.abs(expected.min), Math.abs(expected.max))
      for (const [got, wanted] of [
        [min, expected.min],
        [max, expected.max],
        [mean, expected.mean],
      ] as const) {
        expect(Math.abs(got - wanted) / scale, layer).toBeLessThan(2e-5)
      }
      for (const [i, value] of expected.first8.entries()) {
        expect(Math.abs(values[i]! - value) / scale, `${layer} ${i}`).toBeLessThan(2e-5)
      }
    }
    const decoded = decodeHead(graph.head, results, size)
    const rows = (reference.detections as { xyxy_letterbox: number[]; score: number; cls: number }[]).map(
      (d) => [...d.xyxy_letterbox, d.score, d.cls],
    )
    expectDetections(suppressBoxes(decoded), rows, 0.01)

    // The same as the COCO evaluation counts them: 0.001, every label, back in the photograph's pixels.
    const expected = evaluation.filter((row) => row.image_id === reference.image_id)
    const found = suppressBoxes(decoded, { confidence: 0.001, multiLabel: true })
    expect(found).toHaveLength(expected.length)
    const { scale, left, top } = reference.letterbox
    const [height, width] = reference.original_hw
    const clip = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit)
    const boxes = found.map(({ x0, y0, x1, y1, score }) => {
      const [a, b] = [clip((x0 - left) / scale, width), clip((y0 - top) / scale, height)]
      return [a, b, clip((x1 - left) / scale, width) - a, clip((y1 - top) / scale, height) - b, score]
    })
    for (const row of expected) {
      const wanted = [...row.bbox, row.score]
      const match = boxes.some((box) =>
        box.every((value, i) => Math.abs(value - wanted[i]!) < (i === 4 ? 1e-4 : 0.02)),
      )
      expect(match, `no match for ${wanted}`).toBe(true)
    }
  })

  test('there are images to compare', () => expect(images).toHaveLength(4))
})

interface LayerReference {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly first8: readonly number[]
}

function hashPixels(planes: Float32Array): string {
  const area = planes.length / 3
  const bytes = new Uint8Array(planes.length)
  for (let i = 0; i < area; i++)
    for (let c = 0; c < 3; c++) bytes[3 * i + c] = Math.round(planes[c * area + i]! * 255)
  return createHash('sha256').update(bytes).digest('hex')
}
