import { expect, test } from 'vitest'
import { cutGraph, listDependents } from '../../src/graph/cut-graph.ts'
import type { FloatGraph, FloatNode } from '../../src/graph/types.ts'

const shape = [1, 2, 2] as const
const add = (name: string, a: string, b: string): FloatNode => ({ op: 'add', name, inputs: [a, b], shape })
const graph: FloatGraph = {
  nodes: [
    { op: 'input', name: 'images', shape },
    add('a', 'images', 'images'),
    add('b', 'a', 'a'),
    add('c', 'b', 'images'),
    add('d', 'a', 'c'),
  ],
  head: { name: 'head', levels: [], regMax: 16, classes: [] },
  aliases: new Map(),
}

test.each([
  {
    because: 'a given tensor becomes an input, what only it needed goes',
    given: ['b'],
    wanted: ['c'],
    left: ['images', 'b', 'c'],
  },
  {
    because: 'another path keeps what it needs',
    given: ['b'],
    wanted: ['d'],
    left: ['images', 'b', 'a', 'c', 'd'],
  },
  { because: 'what comes after goes', given: [], wanted: ['b'], left: ['images', 'a', 'b'] },
  {
    because: 'a given tensor that is not needed goes',
    given: ['d'],
    wanted: ['b'],
    left: ['images', 'a', 'b'],
  },
])('$because', ({ given, wanted, left }) => {
  const cut = cutGraph(graph, new Set(given), wanted)
  expect(cut.nodes.map(({ name }) => name)).toEqual(left)
  for (const node of cut.nodes)
    expect(node.op).toBe(node.name === 'images' || given.includes(node.name) ? 'input' : 'add')
})

test('dependents', () => {
  expect(
    listDependents(
      graph.nodes.map((node) => ({ ...node })),
      'b',
    ),
  ).toEqual(['c', 'd'])
})
