/** Which profiles the RTL computes, with which parameters, and the field at which it refuses others. */
import { describe, expect, test } from 'vitest'
import { ASSAY, PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import type { Stage } from '../../src/arithmetic/stages.ts'
import { arithmeticOf } from '../../src/rom/graph-arithmetic.ts'
import { rtlArithmetic } from '../../src/rom/rtl-arithmetic.ts'
import { randomConvGraph, randomGraph } from '../golden/random-graph.ts'
import { withProfile } from '../golden/with-profile.ts'

const named = (name: string): Profile => PROFILES.find((profile) => profile.name === name)!
const code: Stage = { stage: 'narrow', signed: false, overflow: 'saturate' }
const narrow = (bits: number, overflow: 'saturate' | 'wrap' = 'saturate', signed = true): Stage => ({
  ...{ stage: 'narrow', bits, signed, overflow },
})
const multiply: Stage = { stage: 'multiply', bits: 16 }
const right: Stage = { stage: 'shift-right', rounding: 'half-up' }
const zero: Stage = { stage: 'add-zero-point' }
const left: Stage = { stage: 'shift-left' }

const requantise = (...stages: readonly Stage[]): Partial<Profile> => ({ requantise: stages })
const add = (operand: readonly Stage[], sum: readonly Stage[]): Partial<Profile> => ({
  add: { form: 'stages', operand, sum },
})

test('the requantiser of tflite', () => {
  expect(rtlArithmetic(named('tflite')).requantise).toEqual({
    ...{ AccBits: 32, AccOverflow: 0, MultiplierBits: 31, DoublingHigh: 1, LeftShift: 1 },
    ...{ Rounding: 4, MostShift: 31, Between: 0, CodeOverflow: 2 },
  })
})

test.each<{ what: string; part: Partial<Profile>; unit: object }>([
  { what: 'an accumulator of 20 bits that wraps', part: { accumulator: { bits: 20, overflow: 'wrap', at: 'product' } }, unit: { AccBits: 20, AccOverflow: 1 } },
  { what: 'one of 32 bits that saturates', part: { accumulator: { bits: 32, overflow: 'saturate', at: 'end' } }, unit: { AccBits: 32, AccOverflow: 0 } },
  { what: 'a narrowing before that changes nothing', part: requantise(narrow(32), multiply, right, zero, code), unit: { MultiplierBits: 16, Between: 0 } },
  { what: 'saturation before saturation', part: requantise(multiply, right, narrow(32), zero, code), unit: { Between: 0 } },
  { what: 'wrapping before saturation', part: requantise(multiply, right, narrow(32, 'wrap'), zero, code), unit: { Between: 1 } },
  { what: 'saturation before wrapping', part: requantise(multiply, right, narrow(32), zero, { ...code, overflow: 'wrap' } as Stage), unit: { Between: 2, CodeOverflow: 1 } },
])('$what', ({ part, unit }) => {
  expect(rtlArithmetic({ ...ASSAY, ...part }).requantise).toMatchObject(unit)
}) // biome-ignore format: a case a line

describe('refuses, by its field,', () => {
  test.each<{ field: string; what: string; part: Partial<Profile> }>([
    { field: 'productShift', what: 'a shift of each product', part: { productShift: { by: 2, rounding: 'floor' } } },
    { field: 'concat', what: 'a concat that requantises', part: { concat: { form: 'float32' } } },
    { field: 'accumulator.at', what: 'a sum that saturates at each product', part: { accumulator: { bits: 24, overflow: 'saturate', at: 'product' } } },
    { field: 'requantise.0', what: 'a stage scale-float', part: requantise({ stage: 'scale-float' }, zero, code) },
    { field: 'requantise.1', what: 'a stage rectify', part: requantise(multiply, { stage: 'rectify' }, right, zero, code) },
    { field: 'requantise.0', what: 'a doubling high multiply of 16 bits', part: requantise({ stage: 'doubling-high-multiply', bits: 16 }, right, zero, code) },
    { field: 'requantise.0', what: 'a shift by a fixed number', part: requantise({ ...left, by: 2 } as Stage, multiply, right, zero, code) },
    { field: 'requantise.1', what: 'a shift by a fixed number', part: requantise(multiply, { ...right, by: 2 } as Stage, zero, code) },
    { field: 'requantise.1', what: 'fractionBits', part: requantise(multiply, { ...right, fractionBits: 4 } as Stage, zero, code) },
    { field: 'requantise.2', what: 'a narrowing to other than 32 bits', part: requantise(multiply, right, narrow(24), zero, code) },
    { field: 'requantise.2', what: 'a narrowing to other than 32 bits', part: requantise(multiply, right, narrow(32, 'wrap', false), zero, code) },
    { field: 'requantise.2', what: 'a stage multiply', part: requantise(right, zero, multiply, code) },
    { field: 'requantise.4', what: 'what wraps behind a shift to the left', part: requantise(left, multiply, right, zero, { ...code, overflow: 'wrap' } as Stage) },
    { field: 'add.form', what: 'an addition in float32', part: { add: { form: 'float32' } } },
    { field: 'add.sum.2', what: 'a narrowing to 32 bits', part: add([multiply], [right, narrow(32, 'wrap'), code]) },
    { field: 'add.sum.0', what: 'a sum that is scaled', part: add([multiply], [multiply, code]) },
    { field: 'add.operand.0', what: 'a shift of more than 22 bits', part: add([{ ...left, by: 23 } as Stage, right], [code]) },
    { field: 'add.operand.1', what: 'an operand that is not saturated', part: add([multiply, right], [code]) },
    { field: 'add.operand.2', what: 'an operand that wraps', part: add([multiply, right, narrow(32, 'wrap')], [code]) },
    { field: 'add.operand.1', what: 'a stage scale-float', part: add([left, { stage: 'scale-float' }], [code]) },
    { field: 'add.sum.0', what: 'a sum that wraps at 32 bits', part: add([left, right], [narrow(32, 'wrap'), code]) },
    { field: 'add.sum.0', what: 'a sum that wraps', part: add([left, right], [{ ...code, overflow: 'wrap' } as Stage]) },
    { field: 'add.sum.0', what: 'a sum of two operands that is not saturated', part: add([multiply, right, narrow(32)], [multiply, right, code]) },
    { field: 'add.sum', what: 'another multiplier or rounding', part: add([multiply, right, narrow(32)], [narrow(32), { ...multiply, bits: 15 } as Stage, right, code]) },
    { field: 'add.sum', what: 'a shift of the sum to the left', part: add([left, right], [left, right, code]) },
  ])('$field: $what', ({ field, what, part }) => {
    const message = `profile mine: ${field}: the RTL has no parameter for ${what}`
    expect(() => rtlArithmetic({ ...ASSAY, ...part, name: 'mine' })).toThrow(message)
  }) // biome-ignore format: a case a line
})

describe('a graph', () => {
  const conv = (profile: Profile, part: object) => {
    const graph = withProfile(randomConvGraph({ seed: 2, shape: [3, 4, 4] }, { channels: 2 }), profile)
    const nodes = graph.nodes.map((node) => (node.op === 'conv' ? { ...node, ...part } : node))
    return arithmeticOf({ nodes, profile })
  }

  test.each<{ name: string; what: string; part: object }>([
    { name: 'nvdla', what: 'its sums take 33 bits, signed; those of the RTL have 32', part: { bias: Int32Array.of(5, 2 ** 31 - 1) } },
    { name: 'nvdla', what: 'M of 32768 has more than 15 bits', part: { multiplier: Uint32Array.of(5, 2 ** 15) } },
    { name: 'tflite', what: 's of 32 is above 31', part: { shift: Int8Array.of(5, 32) } },
    { name: 'tflite', what: 'M of 131071 behind a shift of 31 bits to the left', part: { multiplier: Uint32Array.of(0, 2 ** 17 - 1), shift: Int8Array.of(-31, -31) } },
  ])('$name: $what', ({ name, what, part }) => {
    expect(() => conv(named(name), part)).toThrow(`conv, output channel 1: ${what}`)
  }) // biome-ignore format: a case a line

  test('whose sums wrap may have any', () => {
    expect(() => conv(named('cmsis-nn'), { bias: Int32Array.of(5, 2 ** 31 - 1) })).not.toThrow()
  })

  test('whose M is large enough saturates behind any shift to the left', () => {
    const part = { multiplier: Uint32Array.of(0, 2 ** 17), shift: Int8Array.of(-31, -31) }
    expect(() => conv(named('tflite'), part)).not.toThrow()
  })

  test('whose operand leaves 31 bits is refused', () => {
    const profile = named('power-of-two-round')
    const graph = withProfile(randomGraph({ seed: 2 }), profile)
    const shifted = (a: number) =>
      graph.nodes.map((node) =>
        node.op === 'add'
          ? { ...node, stages: { ...node.stages!, shifts: [a, 0] as [number, number] } }
          : node,
      )
    expect(() => arithmeticOf({ nodes: shifted(-22), profile })).not.toThrow()
    expect(() => arithmeticOf({ nodes: shifted(-23), profile })).toThrow(
      'shortcut: an operand takes 32 bits behind its shift to the left, the RTL has 31',
    )
  })
})
