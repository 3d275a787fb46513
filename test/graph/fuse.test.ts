import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { buildGraph } from '../../src/graph/build-graph.ts'
import { fuse } from '../../src/graph/fuse.ts'
import type { ConvNode, FloatGraph } from '../../src/graph/types.ts'
import { sharedPath } from '../checkpoint/shared-data.ts'
import { needs } from '../witness.ts'

interface FusedReference {
  readonly shape: readonly number[]
  readonly sum: number
  readonly absmax: number
  readonly first4: readonly number[]
}

function makeConv(values: Partial<ConvNode>): FloatGraph {
  const conv: ConvNode = {
    op: 'conv',
    name: 'c',
    inputs: ['images'],
    shape: [2, 1, 1],
    weight: Float32Array.of(3, -5),
    bias: null,
    batchNorm: null,
    inChannels: 1,
    kernel: 1,
    stride: 1,
    padding: 0,
    activation: 'none',
    ...values,
  }
  const head = { name: 'head', levels: [], regMax: 16, classes: [] }
  return { nodes: [{ op: 'input', name: 'images', shape: [1, 1, 1] }, conv], head, aliases: new Map() }
}

function fuseOne(values: Partial<ConvNode>): ConvNode {
  const node = fuse(makeConv(values)).nodes[1]
  if (node?.op !== 'conv') throw new Error('expected a convolution')
  return node
}

describe('fuse', () => {
  const batchNorm = {
    gamma: Float32Array.of(2, -1),
    beta: Float32Array.of(10, 20),
    mean: Float32Array.of(1, 2),
    variance: Float32Array.of(3, 8),
    eps: 1,
  }

  test('worked by hand: factors 2 / 2 and -1 / 3', () => {
    const { weight, bias, batchNorm: left } = fuseOne({ batchNorm })
    expect([...weight]).toEqual([3, Math.fround(5 / 3)])
    expect([...bias!]).toEqual([9, Math.fround(20 + 2 / 3)])
    expect(left).toBeNull()
  })

  test("the convolution's own bias is scaled too", () => {
    expect([...fuseOne({ batchNorm, bias: Float32Array.of(4, -7) }).bias!]).toEqual([13, 23])
  })

  test('without batch norm nothing changes, but there is a bias', () => {
    const { weight, bias } = fuseOne({})
    expect([...weight]).toEqual([3, -5])
    expect([...bias!]).toEqual([0, 0])
  })
})

needs(['../shared/models/yolov8n.pt', '../shared/reference'], 'yolov8n.pt fused', () => {
  let graph: FloatGraph
  let reference: Record<string, FusedReference>
  beforeAll(async () => {
    const checkpoint = await readCheckpoint(readFileSync(sharedPath('models/yolov8n.pt')), 'yolov8n.pt')
    graph = buildGraph(checkpoint, { height: 64, width: 64 })
    reference = JSON.parse(readFileSync(sharedPath('reference/weights.json'), 'utf8')).fused
  })

  test("agrees with PyTorch's fused model in every tensor", () => {
    const compared = new Set<string>()
    for (const node of fuse(graph).nodes.filter(({ op }) => op === 'conv') as readonly ConvNode[]) {
      const own = graph.nodes.some(
        (other) => other.op === 'conv' && other.name === node.name && other.batchNorm,
      )
        ? '.conv'
        : ''
      for (const [key, values] of [
        ['weight', node.weight],
        ['bias', node.bias!],
      ] as const) {
        const name = `${node.name}${own}.${key}`
        const expected = reference[name]!
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
        const sum = values.reduce((total, value) => total + value, 0)
        compared.add(name)
        expect(values, name).toHaveLength(expected.shape.reduce((product, dim) => product * dim, 1))
        // PyTorch folds in float32, we in double: some units in the last place.
        expect(Math.abs(largest / expected.absmax - 1), name).toBeLessThan(1e-6)
        expect(Math.abs(sum - expected.sum), name).toBeLessThan(1e-7 * largest * values.length + 1e-6)
        for (const [i, value] of expected.first4.entries()) {
          expect(Math.abs(values[i]! - value), `${name} ${i}`).toBeLessThan(
            1e-6 * Math.max(1, Math.abs(value)),
          )
        }
      }
    }
    const others = Object.keys(reference).filter((name) => !compared.has(name))
    expect(others).toEqual(['model.22.dfl.conv.weight'])
  })
})
