import { describe, expect, test } from 'vitest'
import { runSpec } from '../../src/golden/run.ts'
import type { FloatGraph, FloatNode } from '../../src/graph/types.ts'
import { countStored, meanBits } from '../../src/quantise/activation-bits.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import { buildIntegerGraph, nodesInScope, type QuantiseOptions } from '../../src/quantise/integer-graph.ts'
import { outputError } from '../../src/quantise/output-error.ts'
import { selectRanges } from '../../src/quantise/ranges.ts'
import { checkBudget, searchBits } from '../../src/quantise/search-bits.ts'
import { sampledFrom } from './sample-of.ts'
import { runSmall, smallGraph, smallImage } from './small-network.ts'

const codesOf = (pixels: Uint8Array, bits: number) =>
  pixels.map((pixel) => Math.round((pixel * (2 ** bits - 1)) / 255))
const real = (pixels: Uint8Array) => Float32Array.from(pixels, (pixel) => pixel / 255)
const images = [1, 2, 3, 4].map(smallImage)
const OPTIONS: QuantiseOptions = { weightBits: 8, activationBits: 4, tableBits: 10, scope: 'all' }

/** One channel of `a` is far larger than the rest, and nothing reads it: with few bits the rest of `a` is lost. */
const sensitive: FloatGraph = {
  ...smallGraph,
  nodes: smallGraph.nodes.flatMap((node): readonly FloatNode[] => {
    if (node.op === 'add') return []
    if (node.op !== 'conv') return [node]
    const of = node.inChannels
    if (node.name === 'a')
      return [{ ...node, weight: node.weight.map((value, i) => (i < of ? 40 * Math.abs(value) : value)) }]
    if (node.name === 'b')
      return [{ ...node, weight: node.weight.map((value, i) => (i % of === 0 ? 0 : value)) }]
    return [{ ...node, inputs: ['b'] as const }]
  }),
}

async function prepare(graph: FloatGraph) {
  const source = sampledFrom(graph, (image) => runSmall(graph, image))
  const calibration = await calibrate(
    graph,
    source,
    images.map((image) => ({ real: real(image) })),
  )
  const probes = images.slice(0, 2).map((pixels) => ({
    codesOf: (bits: number) => codesOf(pixels, bits),
    real: new Map([...runSmall(graph, real(pixels))].filter(([name]) => name === 'box' || name === 'cls')),
  }))
  return { graph, calibration, probes, observer: 'max' as const, observers: new Map() }
}
const tasks = { small: await prepare(smallGraph), sensitive: await prepare(sensitive) }
const storedOf = (graph: FloatGraph) => countStored(graph, nodesInScope(graph, 'all'), undefined)

/** The error of the output, by the reference. */
async function errorOf(which: keyof typeof tasks, groupBits: ReadonlyMap<string, number>): Promise<number> {
  const { graph, calibration, probes, observer } = tasks[which]
  const options = { ...OPTIONS, groupBits }
  const ranges = await selectRanges(graph, calibration, { ...options, observer })
  const integer = buildIntegerGraph(graph, ranges, options)
  const errors = probes.map(({ codesOf, real }) => {
    const made = [...runSpec(integer, codesOf(integer.nodes[0]!.quant.bits))]
    return outputError(integer, new Map(made.filter(([name]) => real.has(name))), real)
  })
  return Math.exp(errors.reduce((sum, error) => sum + Math.log(error), 0) / errors.length)
}

/** The same search with the reference, in the order of the graph. */
async function searchByReference(which: keyof typeof tasks, budget: number) {
  const stored = [...storedOf(tasks[which].graph)]
  const widest = new Map(stored.map(([group]) => [group, 8]))
  const floor = await errorOf(which, widest)
  const parts = new Map<string, number>()
  const smooth = new Map<string, number>()
  for (const [group] of stored) {
    parts.set(`${group} 8`, 0)
    for (const bits of [7, 6, 5, 4]) {
      const own = (await errorOf(which, new Map(widest).set(group, bits))) - floor
      parts.set(`${group} ${bits}`, Math.max(own, parts.get(`${group} ${bits + 1}`)!))
    }
    const powers = [4, 5, 6, 7, 8].map((bits) => [parts.get(`${group} ${bits}`)!, 4 ** -bits] as const)
    const factor =
      powers.reduce((sum, [part, power]) => sum + part * power, 0) /
      powers.reduce((sum, [, power]) => sum + power * power, 0)
    for (const bits of [4, 5, 6, 7, 8]) smooth.set(`${group} ${bits}`, factor * 4 ** -bits)
  }
  const level = new Map(stored.map(([group]) => [group, Math.floor(budget)]))
  const choices = [level, shareOut(stored, parts, budget), shareOut(stored, smooth, budget)]
  const errors = await Promise.all(choices.map((bits) => errorOf(which, bits)))
  return choices[errors.indexOf(Math.min(...errors))]!
}

