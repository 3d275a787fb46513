/** The embedded model through the whole RTL, from image to boxes, in both modes: an odd shape of image, and layers of different bits. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/pipeline/bench/options.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { chooseEngine, DEFAULT_NMS, parseArray } from '../../src/pipeline/model/engine-choice.ts'
import { runSimulation } from '../../src/pipeline/sim/run.ts'
import { defaultOptions } from './default-model.ts'
import { makeFolder, optionsOf, prepareDefault, type TestModel } from './prepared.ts'

/** Everything exact, and boxes among it. */
async function prove(model: TestModel, mode: Plan['mode'], array: string) {
  const options = optionsOf(model, {
    mode,
    engine: chooseEngine(model.options, parseArray(array)),
    // Low, so that a small image has boxes.
    nms: { ...DEFAULT_NMS, confidence: 0.05 },
  })
  const { result } = await runSimulation(options, silent)
  expect(result.verdict).toBe('exact')
  expect(result.layers).toHaveLength(74)
  expect(result.boxes!.expected).toBeGreaterThan(0)
  expect(result.boxes).toMatchObject({ actual: result.boxes!.expected, mismatches: 0 })
  return result
}

describe.each<{ mode: Plan['mode'] }>([{ mode: 'isolated' }, { mode: 'chained' }])('$mode', ({ mode }) => {
  test.each(['8x8x2', '16x16x4'])('an image of 96x160 on %s', async (array) => {
    const result = await prove(await prepareDefault({ height: 96, width: 160 }), mode, array)
    expect(result.layers[0]!.shape).toEqual([8, 48, 80])
    expect(result.layers.at(-1)!.shape.slice(1)).toEqual([3, 5])
  })

  test('layers of 2 to 8 bits among layers of 4, activations of 6', async () => {
    const file = join(makeFolder(), 'overrides.json')
    const bits = { 'model.0': 8, 'model.1': 2, 'model.9.cv1': 3, 'model.12.cv2': 5, 'model.22.cv2.0.2': 7 }
    const layers = Object.entries(bits).map(([name, weightBits]) => [name, { weightBits }])
    await writeFile(file, JSON.stringify(Object.fromEntries(layers)))
    const options = defaultOptions({ weightBits: 4, activationBits: 6, overrides: file })
    const model = await prepareDefault(options)
    const convs = model.prepared.integer.nodes.flatMap((node) => (node.op === 'conv' ? [node] : []))
    // Each layer's codes reach what its own bits allow: the largest weight of a channel is the end of its range.
    for (const { name, weight, weightBits } of convs) {
      expect(weightBits, name).toBe(bits[name as keyof typeof bits] ?? 4)
      const largest = Math.max(...Array.from(weight, Math.abs))
      expect(largest, name).toBe(2 ** (weightBits - 1) - 1)
    }
    const engine = chooseEngine(model.options, parseArray('8x8x2'))
    expect([engine.weightBits, engine.activationBits]).toEqual([8, 6])
    await prove(model, mode, '8x8x2')
  })
})
