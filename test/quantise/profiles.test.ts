/** The quantiser under every built-in profile: the integer network by the specification is near the float one. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { AccumulatorError, checkGraphAccumulators } from '../../src/golden/accumulator.ts'
import { dequantise } from '../../src/golden/codes.ts'
import { runSpec } from '../../src/golden/run.ts'
import { fitRange, imageQuant, widenRange } from '../../src/quantise/code-ranges.ts'
import { readIntegerGraph, writeIntegerGraph } from '../../src/quantise/integer-file.ts'
import { quantisedSmall, smallTensors } from './quantised-small.ts'

/** Signal to noise of the logits, dB. */
function noiseOf(profile: Profile): number {
  const { graph, image } = quantisedSmall(profile)
  const tensors = runSpec(graph, image)
  let [signal, noise] = [0, 0]
  for (const node of graph.nodes) {
    if (node.name !== 'box' && node.name !== 'cls') continue
    const values = dequantise(tensors.get(node.name)!, node.quant)
    const truth = smallTensors.get(node.name)!
    for (const [i, value] of values.entries()) {
      signal += truth[i]! ** 2
      noise += (value - truth[i]!) ** 2
    }
  }
  return 10 * Math.log10(signal / noise)
}

describe.each(PROFILES)('$name', (profile) => {
  const isCoarse = profile.codes.scale === 'power-of-two'

  test('the logits are near those of the float network', () => {
    const decibels = noiseOf(profile)
    expect(decibels).toBeGreaterThan(isCoarse ? 18 : 30)
  })

  test('zero points and scales are what the profile allows', () => {
    const { nodes } = quantisedSmall(profile).graph
    const isPower = (scale: number) => Number.isInteger(Math.log2(scale))
    const zeros = new Set(nodes.map(({ quant }) => quant.zeroPoint))
    expect(zeros.size === 1).toBe(profile.codes.zeroPoint !== 'tensor')
    expect(nodes.every(({ quant }) => isPower(quant.scale))).toBe(isCoarse)
    const scales = nodes.flatMap((node) => (node.op === 'conv' ? [new Set(node.weightScale)] : []))
    expect(scales.every(({ size }) => size === 1)).toBe(profile.weights.scalePer === 'tensor')
    expect(scales.every((own) => [...own].every(isPower))).toBe(profile.weights.scale === 'power-of-two')
  })

  test('its graph is read as it was written', () => {
    const { graph } = quantisedSmall(profile)
    expect(readIntegerGraph(writeIntegerGraph(graph), 'model.assay')).toEqual(graph)
  })
})

const [assay] = PROFILES as [Profile]

test('an accumulator of 16 bits is refused by name, or wraps', () => {
  const narrow = (overflow: 'refuse' | 'wrap'): Profile => ({
    ...assay,
    name: 'narrow',
    accumulator: { bits: 12, overflow, at: 'end' },
  })
  const build = (profile: Profile) => quantisedSmall(profile).graph
  expect(() => build(narrow('refuse'))).toThrow(AccumulatorError)
  expect(() => build(narrow('refuse'))).toThrow(
    /^a, output channel \d: with 8-bit inputs .* does not fit signed 12 bits \(A-3\)/,
  )
  const graph = build(narrow('wrap'))
  expect(() => checkGraphAccumulators(graph)).not.toThrow()
  expect(noiseOf(narrow('wrap'))).toBeLessThan(20)
})

test('a power of two is the one with the least error, not the next wider one', () => {
  const codes = { ...assay.codes, zeroPoint: 0, scale: 'power-of-two' } as const
  const range = { low: 0, high: 1.01 }
  expect(widenRange(range, 8, codes)).toMatchObject({ high: 255 / 128 })
  // The error of clipping 1.01 to 255/256 is less than that of steps twice as wide.
  const distance = (one: { readonly high: number }) => Math.abs(one.high - 1.01)
  expect(fitRange(range, 8, codes, () => distance)).toMatchObject({ high: 255 / 256 })
})

test.each([
  {
    bits: 4,
    zeroPoint: 128,
    signed: false,
    says: 'a zero point of 128 is no unsigned code of 4 bits: 0 to 15',
  },
  { bits: 4, zeroPoint: 8, signed: true, says: 'a zero point of 8 is no signed code of 4 bits: -8 to 7' },
  { bits: 8, zeroPoint: 255, signed: false, says: 'no code is left for light' },
])('$says', ({ bits, zeroPoint, signed, says }) => {
  const profile = { ...assay, codes: { ...assay.codes, zeroPoint, signed } }
  expect(() => imageQuant(bits, profile)).toThrow(`codes.zeroPoint of the profile: ${says}`)
})
