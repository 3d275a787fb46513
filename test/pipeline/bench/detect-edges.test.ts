/** DETECT at its edges, through the emitter and the whole detector: the boxes against the spec. */
import { describe, expect, test } from 'vitest'
import type { IntegerConv, IntegerGraph, NmsOptions } from '../../../src/golden/types.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../../src/rom/parameters.ts'
import { headGraph } from '../../golden/head-graph.ts'
import { randomImage } from '../../golden/random-graph.ts'
import { runProgram } from '../run-program.ts'

/** Small enough that a grid of a few cells overflows both. */
const engine: EngineParameters = {
  ...DEFAULT_ENGINE,
  ...{ inputLanes: 4, outputLanes: 4, pixels: 2, capacity: 12, maxDetections: 5 },
}
const nms = (own: Partial<NmsOptions> = {}): NmsOptions => ({
  minCode: 128,
  iouThreshold: 717,
  capacity: engine.capacity,
  maxDetections: engine.maxDetections,
  multiLabel: false,
  ...own,
})

/** Every class logit of every anchor is the same code. */
function levelled(graph: IntegerGraph): IntegerGraph {
  const flatten = (node: IntegerConv): IntegerConv => ({
    ...node,
    weight: new Int8Array(node.weight.length),
    bias: new Int32Array(node.bias.length),
  })
  const nodes = graph.nodes.map((node) =>
    node.op === 'conv' && node.name.startsWith('cls') ? flatten(node) : node,
  )
  return { ...graph, nodes }
}

/** Runs a DETECT for each of the settings; every layer must be exact, and every list of boxes. */
async function detect(graph: IntegerGraph, settings: readonly NmsOptions[], seed = 2, own = engine) {
  const { red, boxes } = await runProgram(graph, own, randomImage(graph, seed), settings)
  expect(red).toEqual([])
  for (const { received, expected } of boxes) expect(received).toEqual(expected)
  return boxes.map(({ expected }) => expected)
}

describe('boxes through the whole detector', () => {
  test.each([
    { because: 'four levels, P2', first: 4, count: 4 },
    { because: 'four levels, P6', first: 8, count: 4 },
    { because: 'five levels', first: 4, count: 5 },
  ])('$because: every anchor is a box', async ({ first, count }) => {
    const graph = headGraph([3, 16, 17], 3, { first, count })
    const roomy = { ...engine, capacity: 400, maxDetections: 400 }
    const every = { minCode: 0, iouThreshold: 1024, capacity: 400, maxDetections: 400 }
    const [found] = await detect(graph, [nms(every)], 2, roomy)
    // 16x17 anchors, and ceiling halves of both at each level.
    const anchors = [272, 72, 20, 6, 2].slice(0, count).reduce((sum, size) => sum + size, 0)
    expect(found!.boxes.map(({ anchor }) => anchor).toSorted((a, b) => a - b)).toEqual([
      ...Array(anchors).keys(),
    ])
  })

  test('17 channels, 17 classes: none, one, some, and more candidates than the capacity', async () => {
    const graph = headGraph([3, 6, 7], 17)
    // One of the thresholds leaves one candidate.
    const thresholds = Array.from({ length: 257 }, (_, minCode) => minCode)
    const settings = thresholds
      .filter((code) => code % 8 === 0 || code > 200)
      .map((minCode) => nms({ minCode }))
    const found = await detect(graph, settings)
    const counts = found.map(({ candidates }) => candidates)
    expect(counts.at(-1)).toBe(0)
    expect(counts).toContain(1)
    // 6x7 cells and 3x4.
    expect(Math.max(...counts)).toBe(54)
    expect(found.some(({ overflow }) => overflow)).toBe(true)
    expect(found.some(({ candidates, overflow }) => candidates > 1 && !overflow)).toBe(true)
    expect(Math.max(...found.map(({ boxes }) => boxes.length))).toBe(5)
  })

  test('every class of an anchor, and overlap that suppresses everything or nothing', async () => {
    const graph = headGraph([3, 6, 7], 17, { seed: 3 })
    const found = await detect(graph, [
      nms({ minCode: 0, multiLabel: true }),
      nms({ minCode: 240, multiLabel: true }),
      nms({ minCode: 150, iouThreshold: 0 }),
      nms({ minCode: 150, iouThreshold: 1024 }),
      nms({ minCode: 150, maxDetections: 0 }),
      nms({ minCode: 150, maxDetections: 1 }),
    ])
    expect(found[0]).toMatchObject({ candidates: 54 * 17, overflow: true })
    expect(found.slice(4).map(({ boxes }) => boxes.length)).toEqual([0, 1])
  })

  test('ties: every code equal, so that anchors decide', async () => {
    const graph = levelled(headGraph([3, 6, 7], 3))
    const [found, multi] = await detect(graph, [
      nms({ iouThreshold: 1024 }),
      nms({ iouThreshold: 1024, multiLabel: true }),
    ])
    expect(found).toMatchObject({ candidates: 54, overflow: true })
    expect(found!.boxes.map(({ anchor, classIndex }) => [anchor, classIndex])).toEqual(
      [0, 1, 2, 3, 4].map((anchor) => [anchor, 0]),
    )
    expect(multi!.boxes.map(({ anchor, classIndex }) => [anchor, classIndex])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
    ])
  })

  test.each([
    { because: 'one pixel, one class', shape: [3, 1, 1] as const, classes: 1, anchors: 1 },
    { because: 'one row', shape: [1, 1, 5] as const, classes: 2, anchors: 5 },
    { because: 'one column', shape: [5, 9, 1] as const, classes: 2, anchors: 9 },
  ])('$because', async ({ shape, classes, anchors }) => {
    const [all, none] = await detect(headGraph(shape, classes), [nms({ minCode: 0 }), nms({ minCode: 256 })])
    expect(all!.candidates).toBe(anchors)
    expect(none).toEqual({ boxes: [], candidates: 0, overflow: false })
  })

  test('exactly as many candidates as the capacity are no overflow; one more is', async () => {
    const [full, over] = [await detect(headGraph([3, 1, 12], 1), [nms({ minCode: 0 })]), await detect(headGraph([3, 1, 13], 1), [nms({ minCode: 0 })])] // biome-ignore format: side by side
    expect(full[0]).toMatchObject({ candidates: 12, overflow: false })
    expect(over[0]).toMatchObject({ candidates: 13, overflow: true })
  })
})
