/** Spec, engine and onnxruntime on real networks and real images: every element of every layer. `.slow` has the spec on yolov8n. */
import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import { loadImage } from '../../src/pipeline/model/golden-run.ts'
import { expectSameTensors } from '../golden/expect-same.ts'
import { runOracle } from '../quantise/oracle-run.ts'
import { testWith } from '../witness.ts'
import { prepareDefault, prepareYolov8n, type TestModel } from './prepared.ts'
import { COCO_IMAGE, DEFAULT_IMAGE } from './shared-data.ts'

async function compareAll({ prepared }: TestModel, imagePath: string): Promise<void> {
  const graph = prepared.integer
  const { codes } = await loadImage(imagePath, graph)
  const engine = Engine.create(graph).run(codes)
  expectSameTensors(graph, runSpec(graph, codes), engine)
  expectSameTensors(graph, await runOracle(graph, codes), engine)
  // A collapsed network would agree on little: the layers must use their codes.
  const distinct = [...engine.values()].map((tensor) => new Set(tensor).size)
  expect(distinct.reduce((a, b) => a + b, 0) / distinct.length).toBeGreaterThan(80)
}

describe('three implementations of the arithmetic agree on every element', () => {
  test('the embedded model at W8A8', async () => {
    await compareAll(await prepareDefault(), DEFAULT_IMAGE)
  })

  test('the embedded model at W4A6', async () => {
    const model = await prepareDefault({ weightBits: 4, activationBits: 6 })
    const graph = model.prepared.integer
    const { codes } = await loadImage(DEFAULT_IMAGE, graph)
    const engine = Engine.create(graph).run(codes)
    expectSameTensors(graph, runSpec(graph, codes), engine)
    expectSameTensors(graph, await runOracle(graph, codes), engine)
  })

  testWith(
    ['../shared/models/yolov8n.pt', '../shared/coco'],
    'engine and onnxruntime: yolov8n at 640x640',
    async () => {
      const graph = (await prepareYolov8n()).prepared.integer
      const { codes } = await loadImage(COCO_IMAGE, graph)
      expectSameTensors(graph, await runOracle(graph, codes), Engine.create(graph).run(codes))
    },
  )
})
