import { describe, expect, test } from 'vitest'
import { accumulate } from '../../src/golden/accumulate.ts'
import { Engine } from '../../src/golden/engine.ts'
import { KernelMemory } from '../../src/golden/engine-kernel.ts'
import { planLayout } from '../../src/golden/engine-layout.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerConv } from '../../src/golden/types.ts'
import { expectSameTensors } from './expect-same.ts'
import { RandomGraphMaker, type RandomGraphOptions, randomGraph, randomImage } from './random-graph.ts'

/** A convolution of 3x3 and stride 2 with a table of 16, one of 1x1 without, and an add. */
function smallGraph(options: Partial<RandomGraphOptions> = {}) {
  const maker = new RandomGraphMaker({ seed: 4, shape: [3, 4, 5], tableBits: 4, ...options })
  maker.conv('a', 'images', { channels: 9, kernel: 3, stride: 2 })
  maker.conv('b', 'a', { channels: 2, table: false })
  maker.add('sum', 'b', 'b')
  return maker
}

describe('the layout of memory', () => {
  // A channel takes two bytes; a pixel has its channels in eights, of an image of at most 4 in fours. Everything begins at 16.
  const tensors = {
    // Framed by one pixel: 6 rows of 7 pixels of 8 bytes; pixel (0, 0) is a row and a pixel behind.
    images: { begin: 16, bytes: 336, address: 80, frame: 1, row: 56, pixel: 8, base: 0 },
    // 2 rows of 3 pixels of 16 channels, without a frame.
    a: { begin: 352, bytes: 192, address: 352, frame: 0, row: 96, pixel: 32, base: 0 },
    b: { begin: 1920, bytes: 96, address: 1920, frame: 0, row: 48, pixel: 16, base: 0 },
    sum: { begin: 2368, bytes: 96, address: 2368, frame: 0, row: 48, pixel: 16, base: 0 },
  }
  const convs = {
    // A row of 3 taps is 24 bytes; 2 groups of 3 rows of 8 channels; 96 bytes of parameters a group.
    a: { groups: 2, run: 24, weights: 544, weightBytes: 1152, parameters: 1696, table: 1888 },
    b: { groups: 1, run: 32, weights: 2016, weightBytes: 256, parameters: 2272, table: 0 },
  }

  test('has a place for every tensor and every parameter, worked by hand', () => {
    const layout = planLayout(smallGraph().graph())
    expect(Object.fromEntries(layout.tensors)).toEqual(tensors)
    expect(Object.fromEntries(layout.convs)).toEqual(convs)
    // The largest tensor has 60 codes, 120 bytes, but a has 243 weights: in vectors 256. Its 9 channels have two sums each, 144 bytes.
    // The last tile of b reads 4 pixels and a run further: 160.
    expect(layout).toMatchObject({ staging: 2464, weightSums: 2720, sums: 0, totalBytes: 2720 + 144 + 160 })
  })

  test('with tallies has room for the accumulators of the largest convolution, and for a tally of each row', () => {
    // 16 channels of 2 x 3, 4 bytes each; b has two rows, and a tally of 64 bytes and 256 codes for each.
    const layout = planLayout(smallGraph().graph(), true)
    expect(layout).toMatchObject({ staging: 2464, sums: 2864, tallies: 3248, totalBytes: 3248 + 640 + 160 })
  })

  test('leaves room behind the last tensor for a tile that reads past it', () => {
    const maker = new RandomGraphMaker({ seed: 4, shape: [3, 4, 5] })
    maker.conv('a', 'images', { channels: 1, kernel: 3, stride: 2, table: false })
    const { weightSums, totalBytes } = planLayout(maker.graph())
    // Behind two sums: four pixels of 8 bytes at a stride of 2, and a run of 24.
    expect(totalBytes - weightSums - 16).toBe(4 * 2 * 8 + 24)
  })

  test.each([
    { channels: 4, pixel: 8 },
    { channels: 5, pixel: 16 },
    { channels: 8, pixel: 16 },
    { channels: 9, pixel: 32 },
  ])('an image of $channels channels has pixels of $pixel bytes', ({ channels, pixel }) => {
    const { tensors: own } = planLayout(smallGraph({ shape: [channels, 4, 5] }).graph())
    expect(own.get('images')!.pixel).toBe(pixel)
  })

  test('an image that something else reads as well has whole groups', () => {
    const maker = smallGraph()
    maker.slice('part', 'images', 1, 2)
    expect(planLayout(maker.graph()).tensors.get('images')!.pixel).toBe(16)
  })

  test('codes of 16 bits are stored less 32768', () => {
    const bases = [15, 16].map((activationBits) =>
      [...planLayout(smallGraph({ activationBits }).graph()).tensors.values()].map(({ base }) => base),
    )
    expect(bases).toEqual([
      [0, 0, 0, 0],
      [32768, 32768, 32768, 32768],
    ])
  })
})

