import { describe, expect, test } from 'vitest'
import { accumulate } from '../../src/golden/accumulate.ts'
import { add } from '../../src/golden/add.ts'
import type { CodeTensor } from '../../src/golden/codes.ts'
import { concat, slice } from '../../src/golden/concat.ts'
import { convolve } from '../../src/golden/conv.ts'
import { digest } from '../../src/golden/digest.ts'
import { maxPool } from '../../src/golden/max-pool.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerConv } from '../../src/golden/types.ts'
import { upsample } from '../../src/golden/upsample.ts'
import type { Shape } from '../../src/graph/types.ts'
import { randomGraph, randomImage } from './random-graph.ts'

// Worked by hand: nothing here is computed by the code under test.

function tensor(shape: Shape, codes: number[], zeroPoint = 0): CodeTensor {
  return { shape, codes: Uint8Array.from(codes), quant: { scale: 1, zeroPoint, bits: 8 } }
}

const quant = { scale: 1, zeroPoint: 0, bits: 8 }

describe('A-3 to A-5 convolution', () => {
  const node: IntegerConv = {
    ...{
      op: 'conv',
      name: 'c',
      inputs: ['x'],
      shape: [1, 2, 2],
      quant,
      inChannels: 1,
      kernel: 3,
      stride: 1,
      padding: 1,
    },
    ...{
      weightBits: 8,
      weight: Int8Array.from([1, 0, 0, 0, 2, 0, 0, 0, -1]),
      weightScale: Float64Array.of(1),
    },
    ...{ bias: Int32Array.of(4), multiplier: Uint16Array.of(32768), shift: Uint8Array.of(16) },
    ...{ requantZeroPoint: 3, requantBits: 8, requantScale: 1, table: null },
  }
  const input = tensor([1, 2, 2], [10, 20, 30, 41], 7)

  test('a padding tap holds the zero point', () => {
    // (0,0): 4 + 7 + 20 - 41 = -10; (0,1): 4 + 7 + 40 - 7 = 44; (1,0): 4 + 7 + 60 - 7 = 64; (1,1): 4 + 10 + 82 - 7 = 89
    // halved, half up, plus 3: -2, 25, 35, 48 (44.5 rounds up to 45)
    expect([...convolve(node, input)]).toEqual([0, 25, 35, 48])
  })

  test('accumulate gives the sum of one element', () => {
    const at = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([y = 0, x = 0]) => accumulate(node, input, { channel: 0, y, x }))
    expect(at).toEqual([-10, 44, 64, 89])
  })

  test('the table is indexed by the requantised code', () => {
    const table = Uint8Array.from({ length: 256 }, (_, p) => 255 - p)
    expect([...convolve({ ...node, table }, input)]).toEqual([255, 230, 220, 207])
  })

  test('stride 2 takes every second position', () => {
    expect([...convolve({ ...node, stride: 2, shape: [1, 1, 1] }, input)]).toEqual([0])
  })
})

test('A-6 add rounds the sum once, half up', () => {
  const node = {
    op: 'add',
    name: 's',
    inputs: ['a', 'b'],
    shape: [1, 1, 4],
    quant: { ...quant, zeroPoint: 9 },
  } as const
  const a = tensor([1, 1, 4], [10, 11, 9, 0], 10)
  const b = tensor([1, 1, 4], [21, 21, 19, 255], 20)
  // (q_a - 10) + (q_b - 20), halved: 0.5, 1, -1, 112.5; two roundings would give 1, 2, -1, 113
  const sum = add({ ...node, multipliers: [1, 1], shift: 1 }, a, b)
  expect([...sum]).toEqual([10, 10, 8, 122])
})

test.each([
  ['left and right', [1, 1, 7]],
  ['up and down', [1, 7, 1]],
] as const)('A-7 max-pool looks two %s and pads with 0', (_, shape) => {
  const node = { op: 'max-pool', name: 'm', inputs: ['x'], shape, quant, kernel: 5 } as const
  const input = tensor([...shape], [5, 1, 9, 2, 0, 0, 4])
  expect([...maxPool(node, input)]).toEqual([9, 9, 9, 9, 9, 4, 4])
})

test('A-7 upsample doubles rows and columns', () => {
  const node = { op: 'upsample', name: 'u', inputs: ['x'], shape: [1, 4, 4], quant } as const
  const doubled = upsample(node, tensor([1, 2, 2], [1, 2, 3, 4]))
  expect([...doubled]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
})

test('A-7 concat puts channels in order, slice takes some', () => {
  const joined = concat({ op: 'concat', name: 'j', inputs: ['a', 'b'], shape: [3, 1, 2], quant }, [
    tensor([1, 1, 2], [1, 2]),
    tensor([2, 1, 2], [3, 4, 5, 6]),
  ])
  expect([...joined]).toEqual([1, 2, 3, 4, 5, 6])
  const node = { op: 'slice', name: 'h', inputs: ['j'], shape: [1, 1, 2], quant, begin: 1 } as const
  expect([...slice(node, tensor([3, 1, 2], [...joined]))]).toEqual([3, 4])
})

describe('runSpec', () => {
  test('stops after the node it is told, and reports each tensor', () => {
    const graph = randomGraph({ seed: 1 })
    const seen: string[] = []
    const options = { until: 'split', onNode: (node: { name: string }) => seen.push(node.name) }
    const results = runSpec(graph, randomImage(graph, 1), options)
    expect([...results.keys()]).toEqual(['images', 'stem', 'split'])
    expect(seen).toEqual(['images', 'stem', 'split'])
  })

  test('a node before its input is refused by name', () => {
    const graph = randomGraph({ seed: 1 })
    const nodes = graph.nodes.filter((node) => node.name !== 'stem')
    expect(() => runSpec({ ...graph, nodes }, randomImage(graph, 1))).toThrow(
      'split reads stem, which no node before it makes',
    )
  })
})

describe('digest', () => {
  test('is SHA-256 of 16-bit little-endian codes', () => {
    // printf '\001\000\002\000' | sha256sum
    expect(digest(Uint8Array.of(1, 2))).toBe(
      '7b11c1133330cd161071bf23a0c9b6ce5320a8f3a0f83620035a72be46df4104',
    )
    expect(digest(Uint16Array.of(1, 2))).toBe(digest(Uint8Array.of(1, 2)))
  })
  test('depends on the order and on the high byte', () => {
    const digests = [
      [1, 2],
      [2, 1],
      [257, 2],
    ].map((codes) => digest(Uint16Array.from(codes)))
    expect(new Set(digests).size).toBe(3)
  })
})
