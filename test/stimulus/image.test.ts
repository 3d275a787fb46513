/** What an image exercises: each layer that counts, from the tallies of the run that computed its golden data. */
import { expect, test } from 'vitest'
import { Engine, type Tally } from '../../src/golden/engine.ts'
import { coverImage } from '../../src/stimulus/golden.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'

const graph = randomGraph({ seed: 3, shape: [3, 12, 12] })
const tallies = new Map<string, Tally>()
const golden = Engine.create(graph, { tallies: true }).run(randomImage(graph, 5), {
  onTally: ({ name }, tally) => tallies.set(name, tally),
})
const namesOf = (op: string): string[] => graph.nodes.filter((node) => node.op === op).map(({ name }) => name)
const convs = namesOf('conv')
const all = new Set(graph.nodes.map(({ name }) => name))

test('every convolution and addition counts, and nothing else', () => {
  const { layers } = coverImage(graph, golden, tallies, all, null)
  expect(convs.length).toBeGreaterThan(1)
  expect([...layers.keys()].sort()).toEqual([...convs, ...namesOf('add')].sort())
})

test('of some layers, those alone', () => {
  const { layers } = coverImage(graph, golden, tallies, new Set([convs[1]!]), null)
  expect([...layers.keys()]).toEqual([convs[1]])
  expect(coverImage(graph, golden, tallies, all, null).layers.get(convs[1]!)).toEqual(layers.get(convs[1]!))
})

test('a convolution without a tally is no coverage of the others', () => {
  const others = new Map([...tallies].filter(([name]) => name !== convs[0]))
  expect(() => coverImage(graph, golden, others, all, null)).toThrow(`Expected a tally of ${convs[0]}`)
  expect(coverImage(graph, golden, others, new Set([convs[1]!]), null).layers.size).toBe(1)
})
