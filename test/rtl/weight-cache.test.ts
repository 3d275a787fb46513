/** `weight_cache` by itself: whatever the memory does, every word is the memory's, and an error ends a run. */
import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import type { Random } from '../golden/random.ts'
import {
  BASE,
  begin,
  ERROR,
  type Layer,
  open,
  type Shape,
  type Weather,
  WORDS,
  walk,
} from './weight-cache-bench.ts'

const SHAPES: readonly Shape[] = [
  { Width: 128, Depth: 7, DataBits: 64 },
  { Width: 5, Depth: 5, DataBits: 32 },
  { Width: 200, Depth: 12, DataBits: 128 },
  { Width: 2048, Depth: 20, DataBits: 128 },
  { Width: 1152, Depth: 8, DataBits: 64 },
]

/** Layers behind each other, but for a jump now and then, as far as the words go. */
function layersOf(random: Random, depth: number): readonly Layer[] {
  const layers: Layer[] = []
  let word = 0
  for (;;) {
    if (random.next() < 0.2) word = random.integer(0, WORDS - 1)
    const groupWords = random.integer(1, depth)
    const groups = random.integer(1, 4)
    if (word + groups * groupWords > WORDS) return layers
    layers.push({ word, groups, groupWords, tiles: random.integer(1, 4) })
    word += groups * groupWords
  }
}

const WEATHERS: readonly Weather[] = [
  {},
  { latency: [8, 40], stalls: 0.3, seed: 2 },
  { latency: [1, 120], stalls: 0.05, seed: 3 },
]

