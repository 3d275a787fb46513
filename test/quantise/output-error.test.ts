import { describe, expect, test } from 'vitest'
import type { Codes, IntegerGraph, QuantParams } from '../../src/golden/types.ts'
import type { ConvNode, FloatGraph } from '../../src/graph/types.ts'
import { listOutputTensors, outputError } from '../../src/quantise/output-error.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const LN = Math.log

/** One level of two cells, two classes and two bins: [2, 1, 2] class logits, [8, 1, 2] box logits. */
function graphOf(head: IntegerGraph['head'], quants: Record<string, QuantParams>): IntegerGraph {
  return {
    nodes: Object.entries(quants).map(([name, quant]) => ({ op: 'input', name, shape: [1, 1, 2], quant })),
    detect: {
      name: 'head',
      levels: [{ stride: 8, box: 'box', cls: 'cls' }],
      regMax: 2,
      classes: ['a', 'b'],
    },
    head,
    aliases: new Map(),
    weightBits: 8,
    activationBits: 8,
  }
}
const head = { expTable: new Uint16Array(1), sigmoidTable: new Uint16Array(1) }
const cls = { scale: LN(3), zeroPoint: 8, bits: 4 }
const box = { scale: LN(3), zeroPoint: 1, bits: 4 }
const integer = graphOf(head, { cls, box })

// Class a of both cells, then class b: scores 3/4 and 1/4; 1/10, and 1/28 in a cell that shows something all the same.
const scores = Float32Array.of(LN(3), -LN(3), -LN(9), -LN(27))
const scoreCodes = Uint8Array.of(9, 7, 6, 5)
/** Sides of both cells: the second bin three times as likely as the first is 3/4 of a bin, and so on. */
const sides = (values: readonly (readonly [number, number])[]) =>
  Float32Array.from(values.flatMap(([a, b]) => [0, 0, LN(a), LN(b)]))
const sideCodes = (values: readonly (readonly [number, number])[]) =>
  Uint8Array.from(values.flatMap(([a, b]) => [1, 1, a, b]))

const error = (real: Float32Array, codes: Codes, truth = scores, scored: Codes = scoreCodes) =>
  outputError(
    integer,
    new Map([
      ['box', codes],
      ['cls', scored],
    ]),
    new Map([
      ['box', real],
      ['cls', truth],
    ]),
  )
const four = <T>(value: T): readonly T[] => [value, value, value, value]

describe('the error of the output', () => {
  test('is none where the codes say what is so', () => {
    expect(error(sides(four([3, 9])), sideCodes(four([2, 3])))).toBeCloseTo(0, 9)
  })

  test('of scores is their squared error as a share of their squares', () => {
    // Class b of cell 0 is taken for 1/4 instead of 1/10.
    const signal = 0.75 ** 2 + 0.25 ** 2 + 0.1 ** 2 + (1 / 28) ** 2
    const codes = Uint8Array.of(9, 7, 7, 5)
    expect(error(sides(four([3, 9])), sideCodes(four([2, 3])), scores, codes)).toBeCloseTo(
      0.15 ** 2 / signal,
      7,
    )
  })

  test('of sides is weighed by the best score of its cell', () => {
    // All sides of cell 0 are 3/4 of a bin, of cell 1 9/10. One side of cell 0 is taken for 1/2, one of cell 1 for 3/4.
    const codes = sideCodes([
      [1, 3],
      [2, 2],
      [2, 3],
      [2, 3],
    ])
    const signal = 4 * (0.75 * 0.75 ** 2 + 0.25 * 0.9 ** 2)
    const noise = 0.75 * 0.25 ** 2 + 0.25 * 0.15 ** 2
    expect(error(sides(four([3, 9])), codes)).toBeCloseTo(noise / signal, 7)
  })

  test('does not count sides of a cell that shows nothing', () => {
    // Scores of 1/28 are below 0.05, 1/10 is not.
    const truth = Float32Array.of(-LN(9), -LN(27), -LN(27), -LN(27))
    const scored = Uint8Array.of(6, 5, 5, 5)
    const wrong = (a: number, b: number) => sideCodes([[a, b], ...four([2, 3] as const).slice(1)])
    expect(error(sides(four([3, 9])), wrong(2, 1), truth, scored)).toBeCloseTo(0, 9)
    expect(error(sides(four([3, 9])), wrong(1, 3), truth, scored)).toBeCloseTo(0.25 ** 2 / (4 * 0.75 ** 2), 7)
  })

  test('where the head stays in float is the mean share of the tensors', () => {
    const quant = { scale: 0.5, zeroPoint: 2, bits: 8 }
    const graph = graphOf(null, { x: quant, y: quant, z: quant })
    // x: 3 for 3, -1 for -2: 1 of 13; y: 2 for 1: 1 of 1; z: no signal and no noise.
    const outputs = new Map([
      ['x', Uint8Array.of(8, 0)],
      ['y', Uint8Array.of(6)],
      ['z', Uint8Array.of(2)],
    ])
    const real = new Map([
      ['x', Float32Array.of(3, -2)],
      ['y', Float32Array.of(1)],
      ['z', Float32Array.of(0)],
    ])
    expect(outputError(graph, outputs, real)).toBeCloseTo((1 / 13 + 1) / 3, 12)
  })

  test('of nothing is 0', () => {
    // No cell shows anything: sides have no signal.
    const dark = Float32Array.of(-LN(27), -LN(27), -LN(27), -LN(27))
    expect(error(sides(four([3, 9])), sideCodes(four([1, 1])), dark, Uint8Array.of(5, 5, 5, 5))).toBeCloseTo(
      0,
    )
    expect(sigmoid(-LN(27))).toBeCloseTo(1 / 28, 12)
  })
})

test('the tensors that count are the logits, or what the last convolutions read', () => {
  const plain = { op: 'conv', shape: [1, 1, 1], inChannels: 1, kernel: 1, stride: 1, padding: 0 } as const
  const weight = new Float32Array(1)
  const conv = (name: string, input: string): ConvNode => ({
    ...plain,
    ...{ name, inputs: [input], weight, bias: null, batchNorm: null, activation: 'none' },
  })
  const graph: FloatGraph = {
    nodes: [conv('b0', 'x'), conv('c0', 'y'), conv('b1', 'z'), conv('c1', 'u')],
    head: {
      name: 'head',
      levels: [
        { stride: 8, box: 'b0', cls: 'c0' },
        { stride: 16, box: 'b1', cls: 'c1' },
      ],
      regMax: 2,
      classes: ['a'],
    },
    aliases: new Map(),
  }
  expect(listOutputTensors(graph, 'integer')).toEqual(['b0', 'c0', 'b1', 'c1'])
  expect(listOutputTensors(graph, 'float')).toEqual(['x', 'y', 'z', 'u'])
})
