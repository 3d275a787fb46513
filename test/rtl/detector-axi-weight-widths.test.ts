/** `detector_axi` with its weights in a memory: every shape of network, at every width of the bus. */
import { describe, expect, test } from 'vitest'
import { memoryImage } from '../../src/rom/weights-image.ts'
import { runImage } from './detector-axi-bench.ts'
import { CALM, openWithMemory, ROUGH } from './detector-axi-memory.ts'
import { FOLDED, HALVES, PLAIN, THIRDS } from './detector-axi-networks.ts'

describe.each([
  { what: 'a pixel a word', network: PLAIN },
  { what: '2x2 pixels a word', network: FOLDED },
  { what: 'three words a pixel', network: THIRDS },
  { what: 'two words a pixel', network: HALVES },
])('$what', ({ network }) => {
  test.each([
    { bits: 64, ...CALM },
    { bits: 64, ...ROUGH },
    { bits: 128, ...CALM },
    { bits: 128, ...ROUGH },
    { bits: 32, ...ROUGH },
  ])('every picture is exact: $bits bits, latency $latency', async ({ bits, ...weather }) => {
    const bench = await openWithMemory(network, bits, weather, { stalls: weather.stalls })
    await using _ = bench.dut
    const { memory, roms } = bench
    for (const seed of [1, 2, 3]) {
      expect(await runImage(bench, seed)).toEqual([])
      bench.dut.tick(500)
      expect(memory.idle()).toBe(true)
      // Each word once: layers follow each other, and nothing is read ahead of a run or behind it.
      expect(memory.counts().readBytes).toBe(seed * memoryImage(roms.weights).length)
    }
  })
})
