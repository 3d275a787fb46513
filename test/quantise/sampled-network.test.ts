import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { buildGraph } from '../../src/graph/build-graph.ts'
import { fuse } from '../../src/graph/fuse.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import { FloatNetwork } from '../../src/quantise/float-network.ts'
import { type FloatSamples, inOrder, listObserved, listTargets } from '../../src/quantise/float-samples.ts'
import { createSampler, drawPositions } from '../../src/quantise/layer-samples.ts'
import { describeSampled, SampledNetwork } from '../../src/quantise/sampled-network.ts'
import { openSampled, SampledThreads } from '../../src/quantise/sampled-threads.ts'
import { repositoryPath } from '../checkpoint/shared-data.ts'
import { sampleAll } from './sample-of.ts'
import { smallGraph, smallImage } from './small-network.ts'

// Large enough that of some tensors only one value in several is looked at.
const size = { height: 192, width: 320 }
const path = repositoryPath('golden/default/shapes.pt')
const graph = fuse(buildGraph(await readCheckpoint(readFileSync(path), path), size))
const random = createSampler(3)
const makeImage = () => Float32Array.from({ length: 3 * size.height * size.width }, random)
const images = [makeImage(), makeImage(), makeImage()]
const shapes = listObserved(graph)
const wanted = new Map(
  listTargets(graph).map((name) => [name, drawPositions(shapes.get(name)!, 1, 50, random)[0]!] as const),
)

const digest = (values: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex')

/** Digests of everything but the sums, which are added in another order. */
const exact = ({ observed, targets }: FloatSamples) => ({
  observed: [...observed].map(([name, { values, channels }]) => [
    name,
    digest(values),
    channels === null ? null : [digest(channels.min), digest(channels.max)],
  ]),
  targets: [...targets].map(([name, values]) => [name, digest(values)]),
})

describe('samples that leave the network', () => {
  test('are those of the whole tensors, bit by bit', async () => {
    const activations = [...shapes.keys()]
    await using whole = await FloatNetwork.create(graph, { activations })
    await using network = await SampledNetwork.open(describeSampled(graph))
    const [image] = images
    const samples = await network.sample(image!, wanted)
    const expected = sampleAll(graph, await whole.run(image!), wanted)
    expect(exact(samples)).toEqual(exact(expected))
    for (const [name, { channels }] of expected.observed)
      for (const [c, own] of channels?.sum.entries() ?? [])
        expect(samples.observed.get(name)!.channels!.sum[c]! / own).toBeCloseTo(1, 2)
    const steps = [...samples.observed].map(([name, { values }]) => {
      const [channels, height, width] = shapes.get(name)!
      return Math.round((channels * height * width) / values.length)
    })
    expect(new Set(steps).size).toBeGreaterThan(1)
  })

  test('hold no pixels where none are wanted', async () => {
    await using network = await SampledNetwork.open(describeSampled(graph))
    expect((await network.sample(images[0]!)).targets.size).toBe(0)
  })

  test('are the same on several threads, in the order of the images', async () => {
    const model = describeSampled(graph)
    await using network = await SampledNetwork.open(model)
    const expected: FloatSamples[] = []
    for (const image of images) expected.push(await network.sample(image, wanted))
    await using threads = await SampledThreads.open(model, 2)
    let index = 0
    const copies = images.map((image) => image.slice())
    for await (const samples of inOrder(copies, threads.atOnce, (image) => threads.sample(image, wanted)))
      expect(exact(samples)).toEqual(exact(expected[index++]!))
    expect(index).toBe(3)
  })

  test('a thread that cannot run an image says so', async () => {
    await using threads = await SampledThreads.open(describeSampled(smallGraph), 2)
    await expect(threads.sample(new Float32Array(5))).rejects.toThrow('Tensor')
    const model = { ...describeSampled(smallGraph), onnx: Uint8Array.of(1, 2, 3) }
    await expect(SampledThreads.open(model, 2)).rejects.toThrow('protobuf')
  })

  test('a small network stays on this thread, a large one takes the cores', async () => {
    await using small = await openSampled(smallGraph, 32, 2)
    expect(small.atOnce).toBe(1)
    await using one = await openSampled(graph, 10_000, 1)
    expect(one.atOnce).toBe(1)
    await using large = await openSampled(graph, 10_000, 2)
    expect(large.atOnce).toBe(2)
    // Two sessions would not fit.
    await using tight = await openSampled(graph, 10_000, 2, 10e6)
    expect(tight.atOnce).toBe(1)
  })
})

test.each(['a', 'sum', 'cls'])('a value of %s that is no number is found, wherever it is', async (name) => {
  const nodes = smallGraph.nodes.map((node) => {
    if (node.name !== name && !(name === 'sum' && node.name === 'b')) return node
    if (node.op !== 'conv') return node
    return { ...node, bias: node.bias!.map((value, c) => (c === 1 ? Number.NaN : value)) }
  })
  const broken = { ...smallGraph, nodes }
  await using source = await openSampled(broken, 1)
  const image = Float32Array.from(smallImage(1), (pixel) => pixel / 255)
  const first = { a: 'a.conv', sum: 'b.conv', cls: 'cls' }[name]!
  await expect(calibrate(broken, source, [{ real: image }])).rejects.toThrow(
    `${first} holds a value that is not finite`,
  )
})

test('results come in order, and only so many are begun ahead', async () => {
  const begun: number[] = []
  const work = async (item: number) => {
    begun.push(item)
    await new Promise((resolve) => setTimeout(resolve, 10 * (3 - item)))
    return item
  }
  const given: unknown[] = []
  for await (const item of inOrder([0, 1, 2, 3], 2, work)) given.push([item, begun.length])
  expect(given).toEqual([
    [0, 3],
    [1, 4],
    [2, 4],
    [3, 4],
  ])
  const failing = async (item: number) => {
    if (item === 1) throw new Error('one')
    return item
  }
  const results = inOrder([0, 1, 2], 3, failing)
  expect(await results.next()).toMatchObject({ value: 0 })
  await expect(results.next()).rejects.toThrow('one')
})
