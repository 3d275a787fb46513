import { describe, expect, test } from 'vitest'
import { silu } from '../../src/graph/activation.ts'
import type { FloatGraph, FloatNode, Shape } from '../../src/graph/types.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import { listObserved } from '../../src/quantise/float-samples.ts'
import { sampledFrom } from './sample-of.ts'

const shape: Shape = [2, 1, 2]
const conv = (name: string, input: string, activation: 'silu' | 'none'): FloatNode => ({
  ...{ op: 'conv', name, inputs: [input], shape, inChannels: 2, kernel: 1, stride: 1, padding: 0 },
  ...{ weight: new Float32Array(4), bias: new Float32Array(2), batchNorm: null, activation },
})
const graph: FloatGraph = {
  nodes: [
    { op: 'input', name: 'images', shape },
    conv('a', 'images', 'silu'),
    conv('b', 'a', 'none'),
    { op: 'add', name: 'sum', inputs: ['a', 'b'], shape: [2, 2, 1] },
    { op: 'concat', name: 'cat', inputs: ['a', 'b'], shape: [4, 1, 2] },
  ],
  head: { name: 'head', levels: [], regMax: 1, classes: [] },
  aliases: new Map(),
}

/** A network that gives its image as `a` before SiLU, and 10 more as everything else. */
const source = (change: (name: string, values: Float32Array) => Float32Array | undefined = (_, x) => x) =>
  sampledFrom(graph, (image) => {
    const all = {
      'a.conv': image,
      a: image.map(silu),
      b: image.map((x) => x + 10),
      sum: image.map((x) => -x),
    }
    const entries = Object.entries(all).map(([name, values]) => [name, change(name, values)] as const)
    return new Map(entries.filter((entry): entry is [string, Float32Array] => entry[1] !== undefined))
  })
const images = [{ real: Float32Array.of(1, -4, 0, 2) }, { real: Float32Array.of(-3, 5, 1, 1) }]

test('what makes new values is observed, before SiLU and after', () => {
  expect([...listObserved(graph)]).toEqual([
    ['a.conv', shape],
    ['a', shape],
    ['b', shape],
    ['sum', [2, 2, 1]],
  ])
})

describe('calibrate', () => {
  test('remembers the extremes of all images, of each channel too', async () => {
    const done: number[] = []
    const calibration = await calibrate(graph, source(), images, (progress) => done.push(progress.done))
    expect(done).toEqual([1, 2])
    const extremes = [...calibration].map(([name, { histogram }]) => [name, histogram.min, histogram.max])
    expect(extremes).toEqual([
      ['a.conv', -4, 5],
      // SiLU is least at -1.278, inside of -4 to 2.
      ['a', -0.278464542761074, silu(5)],
      ['b', 6, 15],
      ['sum', -5, 4],
    ])
    const { channelMin, channelMax, histogram } = calibration.get('a.conv')!
    expect([...channelMin, ...channelMax]).toEqual([-4, 0, 5, 2])
    expect(histogram.total).toBe(8)
    expect(calibration.get('a')!.histogram.total).toBe(8)
  })

  // SiLU falls up to -1.278 and rises from there: its extremes follow from those before it.
  test.each([
    { because: 'all to the right of its least', image: [-1, 0, 3, 1], min: silu(-1), max: silu(3) },
    { because: 'all to the left of its least', image: [-9, -3, -2, -5], min: silu(-2), max: silu(-9) },
    { because: 'on both sides', image: [-2, 0, 1, 1], min: -0.278464542761074, max: silu(1) },
    {
      because: 'on both sides of it, below zero',
      image: [-2, -1, -1, -1],
      min: -0.278464542761074,
      max: silu(-2),
    },
  ])('behind SiLU, $because', async ({ image, min, max }) => {
    const { histogram } = (await calibrate(graph, source(), [{ real: Float32Array.from(image) }])).get('a')!
    expect([histogram.min, histogram.max]).toEqual([min, max])
  })

  test('the least of SiLU is where its slope is 0', () => {
    // s(1 + x(1 - s)) with s = sigmoid(x)
    const at = -1.278464542761074
    const s = 1 / (1 + Math.exp(-at))
    expect(s * (1 + at * (1 - s))).toBeCloseTo(0, 14)
    expect(silu(at)).toBeCloseTo(-0.278464542761074, 14)
  })

  test('a network that is broken is refused by the tensor', async () => {
    const without = source((name, values) => (name === 'b' ? undefined : values))
    await expect(calibrate(graph, without, images)).rejects.toThrow('the float network did not yield b')
    const broken = source((name, values) => (name === 'sum' ? values.map((x) => x / 0) : values))
    await expect(calibrate(graph, broken, images)).rejects.toThrow(
      'sum holds a value that is not finite, in the float network',
    )
  })
})
