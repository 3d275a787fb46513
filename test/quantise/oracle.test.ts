import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerGraph } from '../../src/golden/types.ts'
import { InputError } from '../../src/input/input-error.ts'
import { edgeGraph } from '../golden/edge-graph.ts'
import { expectSameTensors } from '../golden/expect-same.ts'
import { randomConvGraph, randomGraph, randomImage } from '../golden/random-graph.ts'
import { randomYolo } from '../golden/random-yolo.ts'
import { encodeOracle } from './oracle-onnx.ts'
import { createOracle, runOracle } from './oracle-run.ts'

async function compareThree(graph: IntegerGraph, seed = 1): Promise<void> {
  const image = randomImage(graph, seed)
  const spec = runSpec(graph, image)
  expectSameTensors(graph, spec, await runOracle(graph, image))
  expectSameTensors(graph, spec, Engine.create(graph).run(image))
}

describe('onnxruntime, the engine and the spec agree on a convolution', () => {
  const cases = [1, 3, 7, 17, 33].flatMap((channels) =>
    [1, 3].flatMap((kernel) => [1, 2].map((stride) => ({ channels, kernel, stride }))),
  )
  test.each(cases)(
    '$channels channels, kernel $kernel, stride $stride',
    async ({ channels, kernel, stride }) => {
      for (const [height, width, table] of [
        [9, 13, true],
        [6, 4, false],
      ] as const) {
        const seed = channels * 100 + kernel * 10 + stride
        const graph = randomConvGraph(
          { seed, shape: [channels, height, width] },
          { channels: 9, kernel, stride, table },
        )
        await compareThree(graph)
      }
    },
  )
})

describe('all three agree on a network with every operator', () => {
  test.each([
    { weightBits: 8, activationBits: 8, tableBits: 8 },
    { weightBits: 8, activationBits: 8, tableBits: 12 },
    { weightBits: 8, activationBits: 8, tableBits: null },
    { weightBits: 4, activationBits: 8, tableBits: 10 },
    { weightBits: 6, activationBits: 5, tableBits: 8 },
    { weightBits: 2, activationBits: 4, tableBits: 4 },
  ])('W$weightBits A$activationBits P$tableBits', async (bits) => {
    for (const seed of [1, 2, 3]) await compareThree(randomGraph({ seed, shape: [3, 24, 40], ...bits }), seed)
    await compareThree(randomGraph({ seed: 4, shape: [3, 27, 21], ...bits }))
  })
})

describe('all three agree at the edges of A-4', () => {
  test.each([0, 1, 2, 15, 16, 17, 30, 31, 32, 33, 46, 47])('shift %i', async (shift) => {
    for (const [bits, zeroPoint] of [
      [8, 0],
      [8, 128],
      [8, 255],
      [12, 2048],
      [4, 7],
    ] as const) {
      await compareThree(edgeGraph(shift, bits, zeroPoint))
    }
  })
})

test('all three agree on YOLOv8n, small', async () => {
  await compareThree(randomYolo({ seed: 3, shape: [3, 64, 96] }))
})

test('onnxruntime and the engine agree on a whole 640x640 frame', async () => {
  const graph = randomYolo({ seed: 4, tableBits: 10 })
  const image = randomImage(graph, 4)
  expectSameTensors(graph, await runOracle(graph, image), Engine.create(graph).run(image))
})

test('one session runs many images', async () => {
  const graph = randomGraph({ seed: 9 })
  const oracle = await createOracle(graph)
  try {
    for (const seed of [1, 2]) {
      const image = randomImage(graph, seed)
      expectSameTensors(graph, runSpec(graph, image), await oracle.run(image))
    }
  } finally {
    await oracle.close()
  }
})

test('more than 8 bits are refused by name', () => {
  expect(() => encodeOracle(randomGraph({ seed: 1, activationBits: 10 }))).toThrow(InputError)
  expect(() => encodeOracle(randomGraph({ seed: 1, weightBits: 12 }))).toThrow(
    "stem: onnxruntime's integer operators take at most 8 bits for weights and activations, got 12. Compare the engine",
  )
})
