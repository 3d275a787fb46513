import { describe, expect, test } from 'vitest'
import { AccumulatorError } from '../../src/golden/accumulator.ts'
import { Engine } from '../../src/golden/engine.ts'
import { runHead } from '../../src/golden/head.ts'
import { runSpec, runSpecNode } from '../../src/golden/run.ts'
import type { Codes, IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import { makeHeadVector } from './head-vectors.ts'
import { randomConvGraph, randomGraph, randomImage } from './random-graph.ts'

const narrow = randomGraph({ seed: 1, shape: [1, 2, 4], activationBits: 10 })

describe.each([
  { twin: 'runSpec', run: (graph: IntegerGraph, image: Codes) => runSpec(graph, image) },
  { twin: 'Engine.run', run: (graph: IntegerGraph, image: Codes) => Engine.create(graph).run(image) },
])('$twin refuses', ({ run }) => {
  test.each([7, 9, 0])('an image of %i codes where the graph says 8', (length) => {
    expect(() => run(narrow, new Uint16Array(length))).toThrow(
      new RangeError(
        `images: expected 8 codes (1x2x4), got ${length}: give the tensor in C order [channels, height, width]`,
      ),
    )
  })

  test('an image with a code above 2^A - 1', () => {
    const image = Uint16Array.of(0, 1023, 0, 0, 0, 0, 1024, 0)
    expect(() => run(narrow, image)).toThrow('images: code 1024 at element 6 does not fit 10 bits')
  })

  test('a graph whose sums may overflow (A-3)', () => {
    const graph = randomConvGraph({ seed: 1, shape: [1, 1, 1] }, { channels: 1 })
    const conv = graph.nodes[1] as IntegerConv
    const heavy = { ...conv, weight: Int8Array.of(1), bias: Int32Array.of(2 ** 31 - 1) }
    const refused = { ...graph, nodes: [graph.nodes[0]!, heavy] }
    expect(() => run(refused, Uint8Array.of(0))).toThrow(AccumulatorError)
  })
})

test.each([
  { name: 'cv1', given: 1, says: 'chunk: expected 700 codes (7x10x10), got 1' },
  { name: 'images', given: 2, says: 'images: expected 1200 codes (3x20x20), got 2' },
])('runLayer refuses an input of $name of another size', ({ name, given, says }) => {
  const engine = Engine.create(randomGraph({ seed: 1 }))
  expect(() => engine.runLayer(name, [new Uint8Array(given)])).toThrow(says)
})

test('a node without inputs is refused by name', () => {
  const node = randomGraph({ seed: 1 }).nodes[1]!
  expect(() => runSpecNode(node, [])).toThrow("stem: expected the conv node's inputs, got none")
})

test('an input node passes its image', () => {
  const graph = randomGraph({ seed: 1 })
  const image = randomImage(graph, 3)
  const { shape, quant } = graph.nodes[0]!
  expect(runSpecNode(graph.nodes[0]!, [{ codes: image, shape, quant }])).toBe(image)
})

describe('runHead', () => {
  const { head, options } = makeHeadVector({ seed: 1, levels: [] })
  const quant = { scale: 1, zeroPoint: 0, bits: 8 }
  const shapes = { b0: [4, 1, 2], c0: [1, 1, 2], b1: [4, 1, 1], c1: [1, 1, 1] } as const
  const graph: IntegerGraph = {
    nodes: Object.entries(shapes).map(([name, shape]) => ({ op: 'input', name, shape, quant })),
    detect: {
      name: 'model.22',
      levels: [
        { stride: 8, box: 'b0', cls: 'c0' },
        { stride: 16, box: 'b1', cls: 'c1' },
      ],
      regMax: 1,
      classes: ['cat'],
    },
    head,
    aliases: new Map(),
    weightBits: 8,
    activationBits: 8,
  }
  const tensors = new Map<string, Codes>([
    ['b0', new Uint8Array(8)],
    ['c0', Uint8Array.of(1, 200)],
    ['b1', new Uint8Array(4)],
    ['c1', Uint8Array.of(201)],
  ])

  test('reads the logits of every level by their names', () => {
    const { boxes } = runHead(graph, tensors, options)
    expect(boxes.map(({ anchor, code }) => [anchor, code])).toEqual([
      [2, 201],
      [1, 200],
    ])
  })

  test('says what is missing', () => {
    expect(() => runHead({ ...graph, head: null }, tensors, options)).toThrow(
      'the graph has no integer head: it was quantised with --scope no-last',
    )
    const some = new Map([...tensors].filter(([name]) => name !== 'c1'))
    expect(() => runHead(graph, some, options)).toThrow('the run has no tensor c1')
  })
})
