import { describe, expect, test } from 'vitest'
import { silu } from '../../src/graph/activation.ts'
import type { FloatGraph, FloatNode } from '../../src/graph/types.ts'
import type { Calibration } from '../../src/quantise/calibrate.ts'
import { Observation } from '../../src/quantise/observation.ts'
import { OBSERVERS, type Observer, observe } from '../../src/quantise/observers.ts'
import { histogramsOf, listSlots, selectRanges } from '../../src/quantise/ranges.ts'
import { createRandom } from '../golden/random.ts'
import { sampleOf } from './sample-of.ts'

const shape = [1, 1, 22_000] as const
const conv = (name: string, input: string, activation: 'silu' | 'none'): FloatNode => ({
  ...{ op: 'conv', name, inputs: [input], shape, inChannels: 1, kernel: 1, stride: 1, padding: 0 },
  ...{ weight: Float32Array.of(1), bias: Float32Array.of(0), batchNorm: null, activation },
})
const graph: FloatGraph = {
  nodes: [
    { op: 'input', name: 'images', shape },
    conv('a', 'images', 'silu'),
    conv('b', 'a', 'none'),
    { op: 'add', name: 'sum', inputs: ['a', 'b'], shape },
    { op: 'concat', name: 'cat', inputs: ['a', 'sum'], shape: [2, 1, 22_000] },
    ...['box0', 'cls0', 'box1', 'cls1'].map((name) => conv(name, 'cat', 'none')),
  ],
  head: {
    name: 'head',
    levels: [
      { stride: 8, box: 'box0', cls: 'cls0' },
      { stride: 16, box: 'box1', cls: 'cls1' },
    ],
    regMax: 1,
    classes: ['x'],
  },
  aliases: new Map(),
}

const random = createRandom(9)
/** A bell with an outlier at each end. */
function observed(low: number, high: number): Observation {
  const values = Float32Array.from({ length: 22_000 }, () => (random.next() + random.next() - 1) * high * 0.1)
  values[0] = low
  values[1] = high
  const observation = new Observation(shape[0])
  observation.add(sampleOf(values, shape[0]))
  return observation
}
const calibration: Calibration = new Map([
  ['a.conv', observed(-40, 30)],
  ['a', observed(-1, 30)],
  ['b', observed(-7, 9)],
  ['sum', observed(-8, 35)],
  ['box0', observed(-3, 11)],
  ['cls0', observed(-30, 2)],
  ['box1', observed(-5, 10)],
  ['cls1', observed(-20, 4)],
])

const slots = [
  { key: 'a.conv', kind: 'pre-activation', members: ['a.conv'], activated: graph.nodes[1] },
  { key: 'a', kind: 'tensor', members: ['a', 'sum'] },
  { key: 'b', kind: 'tensor', members: ['b'] },
  { key: 'box0', kind: 'box-logits', members: ['box0', 'box1'] },
  { key: 'cls0', kind: 'class-logits', members: ['cls0', 'cls1'] },
]

test('there is a range for every scale group that makes values, and for every index of a table', () => {
  expect(listSlots(graph)).toEqual(slots)
})

test('a slot has the histograms of its members', () => {
  const histograms = ['a', 'sum'].map((name) => calibration.get(name)!.histogram)
  expect(histogramsOf(listSlots(graph)[1]!, calibration)).toEqual(histograms)
  const few = new Map([...calibration].filter(([name]) => name !== 'sum'))
  expect(() => histogramsOf(listSlots(graph)[1]!, few)).toThrow('calibration has no histogram of sum')
})

describe('the range of a slot', () => {
  const of = (...names: string[]) => names.map((name) => calibration.get(name)!.histogram)

  test.each(OBSERVERS)(
    'is what %s says of it, at the bits of the table or of the tensor',
    async (observer) => {
      const ranges = await selectRanges(graph, calibration, { observer, activationBits: 4, tableBits: 6 })
      expect(Object.fromEntries(ranges)).toEqual({
        'a.conv': observe(observer, of('a.conv'), 6, silu),
        a: observe(observer, of('a', 'sum'), 4),
        b: observe(observer, of('b'), 4),
        // The logits are kept whole, but for classes that nobody would see.
        box0: { low: -5, high: 11 },
        cls0: { low: -12, high: 4 },
      })
    },
  )

  test('the observers are different here, so are the bits and SiLU', () => {
    const range = (observer: Observer, bits: number, transfer?: typeof silu) =>
      JSON.stringify(observe(observer, of('a.conv'), bits, transfer))
    expect(new Set(OBSERVERS.map((observer) => range(observer, 6, silu))).size).toBe(4)
    expect(new Set([range('mse', 4, silu), range('mse', 6, silu), range('mse', 6)]).size).toBe(3)
  })

  test('has an observer of its own where one is given', async () => {
    const ranges = await selectRanges(graph, calibration, {
      ...{ observer: 'max', activationBits: 4, tableBits: 6 },
      overrides: new Map<string, Observer>([['b', 'mse']]),
    })
    expect(ranges.get('b')).toEqual(observe('mse', of('b'), 4))
    expect(ranges.get('a')).toEqual({ low: -8, high: 35 })
  })

  test('class logits that stay above -12 are kept whole', async () => {
    const high = new Map([...calibration, ['cls0', observed(-11, 2)], ['cls1', observed(-3, 1)]] as const)
    const ranges = await selectRanges(graph, high, { observer: 'mse', activationBits: 8, tableBits: 8 })
    expect(ranges.get('cls0')).toEqual({ low: -11, high: 2 })
  })
})
