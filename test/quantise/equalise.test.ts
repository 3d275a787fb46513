import { describe, expect, test } from 'vitest'
import type { ConvNode, FloatGraph } from '../../src/graph/types.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { loadModel } from '../../src/pipeline/model/prepare.ts'
import { equaliseGraph, findEqualisablePairs } from '../../src/quantise/equalise.ts'
import { FloatNetwork } from '../../src/quantise/float-network.ts'
import { createRandom } from '../golden/random.ts'
import { DEFAULT_MODEL } from '../pipeline/shared-data.ts'

const random = createRandom(4)
function conv(
  name: string,
  input: string,
  { kernel, from, to, silu }: { kernel: number; from: number; to: number; silu: boolean },
): ConvNode {
  return {
    op: 'conv',
    name,
    inputs: [input],
    shape: [to, 6, 6],
    // Channels of very different size, one of them dead.
    weight: Float32Array.from({ length: to * from * kernel * kernel }, (_, i) => {
      const channel = Math.floor(i / (from * kernel * kernel))
      return channel === 2 ? 0 : (random.next() - 0.5) * 4 ** channel
    }),
    bias: Float32Array.from({ length: to }, () => random.next()),
    batchNorm: null,
    inChannels: from,
    kernel,
    stride: 1,
    padding: kernel >> 1,
    activation: silu ? 'silu' : 'none',
  }
}

const makeGraph = (firstHasSilu: boolean): FloatGraph => ({
  nodes: [
    { op: 'input', name: 'images', shape: [3, 6, 6] },
    conv('a', 'images', { kernel: 3, from: 3, to: 4, silu: firstHasSilu }),
    conv('b', 'a', { kernel: 3, from: 4, to: 5, silu: true }),
    conv('box', 'b', { kernel: 1, from: 5, to: 4, silu: false }),
    conv('cls', 'b', { kernel: 1, from: 5, to: 2, silu: false }),
  ],
  head: { name: 'head', levels: [{ stride: 1, box: 'box', cls: 'cls' }], regMax: 1, classes: ['x', 'y'] },
  aliases: new Map(),
})

describe('cross-layer equalisation', () => {
  test('evens out a pair with nothing in between, and the network computes the same', async () => {
    const graph = makeGraph(false)
    expect(findEqualisablePairs(graph)).toEqual([{ first: 'a', second: 'b' }])
    const equalised = equaliseGraph(graph)
    const rangeOf = (of: FloatGraph): number => {
      const { weight } = of.nodes[1] as ConvNode
      const largest = [0, 1, 3].map((c) => Math.max(...weight.subarray(c * 27, (c + 1) * 27).map(Math.abs)))
      return Math.max(...largest) / Math.min(...largest)
    }
    expect(rangeOf(equalised)).toBeLessThan(0.3 * rangeOf(graph))
    const image = Float32Array.from({ length: 108 }, () => random.next())
    const run = async (of: FloatGraph): Promise<Float32Array> => {
      await using network = await FloatNetwork.create(of, { activations: ['b'] })
      return (await network.run(image)).get('b')!
    }
    const [expected, actual] = [await run(graph), await run(equalised)]
    const largest = Math.max(...expected.map(Math.abs))
    for (const [i, value] of actual.entries())
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * largest)
  })

  test('SiLU does not commute: such a pair is left alone', () => {
    const graph = makeGraph(true)
    expect(findEqualisablePairs(graph)).toEqual([])
    expect(equaliseGraph(graph)).toBe(graph)
  })

  test('YOLOv8 has no pair', async () => {
    const { graph } = await loadModel(DEFAULT_MODEL, {}, silent)
    expect(findEqualisablePairs(graph)).toEqual([])
  })
})
