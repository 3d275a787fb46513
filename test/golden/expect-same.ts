import { expect } from 'vitest'
import type { Codes, IntegerGraph } from '../../src/golden/types.ts'

/** Fails with the layer, the place and the count of the first tensor that differs. */
export function expectSameTensors(
  graph: IntegerGraph,
  expected: ReadonlyMap<string, Codes>,
  received: ReadonlyMap<string, Codes>,
): void {
  expect([...received.keys()]).toEqual([...expected.keys()])
  for (const [name, codes] of expected) {
    const [, height, width] = graph.nodes.find((node) => node.name === name)!.shape
    const other = received.get(name)!
    expect(other.length, `${name}: elements`).toBe(codes.length)
    let first = -1
    let count = 0
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] === other[i]) continue
      if (count++ === 0) first = i
    }
    if (count === 0) continue
    const x = first % width
    const y = Math.floor(first / width) % height
    const c = Math.floor(first / width / height)
    expect.fail(
      `${name} c${c} y${y} x${x}: expected ${codes[first]}, received ${other[first]}; ${count} of ${codes.length} differ`,
    )
  }
}