describe.each([8, 12, 16])('at %i bits', (activationBits) => {
  const maker = smallGraph({ activationBits, tableBits: 8 })
  maker.slice('part', 'images', 1, 2)
  maker.conv('behind', 'sum', { channels: 10, kernel: 3 })
  const graph = maker.graph()
  const image = randomImage(graph, 2)
  const spec = runSpec(graph, image)

  test('the engine gives the codes of the spec, and takes them back layer by layer', () => {
    const engine = Engine.create(graph)
    expectSameTensors(graph, spec, engine.run(image))
    for (const node of graph.nodes) {
      const inputs = (node.op === 'input' ? [node.name] : node.inputs).map((name) => spec.get(name)!)
      expect(engine.runLayer(node.name, inputs)).toEqual(spec.get(node.name))
    }
  })

  test('tallies are those of the accumulators of the clause', () => {
    const seen: string[] = []
    Engine.create(graph, { tallies: true }).run(image, {
      onTally: (node: IntegerConv, tally) => {
        seen.push(node.name)
        const from = graph.nodes.find(({ name }) => name === node.inputs[0])!
        const input = { codes: spec.get(from.name)!, shape: from.shape, quant: from.quant }
        const [channels, height, width] = node.shape
        const largest = 2 ** node.requantBits - 1
        const expected = { least: 0, most: 0, tiesAbove: 0, tiesBelow: 0, clampedLow: 0, clampedHigh: 0 }
        const codes = new Uint8Array(largest + 1)
        for (let channel = 0; channel < channels; channel++)
          for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++) {
              const sum = accumulate(node, input, { channel, y, x })
              const [multiplier, shift] = [BigInt(node.multiplier[channel]!), BigInt(node.shift[channel]!)]
              const product = BigInt(sum) * multiplier
              const half = shift === 0n ? 0n : 1n << (shift - 1n)
              const raw = node.requantZeroPoint + Number((product + half) >> shift)
              const isTie = half > 0n && (product & ((1n << shift) - 1n)) === half
              expected.least = Math.min(expected.least, sum)
              expected.most = Math.max(expected.most, sum)
              const outputOf = (code: number): number => node.table?.[code] ?? code
              if (isTie && raw > 0 && raw <= largest && outputOf(raw) !== outputOf(raw - 1))
                expected[sum < 0 ? 'tiesBelow' : 'tiesAbove']++
              if (raw < 0) expected.clampedLow++
              if (raw > largest) expected.clampedHigh++
              codes[Math.min(Math.max(raw, 0), largest)] = 1
            }
        expect(tally).toEqual({ ...expected, codes })
      },
    })
    expect(seen).toEqual(['a', 'b', 'behind'])
  })
})

describe('the engine', () => {
  const graph = randomGraph({ seed: 3, shape: [3, 8, 8] })

  test('gives tallies only where it was made for them', () => {
    expect(() => Engine.create(graph).run(randomImage(graph, 1), { onTally: () => undefined })).toThrow(
      new RangeError('onTally: create the engine with { tallies: true }'),
    )
    expect(Engine.create(graph, {}).memoryBytes).toBeLessThanOrEqual(
      Engine.create(graph, { tallies: true }).memoryBytes,
    )
  })

  test('has a tensor of each node, and gives the image back as it is', () => {
    const image = randomImage(graph, 1)
    const results = Engine.create(graph).run(image)
    expect([...results.keys()]).toEqual(graph.nodes.map(({ name }) => name))
    expect(results.get('images')).toBe(image)
  })

  test('needs at most the memory that WebAssembly has', () => {
    expect(() => new KernelMemory().reserve(2 ** 32 + 1)).toThrow(
      "The engine needs 4294967297 bytes, above WebAssembly's 4 GiB",
    )
    expect(new KernelMemory().reserve(65_537).byteLength).toBe(2 * 65_536)
    expect(new KernelMemory().reserve(65_536).byteLength).toBe(65_536)
  })

  test('is zero for whoever reserves it next, and grows', () => {
    const memory = new KernelMemory()
    new Uint8Array(memory.reserve(70_000)).fill(7)
    const next = new Uint8Array(memory.reserve(140_000))
    expect(next.length).toBe(3 * 65_536)
    expect(next.subarray(0, 70_000).every((byte) => byte === 0)).toBe(true)
  })
})
