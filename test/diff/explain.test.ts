import { describe, expect, test } from 'vitest'
import { explainBox } from '../../src/diff/explain-box.ts'
import type { Explanation, Product } from '../../src/diff/explain-types.ts'
import { accumulate } from '../../src/golden/accumulate.ts'
import { runHead } from '../../src/golden/head.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { Codes, IntegerGraph, IntegerNode } from '../../src/golden/types.ts'
import { explainTarget, findTarget } from '../../src/pipeline/explain/explain.ts'
import { parsePosition } from '../../src/pipeline/explain/position.ts'
import { chooseNms } from '../../src/pipeline/model/engine-choice.ts'
import { renderExplanation, writeExplanationCsv } from '../../src/report/explain.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import { createRandom } from '../golden/random.ts'
import { randomYolo } from '../golden/random-yolo.ts'

const plainYolo = randomYolo({ seed: 11, shape: [3, 64, 96] })
const graph: IntegerGraph = {
  ...plainYolo,
  detect: {
    name: 'model.22',
    levels: [0, 1, 2].map((level) => ({
      stride: 8 * 2 ** level,
      box: `model.22.cv2.${level}.2`,
      cls: `model.22.cv3.${level}.2`,
    })),
    regMax: 16,
    classes: Array.from({ length: 80 }, (_, index) => `class ${index}`),
  },
}
const random = createRandom(5)
const image = Uint8Array.from({ length: 3 * 64 * 96 }, () => random.integer(0, 255))
const golden = runSpec(graph, image)
const engine: EngineParameters = { ...DEFAULT_ENGINE }
const roms = emitRoms(graph, engine, 1, chooseNms(graph, engine))

/** The corners, and some elements between. */
function positions({ shape }: IntegerNode): string[] {
  const [channels, height, width] = shape
  const some = Array.from({ length: 3 }, () =>
    [channels, height, width].map((size) => random.integer(0, size - 1)).join(),
  )
  return ['0,0,0', [channels - 1, height - 1, width - 1].join(), ...some]
}

const explainAt = (layer: string, at: string, on: IntegerGraph = graph, codes = golden) =>
  explainTarget(
    on,
    codes,
    findTarget(on, layer, parsePosition(at), undefined),
    on === graph ? roms : null,
    engine,
  )

const unpainted = (_style: string, text: string): string => text
const render = (explanation: Explanation, rows = 1000): string =>
  renderExplanation(explanation, null, { head: rows, tail: 4, paint: unpainted })

