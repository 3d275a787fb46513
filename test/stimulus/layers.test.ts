/** Stimuli of single layers: which there are, that their codes are in range, and that additions see each of their edges. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/golden/random.ts'
import type { IntegerAdd, IntegerConv, QuantParams } from '../../src/golden/types.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { addPairs } from '../../src/stimulus/add-corners.ts'
import { convShapes } from '../../src/stimulus/conv-shape.ts'
import { countAdd } from '../../src/stimulus/count-layers.ts'
import { makeCorners, makeRandom, type StimulusLayer } from '../../src/stimulus/layers.ts'
import { makeStimuli } from '../../src/stimulus/make.ts'
import { stimulusLayers } from '../../src/stimulus/program.ts'
import type { LayerStimulus, StimulusChoice } from '../../src/stimulus/types.ts'
import { randomGraph } from '../golden/random-graph.ts'

const graph = randomGraph({ seed: 11, shape: [3, 16, 16] })
const engine = { ...DEFAULT_ENGINE, inputLanes: 4, outputLanes: 4, pixels: 2 }
const nms = { minCode: 1, iouThreshold: 1, capacity: engine.capacity, maxDetections: 1, multiLabel: false }
const layers = stimulusLayers(graph, emitRoms(graph, engine, 7, nms))
const make = (choice: StimulusChoice, seeds: readonly number[] = [3, 4], of = layers) =>
  makeStimuli({ choice, seeds, layers: of, graph, engine, nms: null }) as LayerStimulus[]

/** What of a layer the engine is set up by. */
const kindOf = ({ node, even }: StimulusLayer): string =>
  node.op === 'conv' ? `${even} ${node.kernel} ${node.stride} ${node.table !== null}` : `${node.op} ${even}`

describe('every layer', () => {
  const names = [...layers.keys()]

  test('has the stimuli that were chosen, and the first of each operator is reset and run again', () => {
    const firsts = names.filter(
      (name, index) =>
        names.findIndex((other) => layers.get(other)!.node.op === layers.get(name)!.node.op) === index,
    )
    const extra = ['reset 1', 'reset 2', 'again']
    const corners = names.flatMap((name) =>
      ['corners', ...(firsts.includes(name) ? extra : [])].map((own) => `${name} ${own}`),
    )
    const kinds = new Map(names.map((name) => [kindOf(layers.get(name)!), name] as const).toReversed())
    const turns = [...kinds.values()].flatMap((first) =>
      [...kinds.values()].filter((then) => then !== first).map((then) => `${then} after ${first}`),
    )
    const random = names.flatMap((name) => [3, 4].map((seed) => `${name} random ${seed}`))
    const show = (choice: StimulusChoice) => make(choice).map(({ layer, name }) => `${layer} ${name}`)
    expect(firsts.length).toBeGreaterThan(3)
    expect(show('image')).toEqual([])
    expect(turns.length).toBeGreaterThan(20)
    expect(show('corners').slice(0, corners.length)).toEqual(corners)
    expect(show('corners').slice(corners.length).toSorted()).toEqual(turns.toSorted())
    expect(show('random')).toEqual(random)
    expect(show('all').toSorted()).toEqual([...corners, ...turns, ...random].toSorted())
  })

  test('runs behind the corners of itself, or of another, as its name says', () => {
    const made = make('corners')
    const corners = (name: string) => made.find((one) => one.layer === name && one.name === 'corners')
    for (const { name, layer, inputs, after } of made) {
      const first = name === 'again' ? layer : /^after (.*)$/.exec(name)?.[1]
      expect([name, after]).toEqual([name, first === undefined ? undefined : corners(first)])
      const own = corners(layer)!
      expect([name, inputs]).toEqual([name, own.inputs])
    }
  })

  test('is reset while its table loads no more, and while it is under way', () => {
    for (const { name, layer, resetAfter } of make('corners')) {
      const { node } = layers.get(layer)!
      const table = node.op === 'conv' && node.table !== null ? node.table.length : 0
      const cycles = { 'reset 1': 96 + table, 'reset 2': 107 + table }[name]
      expect([layer, name, resetAfter]).toEqual([layer, name, cycles])
    }
  })

  test('has lots of its own, which no other layer changes', () => {
    const all = new Map(make('all').map((one) => [`${one.layer} ${one.name}`, one]))
    const last = new Map([...layers].slice(-1))
    const own = make('all', [4], last).filter(({ name }) => /^(corners|random 4)$/.test(name))
    expect(own).toHaveLength(2)
    for (const one of own) expect(one).toEqual(all.get(`${one.layer} ${one.name}`))
    const [first, second] = make('random', [3, 4], last)
    expect(first!.inputs).not.toEqual(second!.inputs)
    const [, layer] = [...last][0]!
    const twins = new Map(['a', 'b'].map((name) => [name, layer]))
    const [a, b] = make('random', [3], twins)
    expect(a!.inputs).not.toEqual(b!.inputs)
  })

  test.each(['corners', 'random'] as const)(
    'has %s whose codes are in range, for shapes that fit',
    (choice) => {
      for (const { layer, inputs, output } of make(choice)) {
        const { node, quants, inputChannels, even } = layers.get(layer)!
        expect(inputs.map(({ shape }) => shape[0])).toEqual(inputChannels)
        for (const [index, { shape, codes }] of inputs.entries()) {
          expect(codes).toHaveLength(shape[0] * shape[1] * shape[2])
          expect(Math.max(...codes)).toBeLessThan(2 ** quants[index]!.bits)
          expect(new Set(codes).size).toBeGreaterThan(8)
          expect(even && (shape[1] % 2 === 1 || shape[2] % 2 === 1)).toBe(false)
        }
        const [, height, width] = inputs[0]!.shape
        expect(output[0]).toBe(node.shape[0])
        const side = (size: number): number =>
          node.op === 'upsample'
            ? 2 * size
            : node.op === 'conv'
              ? Math.floor((size + 2 * node.padding - node.kernel) / node.stride) + 1
              : size
        const slack = [height, width].map((size, axis) => side(size) - output[axis + 1]!)
        // An even side may have a row to spare.
        expect(slack.every((rows) => rows === 0 || (even && rows === 1))).toBe(true)
      }
    },
  )
})

