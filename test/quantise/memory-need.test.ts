/** What calibration does where memory is short. */
import { describe, expect, test } from 'vitest'
import type { FloatGraph } from '../../src/graph/types.ts'
import { describeShortage, sessionsWithin, tensorBytes } from '../../src/quantise/memory-need.ts'

/** Tensors of 3 * 2000 * 2000 and 2000 * 2000 floats: 64 MB. */
const graph = {
  nodes: [
    { name: 'images', op: 'input', shape: [3, 2000, 2000] },
    { name: 'pool', op: 'maxPool', shape: [1, 2000, 2000] },
  ],
} as unknown as FloatGraph

test('tensors are counted in floats', () => {
  expect(tensorBytes(graph)).toBe(64e6)
})

test.each([
  { available: 8e9, sessions: 31 },
  { available: 512e6, sessions: 2 },
  { available: 511e6, sessions: 1 },
  { available: 1, sessions: 1 },
])('$sessions sessions in $available bytes', ({ available, sessions }) => {
  expect(sessionsWithin(graph, available)).toBe(sessions)
})

describe('a shortage', () => {
  test('is told before it ends the process', () => {
    expect(describeShortage(graph, 300e6)).toBe(
      'calibration at 2000x2000 takes about 0.4 GB of memory, and 0.3 GB are left: if the system ends the process, choose a smaller --size or allow more memory.',
    )
  })

  test('counts the weights', () => {
    const conv = { name: 'conv', op: 'conv', shape: [1, 2000, 2000], weight: new Float32Array(1e6) }
    const weighty = { nodes: [graph.nodes[0], conv] } as unknown as FloatGraph
    expect(describeShortage(weighty, 438e6)).toBeNull()
    expect(describeShortage(weighty, 437e6)).toEqual(expect.any(String))
  })

  test('is none where one session fits', () => {
    expect(describeShortage(graph, 428e6)).toBeNull()
    expect(describeShortage(graph, 427e6)).toEqual(expect.any(String))
  })
})
