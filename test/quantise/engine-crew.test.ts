import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Engine, type EngineOptions, type OnTally, type Tally } from '../../src/golden/engine.ts'
import { KernelMemory } from '../../src/golden/engine-kernel.ts'
import { CrewDesk } from '../../src/quantise/crew-desk.ts'
import { EngineCrew, openCrew } from '../../src/quantise/engine-crew.ts'
import { expectSameTensors } from '../golden/expect-same.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { smallGraph } from './small-network.ts'

const bits = [
  { weightBits: 8, activationBits: 8, tableBits: 8 },
  { weightBits: 4, activationBits: 6, tableBits: null },
  { weightBits: 16, activationBits: 16, tableBits: 16 },
]

/** A comparison of 65,536 elements by the test runner takes seconds. */
const digestTally = ({ codes, ...numbers }: Tally) => ({
  ...numbers,
  codes: createHash('sha256').update(codes).digest('hex'),
})

test('a crew computes the codes and tallies that one thread computes, in one memory after the other', async () => {
  using crew = new EngineCrew(2)
  const memory = new KernelMemory()
  for (let round = 0; round < 6; round++) {
    const graph = randomGraph({ seed: round, shape: [3, 23, 29], ...bits[round % 3]! })
    const image = randomImage(graph, round)
    const tallied = (options: EngineOptions) => {
      const tallies: (readonly [string, ReturnType<typeof digestTally>])[] = []
      const onTally: OnTally = ({ name }, tally) => tallies.push([name, digestTally(tally)])
      return { codes: Engine.create(graph, { ...options, tallies: true }).run(image, { onTally }), tallies }
    }
    const alone = tallied({})
    // Some in a memory of their own, so that helpers hear of several.
    const options = round % 2 === 0 ? { crew } : { crew, memory }
    for (let run = 0; run < 20; run++) {
      expectSameTensors(graph, alone.codes, Engine.create(graph, options).run(image))
      const together = tallied(options)
      expectSameTensors(graph, alone.codes, together.codes)
      expect(together.tallies).toEqual(alone.tallies)
    }
    // Helpers start meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

test('one core, or a small network, has no crew', () => {
  expect(openCrew(smallGraph, 8)).toBeNull()
  const [input, ...nodes] = smallGraph.nodes
  const large = [input!, ...nodes].map((node) => ({ ...node, shape: [4, 4096, 4096] as const }))
  expect(openCrew({ ...smallGraph, nodes: large }, 1)).toBeNull()
  using crew = openCrew({ ...smallGraph, nodes: large }, 3)
  expect(crew!.shares).toBe(9)
})

test('each share is taken once, and a late thread takes none of a call that is over', () => {
  const desk = CrewDesk.create()
  expect(desk.take()).toBeNull()
  desk.open(7, 0, [[1, 2], [3]])
  const other = new CrewDesk(desk.buffer)
  expect(other.waitForWork()).toBe(true)
  expect(desk.take()).toEqual({ memory: 7, call: 'conv', args: [1, 2] })
  expect(other.take()).toEqual({ memory: 7, call: 'conv', args: [3] })
  expect(desk.take()).toBeNull()
  desk.finish()
  other.finish()
  desk.waitForAll()
  desk.open(8, 3, [[4]])
  expect(other.take()).toEqual({ memory: 8, call: 'copy', args: [4] })
  expect(() => desk.open(9, 0, Array(33).fill([]))).toThrow('at most 32 shares')
  desk.close()
  expect(other.waitForWork()).toBe(false)
})
