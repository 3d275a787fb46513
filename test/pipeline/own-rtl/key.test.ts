/** What a proof of the user's module rests on: each part that changes gives another key, and nothing is lost on the way into it. */
import { expect, test } from 'vitest'
import type { Codes, IntegerGraph } from '../../../src/golden/types.ts'
import { listLayers } from '../../../src/operator/layer-info.ts'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import { settleLayer } from '../../../src/pipeline/own-rtl/config.ts'
import { keyLayer } from '../../../src/pipeline/own-rtl/key.ts'
import type { BuiltLayer, OwnBench } from '../../../src/pipeline/own-rtl/open.ts'
import { readEnvironment } from '../../../src/process/environment.ts'

const quant = { scale: 1, zeroPoint: 3, bits: 8 }
const graphOf = (weight = [1, -2], requantZeroPoint = 3): IntegerGraph => ({
  nodes: [
    { op: 'input', name: 'images', shape: [1, 1, 2], quant },
    {
      ...{ op: 'conv', name: 'conv', inputs: ['images'], shape: [2, 1, 2], quant, kernel: 1, stride: 1 },
      ...{ padding: 0, requantBits: 8, requantZeroPoint, table: null, weightBits: 8 },
      weight: Int8Array.from(weight),
      bias: Int32Array.of(5, 6),
      multiplier: Uint16Array.of(7, 8),
      shift: Uint8Array.of(1, 2),
    } as unknown as IntegerGraph['nodes'][number],
  ],
  detect: { name: 'detect', levels: [], regMax: 1, classes: [] },
  head: null,
  aliases: new Map(),
  weightBits: 8,
  activationBits: 8,
})
const config: OperatorConfig = {
  top: 'conv',
  sources: ['conv.v'],
  layers: { op: 'conv' },
  parameters: { Width: ({ inputWidth }) => inputWidth },
  inputs: [{ tensor: 'input', stream: 'in', order: 'y x i' }],
  output: { tensor: 'output', stream: 'out', order: 'y x o' },
}
const OTHER = 'another' as OwnBench['simulator']
const at: OwnBench = {
  ...{ folder: '/run/memories', cacheDir: '/cache', simulator: 'verilator' },
  environment: readEnvironment({}),
}
const golden = (input = [1, 2], output = [1, 2, 3, 4]): Map<string, Codes> =>
  new Map([
    ['images', Uint8Array.from(input)],
    ['conv', Uint8Array.from(output)],
    ['other', Uint8Array.of(9)],
  ])

interface Given {
  readonly own?: Partial<OperatorConfig>
  readonly graph?: IntegerGraph
  readonly golden?: Map<string, Codes>
  readonly at?: Partial<OwnBench>
  readonly folder?: string
  readonly buildKey?: string
  readonly programHash?: string
}

function keyOf(given: Given = {}): string {
  const [layer] = listLayers(given.graph ?? graphOf())
  const loaded = { config: { ...config, ...given.own }, path: 'c.ts', folder: given.folder ?? '/rtl' }
  const built = { meaning: given.buildKey ?? 'b' } as BuiltLayer['built']
  const store = { folder: '', programHash: given.programHash ?? 'p' }
  return keyLayer(
    store,
    { layer: layer!, own: settleLayer(loaded, layer!), built },
    given.golden ?? golden(),
    {
      ...at,
      ...given.at,
    },
  )
}

test('the same layer has the same key, however the configuration says it', () => {
  expect(keyOf()).toBe(keyOf())
  expect(keyOf({ own: { parameters: { Width: '$inputWidth' } } })).toBe(keyOf())
  expect(keyOf({ own: { parameters: { Width: 2 } } })).toBe(keyOf())
  // Other layers of the image, which layers are claimed, and where models are kept decide nothing.
  expect(keyOf({ golden: golden().set('other', Uint8Array.of(8)) })).toBe(keyOf())
  expect(keyOf({ own: { layers: () => true } })).toBe(keyOf())
  expect(keyOf({ at: { cacheDir: '/elsewhere' } })).toBe(keyOf())
})

test.each<[string, Given]>([
  ['the built model: RTL, tools, flags', { buildKey: 'c' }],
  ['Assay itself', { programHash: 'q' }],
  ['what a function of the configuration gives', { own: { parameters: { Width: () => 3 } } }],
  ['a number and the same as text', { own: { parameters: { Width: '2' } } }],
  ['a number and the same as a bigint', { own: { parameters: { Width: 2n } } }],
  ['a port', { own: { ports: { pad_i: '$padCode' } } }],
  ['an order', { own: { inputs: [{ tensor: 'input', stream: 'in', order: 'i y x' }] } }],
  ['lanes', { own: { output: { ...config.output, lanes: '$outputChannels' } } }],
  ['a memory', { own: { memories: [{ tensor: 'bias', order: 'o', plusarg: 'b' }] } }],
  ['start', { own: { start: 'go' } }],
  ['done', { own: { done: 'done' } }],
  ['stalls', { own: { stalls: { probability: 0.5 } } }],
  ['the clock', { own: { clock: 'c' } }],
  ['clocks', { own: { clocks: { c: { period: 2 } } } }],
  ['the reset', { own: { reset: false } }],
  ['a stream', { own: { streams: { tap: null } } }],
  ['the limit of cycles', { own: { withinCycles: ({ kernel }) => 100 * kernel } }],
  ['the folder of the RTL', { folder: '/copy' }],
  ['a weight', { graph: graphOf([1, -3]) }],
  ['Z of A-4', { graph: graphOf([1, -2], 4) }],
  ['an input code', { golden: golden([1, 3]) }],
  ['an expected code', { golden: golden([1, 2], [1, 2, 3, 5]) }],
  ['the type of codes', { golden: golden().set('conv', Uint16Array.of(1, 2, 3, 4)) }],
  ['the simulator', { at: { simulator: OTHER } }],
  ['the folder of memory files', { at: { folder: '/other' } }],
  ['the environment', { at: { environment: readEnvironment({ ASSAY_SEED: '2' }) } }],
])('%s is in it', (_what, given) => {
  expect(keyOf(given)).not.toBe(keyOf())
})

test('values that JSON would lose are told apart, and what it would leave out is refused', () => {
  const keys = [2n ** 70n, 2n ** 70n + 1n, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '{}'].map(
    (Width) => keyOf({ own: { parameters: { Width } } }),
  )
  expect(new Set(keys).size).toBe(5)
  const odd = graphOf()
  Object.assign(odd.nodes[1]!, { map: new Map([[1, 2]]) })
  expect(() => keyOf({ graph: odd })).toThrow('Expected data in the key of a proof, got [object Map]')
  Object.assign(odd.nodes[1]!, { map: () => 1 })
  expect(() => keyOf({ graph: odd })).toThrow('got [object Function]')
})
