import { describe, expect, test } from 'vitest'
import type { FloatGraph, FloatNode, Shape } from '../../src/graph/types.ts'
import type { AutoChoice } from '../../src/quantise/auto-observer.ts'
import { describeOddities } from '../../src/quantise/calibration-findings.ts'
import { Observation } from '../../src/quantise/observation.ts'
import { OBSERVERS, type Observer } from '../../src/quantise/observers.ts'
import { reportRanges } from '../../src/quantise/range-report.ts'
import { listSlots, selectRange } from '../../src/quantise/ranges.ts'
import { sampleOf } from './sample-of.ts'

const conv = (
  name: string,
  input: string,
  channels: number,
  weight: readonly number[],
  silu = false,
): FloatNode => ({
  ...{ op: 'conv', name, inputs: [input], shape: [channels, 1, 2], inChannels: 1, kernel: 1, stride: 1 },
  ...{ padding: 0, weight: Float32Array.from(weight), bias: new Float32Array(channels), batchNorm: null },
  activation: silu ? 'silu' : 'none',
})
const graphOf = (...nodes: FloatNode[]): FloatGraph => ({
  nodes: [{ op: 'input', name: 'images', shape: [1, 1, 2] }, ...nodes],
  head: { name: 'head', levels: [{ stride: 8, box: 'box', cls: 'cls' }], regMax: 1, classes: ['x'] },
  aliases: new Map(),
})
function observed(shape: Shape, values: readonly number[]): Observation {
  const observation = new Observation(shape[0])
  observation.add(sampleOf(Float32Array.from(values), shape[0]))
  return observation
}

describe('the report of ranges', () => {
  const graph = graphOf(conv('a', 'images', 1, [1], true), conv('box', 'a', 1, [1]), conv('cls', 'a', 1, [1]))
  const one: Shape = [1, 1, 4]
  const calibration = new Map([
    ['a.conv', observed(one, [-2, 0, 1, 6])],
    ['a', observed(one, [0, 0, 1, 6])],
    ['box', observed(one, [-1, 0, 1, 3])],
    ['cls', observed(one, [-9, 0, 1, 7])],
  ])
  const options = { observer: 'max', activationBits: 4, tableBits: 6 } as const
  const ranges = new Map([
    ['a.conv', { low: -1, high: 7 }],
    ['a', { low: 0, high: 3 }],
    ['box', { low: -2, high: 4 }],
    ['cls', { low: 0, high: 0 }],
  ])

  test('has the range of every slot, with who chose it and what it cuts', async () => {
    const overrides = new Map<string, Observer>([['a', 'mse']])
    const entries = await reportRanges(graph, calibration, ranges, { ...options, overrides }, null)
    const rows = entries.map(({ candidates, histograms, signalToNoise, ...row }) => row)
    expect(rows).toEqual([
      {
        ...{ key: 'a.conv', kind: 'pre-activation', tensors: ['a.conv'], observer: 'max', bits: 6 },
        ...{ low: -1, high: 7, clipped: 0.25 },
      },
      {
        ...{ key: 'a', kind: 'tensor', tensors: ['a'], observer: 'mse', bits: 4 },
        ...{ low: 0, high: 3, clipped: 0.25 },
      },
      {
        ...{ key: 'box', kind: 'box-logits', tensors: ['box'], observer: 'max', bits: 4 },
        ...{ low: -2, high: 4, clipped: 0 },
      },
      {
        ...{ key: 'cls', kind: 'class-logits', tensors: ['cls'], observer: 'max', bits: 4 },
        ...{ low: 0, high: 0, clipped: 1 },
      },
    ])
    // Signal 1 + 1 + 9, four times a noise of (6 / 15)^2 / 12: 23.14 dB, but for the width of a bin. A range of nothing has none.
    expect(entries[2]!.signalToNoise).toBeCloseTo(10 * Math.log10(11 / ((6 / 15) ** 2 / 3)), 1)
    expect(entries[3]!.signalToNoise).toBe(0)
    expect(Math.round(entries[2]!.signalToNoise * 100) / 100).toBe(entries[2]!.signalToNoise)
  })

  test('nothing is clipped by the extremes themselves, wherever they lie in their bins', async () => {
    for (const low of [-0.278, -1, -1.3, -2.1]) {
      const cls = observed(one, [low, low, 1, 2])
      const own = new Map([...calibration, ['cls', cls]] as const)
      const range = { low: cls.histogram.min, high: 2 }
      const entries = await reportRanges(graph, own, new Map([...ranges, ['cls', range]]), options, null)
      expect(entries[3]).toMatchObject({ key: 'cls', clipped: 0 })
    }
  })

  test('has what every observer would have chosen, and what auto measured of it', async () => {
    const costs = new Map([['a', new Map<Observer, number>([['mse', 0.5], ['max', 0]])]]) // biome-ignore format: two pairs
    const auto: AutoChoice = { observers: new Map(), costs, error: 0 }
    const entries = await reportRanges(graph, calibration, ranges, options, auto)
    const [index, tensor, box] = entries
    const slots = listSlots(graph)
    // The range that was chosen stands for the observer that chose it, and is not asked for again.
    const expected = (slot: number) =>
      OBSERVERS.map((observer) => ({
        observer,
        ...(observer === options.observer
          ? ranges.get(slots[slot]!.key)!
          : selectRange(slots[slot]!, [calibration.get(slots[slot]!.key)!.histogram], observer, options)),
      }))
    const plain = (entry: typeof index) =>
      entry!.candidates.map(({ signalToNoise, outputError, ...candidate }) => candidate)
    expect(plain(index)).toEqual(expected(0))
    expect(plain(tensor)).toEqual(expected(1))
    expect(tensor!.candidates.map(({ outputError }) => outputError)).toEqual([0, null, 0.5, null])
    expect(index!.candidates.map(({ outputError }) => outputError)).toEqual([null, null, null, null])
    expect(box!.candidates).toEqual([])
    // Each candidate has its own range: for the index behind SiLU.
    const own = await reportRanges(
      graph,
      calibration,
      new Map([...ranges, ['a', expected(1)[2]!]]),
      options,
      null,
    )
    expect(own[1]!.signalToNoise).toBe(own[1]!.candidates[2]!.signalToNoise)
  })

  test('has the histograms in bars over what is occupied', async () => {
    const [entry] = await reportRanges(graph, calibration, ranges, options, null)
    const { histogram } = calibration.get('a.conv')!
    const bars = entry!.histograms[0]!
    // The bins span 1.25 * 8: -2 to 6 is 3277 of 4096, 26 to each of 127 bars.
    expect(bars).toMatchObject({ tensor: 'a.conv', min: -2, max: 6, width: 26 * histogram.width })
    expect(bars.shares).toHaveLength(127)
    expect(bars.origin).toBeCloseTo(-2, 2)
    expect(bars.shares.filter((share) => share > 0)).toEqual([0.25, 0.25, 0.25, 0.25])
    const places = bars.shares.flatMap((share, i) => (share > 0 ? [i] : []))
    expect(places).toEqual([-2, 0, 1, 6].map((value) => Math.floor((value - bars.origin) / bars.width)))
  })
})

