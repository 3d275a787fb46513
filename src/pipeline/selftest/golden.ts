/** This file flips one bit of each layer's golden data; exactly that layer must go red, at exactly that element. */
import { codeOffset, profileOf } from '../../golden/code-range.ts'
import type { Codes, IntegerBox, NmsResult } from '../../golden/types.ts'
import type { Flip } from '../../report/selftest.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { describePlace, describeReds, findRed, pick, type Random, type Recorded } from './run.ts'

/** Flips a bit for every layer and compares all layers each time. The RTL has run once before. */
export function flipGolden(bench: SimulationBench, recorded: Recorded, random: Random): readonly Flip[] {
  const { roms, golden, expectedBoxes, graph } = bench
  const flips: Flip[] = []
  const tensors = new Set(roms.steps.flatMap(({ writes }) => (writes === null ? [] : [writes])))
  for (const name of tensors) {
    const { shape, quant } = graph.nodes.find((node) => node.name === name)!
    const codes = golden.get(name)!
    const element = pick(random, codes.length)
    const bit = pick(random, quant.bits)
    const offset = codeOffset(profileOf(graph), quant.bits)
    const flipped = codes.slice() as Codes
    flipped[element]! ^= 1 << bit
    const reds = findRed(recorded, bench, new Map(golden).set(name, flipped), expectedBoxes)
    const [, height, width] = shape
    const at = {
      channel: Math.floor(element / (height * width)),
      y: Math.floor(element / width) % height,
      x: element % width,
      expected: flipped[element]! - offset,
      actual: codes[element]! - offset,
      cycle: null,
    }
    // A tensor that is copied into a concat has two writers, and both are compared with it.
    const writers = roms.steps.filter(({ writes }) => writes === name)
    const caught =
      reds.length === writers.length &&
      reds.every(
        ({ layer, mismatches, first }, index) =>
          layer === writers[index]!.name &&
          mismatches === 1 &&
          first?.channel === at.channel &&
          first.y === at.y &&
          first.x === at.x &&
          first.expected === at.expected &&
          first.actual === at.actual,
      )
    const places = writers.map((step) => ({ layer: step.name, mismatches: 1, first: at, field: null }))
    flips.push({
      kind: 'golden',
      what: `bit ${bit}`,
      expected: describeReds(places),
      found: describeReds(reds),
      caught,
    })
  }
  return flips
}

const FIELDS = ['classIndex', 'code', 'score', 'anchor', 'x0', 'y0', 'x1', 'y1'] as const

/** Flips one bit of every field of a golden box, and changes the number of boxes. */
export function flipBoxes(bench: SimulationBench, recorded: Recorded, random: Random): readonly Flip[] {
  const { expectedBoxes, golden, graph } = bench
  if (expectedBoxes === null || expectedBoxes.boxes.length === 0) return []
  const layer = graph.detect.name
  const attempt = (what: string, field: string, expected: NmsResult): Flip => {
    const reds = findRed(recorded, bench, golden, expected)
    const place = describePlace({ layer, first: null, field })
    return {
      kind: 'boxes',
      what,
      expected: place,
      found: describeReds(reds),
      caught: reds.length === 1 && describePlace(reds[0]!) === place,
    }
  }
  const flips = FIELDS.map((field) => {
    const index = pick(random, expectedBoxes.boxes.length)
    const bit = pick(random, 8)
    const boxes = expectedBoxes.boxes.map(
      (box, at): IntegerBox => (at === index ? { ...box, [field]: box[field] ^ (1 << bit) } : box),
    )
    return attempt(`bit ${bit}`, `box ${index} ${field}`, { ...expectedBoxes, boxes })
  })
  const boxes = expectedBoxes.boxes.slice(0, -1)
  return [
    ...flips,
    attempt('one removed', `box ${boxes.length} count`, { ...expectedBoxes, boxes }),
    attempt('candidates + 1', 'box 0 candidates', {
      ...expectedBoxes,
      candidates: expectedBoxes.candidates + 1,
    }),
  ]
}