test.each([
  { stride: 2, kernel: 3, padding: 1, even: false, sides: [41, 53], random: [9, 27] },
  { stride: 2, kernel: 3, padding: 1, even: true, sides: [42, 54], random: [10, 28] },
  { stride: 1, kernel: 1, padding: 0, even: true, sides: [22, 28], random: [6, 14] },
])('a convolution has sides that its output asks for: %j', ({ even, sides, random, ...own }) => {
  const node = [...layers.values()].map((layer) => layer.node).find(({ op }) => op === 'conv') as IntegerConv
  const cheap = { ...node, shape: [4, 1, 1], inChannels: 4, ...own } as const
  expect(convShapes(cheap, engine, 'corners', even)).toEqual({ input: [4, ...sides], output: [4, 21, 27] })
  expect(convShapes(cheap, engine, 'random', even)).toEqual({ input: [4, ...random], output: [4, 5, 14] })
  const dear = { ...cheap, inChannels: 4 * 25 * 9, shape: [4, 1, 1] } as const
  expect(convShapes(dear, engine, 'corners', even).output).toEqual([4, 9, 11])
  expect(convShapes(dear, engine, 'random', even).output).toEqual([4, 4, 6])
})

test('what passes codes on sees ramps both ways, a full code, an empty one, and lots', () => {
  const quant: QuantParams = { scale: 1, zeroPoint: 0, bits: 4 }
  const node = { op: 'max-pool', name: 'p', shape: [6, 9, 9], quant, inputs: ['i'], kernel: 5 } as const
  const layer: StimulusLayer = { node, quants: [quant], inputChannels: [6], even: false }
  const { inputs, output } = makeCorners(layer, engine, createRandom(1))
  const [{ shape, codes }] = inputs as [(typeof inputs)[0]]
  expect([shape, output]).toEqual([
    [6, 7, 9],
    [6, 7, 9],
  ])
  const channel = (c: number) => [...codes.subarray(c * 63, (c + 1) * 63)]
  const steps = (list: readonly number[]) =>
    new Set(list.slice(1).map((code, i) => (code - list[i]! + 16) % 16))
  expect([0, 1, 5].map((c) => steps(channel(c)))).toEqual([new Set([1]), new Set([15]), new Set([1])])
  expect(channel(2)).toEqual(Array.from({ length: 63 }, (_, i) => (i === 22 ? 15 : 0)))
  expect(channel(3)).toEqual(Array.from({ length: 63 }, (_, i) => (i === 33 ? 0 : 15)))
  expect(new Set(channel(4)).size).toBeGreaterThan(10)
  const factor = makeRandom(
    { ...layer, node: { ...node, op: 'upsample' } as unknown as typeof node },
    engine,
    createRandom(1),
  )
  expect([factor.inputs[0]!.shape, factor.output]).toEqual([
    [6, 4, 6],
    [6, 8, 12],
  ])
})

test.each(Array.from({ length: 20 }, (_, seed) => seed))(
  'an addition by lot %i sees each edge that it has',
  (seed) => {
    const random = createRandom(seed)
    const below = (count: number) => random() % count
    const bits = 4
    const quantOf = (): QuantParams => ({ scale: 1, zeroPoint: below(16), bits })
    const shift = 2 + below(4)
    const node: IntegerAdd = {
      op: 'add',
      name: 'a',
      shape: [3, 9, 9],
      quant: quantOf(),
      inputs: ['x', 'y'],
      multipliers: [1 + below(2 ** shift), 1 + below(2 ** shift)],
      shift,
    }
    const quants = [quantOf(), quantOf()] as const
    const layer: StimulusLayer = { node, quants, inputChannels: [3, 3], even: false }
    const [a, b] = makeCorners(layer, engine, createRandom(seed)).inputs.map(({ codes }) => codes)
    const seen = countAdd(node, quants, a!, b!)
    const every = Array.from({ length: 256 }, (_, i) => [i >> 4, i & 15] as const)
    const all = countAdd(
      node,
      quants,
      Uint8Array.from(every, ([code]) => code),
      Uint8Array.from(every, ([, code]) => code),
    )
    for (const edge of ['tiesAbove', 'tiesBelow', 'clampLow', 'clampHigh'] as const)
      expect([edge, seen[edge].possible, seen[edge].count > 0]).toEqual([
        edge,
        all[edge].count > 0,
        all[edge].count > 0,
      ])
    const { pairs, ...can } = addPairs(node, quants)
    expect(can).toEqual({
      canTieAbove: all.tiesAbove.count > 0,
      canTieBelow: all.tiesBelow.count > 0,
      canClampLow: all.clampLow.count > 0,
      canClampHigh: all.clampHigh.count > 0,
    })
    const [zeroA, zeroB] = [quants[0].zeroPoint, quants[1].zeroPoint]
    for (const pair of [
      [0, 0],
      [0, 15],
      [15, 0],
      [15, 15],
      [zeroA, zeroB],
      [0, zeroB],
      [zeroA, 15],
    ])
      expect(pairs).toContainEqual(pair)
  },
)