describe('what is odd about a calibration', () => {
  const shape: Shape = [2, 1, 2]
  const graph = graphOf(
    conv('a', 'images', 2, [1, 1], true),
    conv('b', 'a', 2, [0, 1]),
    { op: 'add', name: 'sum', inputs: ['a', 'b'], shape },
    conv('c', 'b', 2, [0, 0]),
  )
  const moving = [0, 1, 2, 3]

  test('is nothing where everything changes', () => {
    const calibration = ['a.conv', 'a', 'sum'].map((name) => [name, observed(shape, moving)] as const)
    expect(describeOddities(graph, new Map(calibration))).toEqual([])
  })

  test('is named: constants, channels without weights, channels that stand still', () => {
    const calibration = new Map([
      // Channel 1 is always 5 before SiLU.
      ['a.conv', observed(shape, [0, 1, 5, 5])],
      ['a', observed(shape, moving)],
      ['b', observed(shape, [4, 4, 1, 2])],
      ['sum', observed(shape, [0.123456, 0.123456, 0.123456, 0.123456])],
      ['c', observed(shape, [1, 1, 2, 2])],
    ])
    expect(describeOddities(graph, calibration)).toEqual([
      'constant on every calibration image, so the range means nothing: sum (always 0.1235)',
      'dead: all weights of 3 channels are zero: b channel 0, c channel 0, c channel 1',
      'never changed on the calibration images: a channel 1. Calibrate on more of them.',
    ])
  })

  test('says one channel of one, and counts beyond four names', () => {
    const calibration = new Map([['b', observed(shape, [0, 0, 1, 2])]])
    expect(describeOddities(graph, calibration)).toEqual([
      'dead: all weights of a channel are zero: b channel 0',
    ])
    const of = (count: number) => {
      const some = graphOf(conv('w', 'images', count, new Array<number>(count).fill(0)))
      return describeOddities(
        some,
        new Map([['w', observed([count, 1, 1], moving.concat(4, 5).slice(0, count))]]),
      )
    }
    expect(of(4)).toEqual([
      'dead: all weights of 4 channels are zero: w channel 0, w channel 1, w channel 2, w channel 3',
    ])
    expect(of(6)).toEqual([
      'dead: all weights of 6 channels are zero: w channel 0, w channel 1, w channel 2, w channel 3 and 2 more',
    ])
  })
})