describe.each(SHAPES)('words of $Width bits, $Depth of them, through $DataBits bits', (shape) => {
  test.each(WEATHERS)('are those of the memory ($latency, $stalls)', async (weather) => {
    const cache = await open(shape, weather)
    const { dut, random, memory } = cache
    await using _ = dut
    let asked = 0
    for (let run = 0; run < 4; run++) {
      dut.ports.run_i = 1
      for (const layer of layersOf(random, shape.Depth)) {
        const words = layer.groups * layer.groupWords * layer.tiles
        expect(walk(cache, shape, layer, run % 2 === 0 ? 0 : 0.3)).toMatchObject({ error: 0, words })
        asked += layer.groups * layer.groupWords
      }
      // Software changes the weights between two runs.
      dut.ports.run_i = 0
      dut.tick()
      memory.bytes.forEach((_, i) => {
        memory.bytes[i] = random.integer(0, 255)
      })
      if (run === 1) dut.tick(500)
    }
    expect(asked).toBeGreaterThan(0)
    dut.tick(2000)
    expect(memory.idle()).toBe(true)
  })

  test('each is asked for once while layers follow each other', async () => {
    const cache = await open(shape, { latency: [8, 40], stalls: 0.1 })
    const { dut, memory, stride } = cache
    await using _ = dut
    dut.ports.run_i = 1
    for (let word = 0; word < WORDS; word += 3)
      expect(walk(cache, shape, { word, groups: 3, groupWords: 1, tiles: 2 }).error).toBe(0)
    expect(memory.counts().readBytes).toBe(WORDS * stride)
    expect(memory.idle()).toBe(true)
  })

  test.each([3, 4, 5])('a reset ends what is under way (seed %i)', async (seed) => {
    const cache = await open(shape, { latency: [2, 30], stalls: 0.3, seed })
    const { dut, random } = cache
    await using _ = dut
    for (let reset = 0; reset < 20; reset++) {
      dut.ports.run_i = 1
      begin(cache, random.integer(0, WORDS - 20))
      dut.tick(random.integer(1, 60))
      Object.assign(dut.ports, { rst_ni: 0, run_i: 0 })
      dut.tick(random.integer(1, 3))
      expect([dut.ports.m_axi_arvalid_o, dut.ports.error_o, dut.ports.stall_o]).toEqual([0, 0, 1])
      dut.ports.rst_ni = 1
      dut.tick()
      dut.ports.run_i = 1
      const word = random.integer(0, WORDS - 20)
      expect(walk(cache, shape, { word, groups: 4, groupWords: 5, tiles: 2 }).words).toBe(40)
      dut.ports.run_i = 0
      dut.tick()
    }
  })

  test('an error of the memory ends a run at the word that it hit, and only if that is needed', async () => {
    const cache = await open(shape, { latency: [2, 30], stalls: 0.2 })
    const { dut, memory, random, stride } = cache
    await using _ = dut
    const { ports } = dut
    for (let run = 0; run < 12; run++) {
      // A burst that touches the byte fails as a whole: at 1,024 bytes it begins at the latest.
      const byte = random.integer(2048, WORDS * stride - 1)
      memory.answerWithErrors([
        { from: BASE + byte, to: BASE + byte + 1, response: run % 2 === 0 ? 'slave-error' : 'decode-error' },
      ])
      const word = Math.max(0, Math.floor((byte - 1024) / stride) - 2 * shape.Depth)
      const bad = Math.floor(byte / stride)
      ports.run_i = 1
      const before = Math.max(0, Math.floor((byte - 1024) / stride) - word)
      // Nothing where the error is among the first words.
      expect(walk(cache, shape, { word, groups: before, groupWords: 1, tiles: 2 }).error).toBe(0)
      const rest = walk(cache, shape, {
        word: word + before,
        groups: bad - word - before + 1,
        groupWords: 1,
        tiles: 1,
      })
      expect(rest.error).toBe(ERROR.memory)
      expect(rest.words).toBeLessThanOrEqual(bad - word - before)
      // It holds to the end of the run, and the next one begins afresh.
      Object.assign(ports, { beat_i: 0, wait_i: 0 })
      dut.tick(30)
      expect(ports.error_o).toBe(ERROR.memory)
      memory.answerWithErrors([])
      ports.run_i = 0
      dut.tick()
      expect(ports.error_o).toBe(0)
      ports.run_i = 1
      expect(walk(cache, shape, { word: bad - 1, groups: 2, groupWords: 1, tiles: 3 }).words).toBe(6)
      ports.run_i = 0
      dut.tick()
    }
  })

  test('a group that is larger, or that lies beyond the last word, ends the run instead of waiting for ever', async () => {
    const cache = await open(shape, {})
    const { dut } = cache
    await using _ = dut
    for (const [layer, words] of [
      [{ word: 0, groups: 1, groupWords: shape.Depth + 1, tiles: 1 }, shape.Depth],
      [{ word: WORDS - 2, groups: 1, groupWords: 3, tiles: 1 }, 2],
      [{ word: WORDS, groups: 1, groupWords: 1, tiles: 1 }, 0],
      [{ word: WORDS + 5, groups: 1, groupWords: 1, tiles: 1 }, 0],
    ] as const) {
      dut.ports.run_i = 1
      expect(walk(cache, shape, layer)).toMatchObject({ error: ERROR.depth, words })
      Object.assign(dut.ports, { run_i: 0, beat_i: 0, wait_i: 0 })
      dut.tick()
    }
  })
})

test('with room for two groups no beat waits but the first, where a group takes longer to use than to load', async () => {
  const shape = { Width: 2048, Depth: 20, DataBits: 128 }
  const cache = await open(shape, { latency: 10 })
  await using _ = cache.dut
  cache.dut.ports.run_i = 1
  const stalls = [0, 50, 150].map(
    (word) => walk(cache, shape, { word, groups: word === 0 ? 5 : 10, groupWords: 10, tiles: 40 }).stalls,
  )
  expect(stalls[0]).toBeLessThan(10 * 16 + 20)
  expect(stalls.slice(1)).toEqual([0, 0])
})

test.each([16, 48, 256])('refuses a bus of %i bits', async (DataBits) => {
  const opened = simulate({
    top: 'weight_cache',
    sources: ['rtl/assay_pkg.sv', 'rtl/weight_cache.sv'],
    parameters: { ...SHAPES[3]!, DataBits },
  })
  await expect(opened).rejects.toThrow(`weight_cache: DataBits is ${DataBits}, must be 32, 64 or 128`)
})