function shareOut(
  stored: readonly (readonly [string, number])[],
  parts: ReadonlyMap<string, number>,
  budget: number,
): ReadonlyMap<string, number> {
  const total = stored.reduce((sum, [, codes]) => sum + codes, 0)
  const bits = new Map(stored.map(([group]) => [group, 4]))
  for (let left = (budget - 4) * total; ; ) {
    const steps = stored.flatMap(([group, codes]) => {
      const from = bits.get(group)!
      return [5, 6, 7, 8].flatMap((to) => {
        const cost = (to - from) * codes
        const gain = (parts.get(`${group} ${from}`)! - parts.get(`${group} ${to}`)!) / cost
        return to > from && cost <= left && gain > 0 ? [{ group, to, cost, gain }] : []
      })
    })
    if (steps.length === 0) return bits
    const best = steps.reduce((a, b) => (b.gain > a.gain ? b : a))
    bits.set(best.group, best.to)
    left -= best.cost
  }
}

describe.each(['small', 'sensitive'] as const)('searchBits, network %s', (which) => {
  test.each([4, 4.5, 5.25, 6, 8])('gives out what the reference does at a budget of %d', async (budget) => {
    const told: string[] = []
    const search = await searchBits({ ...tasks[which], budget }, OPTIONS, (done, of) => {
      told.push(`${done}/${of}`)
    })
    expect([...search.found]).toEqual([...(await searchByReference(which, budget))])
    expect(search.mean).toBeLessThanOrEqual(budget)
    const groupBits = search.found
    expect(search.mean).toBe(meanBits(storedOf(tasks[which].graph), { activationBits: 4, groupBits }))
    expect(search.before).toBeCloseTo(await errorOf(which, new Map()), 12)
    expect(search.after).toBeCloseTo(await errorOf(which, groupBits), 12)
    // Every group at four widths; all at the least and at the most; three choices.
    const runs = 4 * search.found.size + 5
    expect(told).toEqual(Array.from({ length: runs }, (_, i) => `${i + 1}/${runs}`))
  })
})

test('the tensor that loses most gets the bits, and the output gains', async () => {
  const { found, before, after } = await searchBits({ ...tasks.sensitive, budget: 5 }, OPTIONS)
  const others = [...found].filter(([group]) => group !== 'a').map(([, bits]) => bits)
  expect(found.get('a')).toBeGreaterThan(Math.max(...others))
  expect(after).toBeLessThan(before / 4)
})

test('decided groups keep their bits and count', async () => {
  const groupBits = new Map([
    ['a', 4],
    ['cls', 8],
  ])
  const { found, mean } = await searchBits({ ...tasks.sensitive, budget: 5 }, { ...OPTIONS, groupBits })
  expect([...found.keys()]).toEqual(['images', 'b', 'box'])
  const all = { activationBits: 4, groupBits: new Map([...groupBits, ...found]) }
  expect(mean).toBe(meanBits(storedOf(sensitive), all))
  expect(mean).toBeLessThanOrEqual(5)
})

test('an index of six bits has no more than six bits of its output', async () => {
  const { found } = await searchBits({ ...tasks.small, budget: 6 }, { ...OPTIONS, tableBits: 6 })
  expect(Math.max(...found.values())).toBe(6)
})

test('the same inputs give the same bits', async () => {
  const search = () => searchBits({ ...tasks.small, budget: 5.5 }, OPTIONS)
  expect(await search()).toEqual(await search())
})

describe('checkBudget', () => {
  // 512 of 5376 codes.
  const half = { ...OPTIONS, groupBits: new Map([['cls', 8]]) }
  test('takes what holds the decided bits', () => {
    expect(() => checkBudget(sensitive, 4 + (4 * 512) / 5376, half)).not.toThrow()
    expect(() => checkBudget(sensitive, 4, OPTIONS)).not.toThrow()
  })
  test('refuses less, by name', () => {
    expect(() => checkBudget(sensitive, 4.38, half)).toThrow(
      '--activation-budget: --end-bits and --overrides take 4.381 bits per activation already, where the rest has 4: 4.38 are too few.',
    )
  })
})
