/** Measures what batch-norm fusion changes: nothing but rounding, if it is right. */
import type { FloatGraph } from '../../src/graph/types.ts'
import { FloatNetwork } from '../../src/quantise/float-network.ts'

export interface FusionCheck {
  /** Largest absolute difference of any activation. */
  readonly largest: number
  /** The same, relative to the largest magnitude in its tensor. */
  readonly relative: number
  /** The tensor it is in; `<name>.conv` is before the activation. */
  readonly name: string
  readonly channel: number
  readonly y: number
  readonly x: number
  readonly unfused: number
  readonly fused: number
}

/** Runs both graphs on one image [3, height, width], RGB / 255, and compares every activation. A value that is not finite counts as infinite difference. */
export async function checkFusion(
  unfused: FloatGraph,
  fused: FloatGraph,
  image: Float32Array,
): Promise<FusionCheck> {
  const shapes = new Map(unfused.nodes.map((node) => [node.name, node.shape]))
  const before = await runOnce(unfused, image)
  const after = await runOnce(fused, image)
  let worst: FusionCheck | null = null
  for (const [name, expected] of before) {
    const actual = after.get(name)
    if (!actual || actual.length !== expected.length)
      throw new Error(`Expected ${name} in the fused graph too`)
    const { index, difference, magnitude } = findLargest(expected, actual)
    if (worst && !(difference > worst.largest)) continue
    const [, height = 1, width = 1] = shapes.get(name) ?? shapes.get(name.replace(/\.conv$/, '')) ?? []
    worst = {
      largest: difference,
      relative: difference / (magnitude || 1),
      name,
      channel: Math.floor(index / (height * width)),
      y: Math.floor(index / width) % height,
      x: index % width,
      unfused: expected[index]!,
      fused: actual[index]!,
    }
  }
  if (!worst) throw new Error('Expected a graph with at least one layer')
  return worst
}

async function runOnce(graph: FloatGraph, image: Float32Array): Promise<Map<string, Float32Array>> {
  await using network = await FloatNetwork.create(graph, { activations: 'all' })
  return await network.run(image)
}

function findLargest(
  expected: Float32Array,
  actual: Float32Array,
): { index: number; difference: number; magnitude: number } {
  let index = 0
  let difference = 0
  let magnitude = 0
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(expected[i]! - actual[i]!)
    magnitude = Math.max(magnitude, Math.abs(expected[i]!))
    if (distance <= difference) continue
    index = i
    difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
    if (difference === Number.POSITIVE_INFINITY) break
  }
  return { index, difference, magnitude }
}