describe('an element worked out by hand', () => {
  test.each(graph.nodes.map((node) => ({ name: node.name, node })))(
    '$name is what the reference computes',
    ({ node }) => {
      for (const at of positions(node)) {
        const [c, y, x] = at.split(',').map(Number) as [number, number, number]
        const { explanation } = explainAt(node.name, at)
        const [, height, width] = node.shape
        const expected = golden.get(node.name)![(c * height + y) * width + x]!
        expect(explanation.output.code, at).toBe(expected)
        expect(explanation.output.real).toBe(node.quant.scale * (expected - node.quant.zeroPoint))
        expect(explanation.result.at(-1)!.value).toBe(expected)
      }
    },
  )

  test.each(['model.0', 'model.2.cv2', 'model.8.m.0.cv1', 'model.22.cv3.0.2'])(
    '%s takes every weight once, and sums to the accumulator',
    (name) => {
      const node = graph.nodes.find((candidate) => candidate.name === name)!
      if (node.op !== 'conv') throw new Error('expected a convolution')
      const input = graph.nodes.find((candidate) => candidate.name === node.inputs[0])!
      for (const at of positions(node)) {
        const [channel, y, x] = at.split(',').map(Number) as [number, number, number]
        const products = explainAt(name, at).products as readonly Product[]
        const taps = products.map(({ channel: c, ky, kx }) => `${c},${ky},${kx}`)
        expect(new Set(taps).size).toBe(node.inChannels * node.kernel ** 2)
        expect(taps).toHaveLength(new Set(taps).size)
        const codes = { codes: golden.get(input.name)!, shape: input.shape, quant: input.quant }
        expect(node.bias[channel]! + products.at(-1)!.sum).toBe(accumulate(node, codes, { channel, y, x }))
        const step = input.quant.scale * node.weightScale[channel]!
        const folded = products.reduce((sum, { weight }) => sum + input.quant.zeroPoint * weight, 0)
        expect(products.at(-1)!.realSum).toBeCloseTo(step * (products.at(-1)!.sum - folded), 6)
      }
    },
  )

  test('the order is tap, block, lane; of the first layer 2x2 pixels a word', () => {
    const wide = explainAt('model.8.m.0.cv1', '0,1,1').products as readonly Product[]
    expect(wide.slice(0, 3).map(({ beat, lane, channel }) => [beat, lane, channel])).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [0, 2, 2],
    ])
    expect(wide[16]).toMatchObject({ beat: 1, lane: 0, channel: 16, ky: 0, kx: 0 })
    const blocks = Math.max(...wide.filter(({ ky, kx }) => ky === 0 && kx === 0).map(({ beat }) => beat)) + 1
    expect(wide.find(({ kx }) => kx === 1)).toMatchObject({ beat: blocks, lane: 0, channel: 0, ky: 0 })
    // The window's top left lies in the lower right pixel of the word above and to the left: lane (1·2 + 1)·3.
    const first = explainAt('model.0', '0,1,1').products as readonly Product[]
    expect(
      first.slice(0, 4).map(({ beat, lane, ky, kx, channel, y, x }) => [beat, lane, ky, kx, channel, y, x]),
    ).toEqual([
      [0, 9, 0, 0, 0, 1, 1],
      [0, 10, 0, 0, 1, 1, 1],
      [0, 11, 0, 0, 2, 1, 1],
      [1, 6, 0, 1, 0, 1, 2],
    ])
    expect(first).toHaveLength(27)
    expect(first.at(-1)!.beat).toBe(3)
  })

  test('a model that the engine cannot hold is explained tap by tap', () => {
    const wide = randomYolo({ seed: 3, shape: [3, 32, 32], weightBits: 8, activationBits: 16, tableBits: 12 })
    const codes = runSpec(
      wide,
      Uint16Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 977) % 65536),
      { until: 'model.1' },
    )
    const { explanation, products } = explainAt('model.1', '3,2,1', wide, codes)
    expect(explanation.output.code).toBe(codes.get('model.1')![(3 * 8 + 2) * 8 + 1])
    expect(products![1]).toMatchObject({ ky: 0, kx: 0, channel: 1 })
  })

  test('a box: corners, class and score of the integer head', () => {
    const head = {
      expTable: Uint16Array.from({ length: 256 }, (_, d) => Math.round(65535 * Math.exp(-d / 20))),
      sigmoidTable: Uint16Array.from({ length: 256 }, (_, q) => q * 256),
    }
    const own: IntegerGraph = { ...graph, head }
    const { boxes } = runHead(own, golden, { ...chooseNms(own, engine), minCode: 0 })
    expect(boxes.length).toBeGreaterThan(3)
    for (const box of boxes.slice(0, 20)) {
      const { result, rows } = explainBox(own, golden as ReadonlyMap<string, Codes>, box)
      const stepOf = (name: string) => result.find((step) => step.name === name)?.value
      expect([
        stepOf('x0'),
        stepOf('y0'),
        stepOf('x1'),
        stepOf('y1'),
        stepOf('class'),
        stepOf('logit'),
        stepOf('score'),
      ]).toEqual([box.x0, box.y0, box.x1, box.y1, box.classIndex, box.code, box.score])
      expect(rows).toHaveLength(4 * graph.detect.regMax)
    }
  })

  test('text fits 80 columns, whatever the operator', () => {
    for (const node of graph.nodes) {
      const [channels, height, width] = node.shape
      const { explanation } = explainAt(node.name, [channels - 1, height - 1, width - 1].join())
      expect(
        render(explanation)
          .split('\n')
          .filter((line) => line.length > 80),
      ).toEqual([])
    }
  })

  test('long work is shortened in the middle, and says so', () => {
    const { explanation } = explainAt('model.8.m.0.cv1', '0,0,0')
    const lines = render(explanation, 10).split('\n')
    expect(lines.filter((line) => line.includes('more in the files'))).toEqual([
      `… ${(explanation.rows.length - 14).toLocaleString('en-US')} more in the files, or with --all`,
    ])
  })

  test('CSV holds every row', () => {
    const { explanation } = explainAt('model.0', '2,3,4')
    const lines = writeExplanationCsv(explanation, null).trimEnd().split('\r\n')
    expect(lines[0]).toBe(explanation.columns.join(','))
    expect(lines.slice(1).map((line) => line.split(',').map(Number))).toEqual(explanation.rows)
  })
})

describe('a request that makes no sense is answered by name', () => {
  test.each([
    { layer: 'model.99', at: '0,0,0', says: /--layer: no layer model\.99\. There is / },
    { layer: 'model.2.m.7', at: '0,0,0', says: /no layer model\.2\.m\.7/ },
    {
      layer: 'model.0',
      at: '16,0,0',
      says: /--at: 16,0,0 is outside model\.0, which has 16 channels of 32x48/,
    },
    { layer: 'model.0', at: '0,0,48', says: /The last element is 15,31,47/ },
    { layer: 'model.0', at: '0,-1,0', says: /--at: expected channel,y,x/ },
    { layer: 'model.0', at: '0,0', says: /--at: expected channel,y,x/ },
    {
      layer: 'model.22',
      at: '0,0,0',
      says: /--box: the model has no integer head\. Quantise with --scope all/,
    },
  ])('$layer $at', ({ layer, at, says }) => {
    const headless: IntegerGraph = { ...graph, head: null }
    expect(() => findTarget(headless, layer, parsePosition(at), undefined)).toThrow(says)
  })
})
