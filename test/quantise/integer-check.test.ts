/** What an integer graph from a file may say: every field at both of its ends and one beyond. */
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { change, check, graph } from './integer-fields.ts'

test('a graph with every operation is one', () => {
  expect(check(graph)).toBe(graph)
})

test('what is no record is none', () => {
  expect(() => check(null)).toThrow('model.assay: expected an object, got null. Make it again.')
})

const whole = (path: string, low: number, high: number) => ({ path, low, high })
const LIMITS = [
  whole('weightBits', 1, 16),
  whole('activationBits', 1, 16),
  whole('nodes.0.quant.zeroPoint', 0, 15),
  whole('nodes.1.weightBits', 1, 16),
  whole('nodes.1.requantZeroPoint', 0, 15),
  whole('nodes.2.begin', 0, 1),
  whole('nodes.3.multipliers.0', 0, 2 ** 31),
  whole('nodes.3.multipliers.1', 0, 2 ** 31),
  whole('nodes.3.shift', 0, 63),
  whole('nodes.4.kernel', 1, 255),
  whole('detect.levels.0.stride', 1, 8192),
]

describe.each(LIMITS)('$path is a whole number from $low to $high', ({ path, low, high }) => {
  test('both are taken', () => {
    expect(() => check(change(path, low))).not.toThrow()
    expect(() => check(change(path, high))).not.toThrow()
  })

  test.each([low - 1, high + 1, low + 0.5, null, undefined, String(low)])('%s is refused', (value) => {
    const where = path.replace(/\.(\d)(?=\.|$)/g, '[$1]')
    // How many codes there are depends on the bits beside it.
    const most = /zeroPoint|begin/i.test(path) && value !== high + 1 ? 65_535 : high
    expect(() => check(change(path, value))).toThrow(
      `model.assay: ${where}: expected a whole number from ${low} to ${most}, got`,
    )
  })
})

// Other fields depend on these: only what is out of bounds can be said of them alone.
test.each([
  {
    path: 'nodes.0.quant.bits',
    values: [0, 17, 7.5],
    says: 'nodes[0].quant.bits: expected a whole number from 1 to 16',
  },
  {
    path: 'nodes.1.requantBits',
    values: [0, 17, '4'],
    says: 'requantBits: expected a whole number from 1 to 16',
  },
  {
    path: 'nodes.1.kernel',
    values: [0, 256, 1.5],
    says: 'nodes[1].kernel: expected a whole number from 1 to 255',
  },
  { path: 'nodes.1.stride', values: [0, 256], says: 'stride: expected a whole number from 1 to 255' },
  { path: 'nodes.1.padding', values: [-1, 255], says: 'padding: expected a whole number from 0 to 254' },
  { path: 'nodes.1.inChannels', values: [2, 4], says: 'inChannels: expected 3, as its input has' },
  { path: 'detect.regMax', values: [0, 1025], says: 'regMax: expected a whole number from 1 to 1024' },
  { path: 'nodes.0.shape.0', values: [0, 65_537], says: 'shape[0]: expected a whole number from 1 to 65536' },
  { path: 'nodes.0.shape', values: [[3, 5], [3, 5, 4, 1], 3], says: 'shape: expected a list' },
  { path: 'nodes.0.quant', values: [null, 4], says: 'nodes[0].quant: expected an object' },
  {
    path: 'nodes.0.quant.scale',
    values: [0, -1, 1 / 0, 0 / 0],
    says: 'nodes[0].quant.scale: expected a number',
  },
  { path: 'nodes.1.requantScale', values: [0, -1, 1 / 0], says: 'requantScale: expected a number' },
  { path: 'nodes.1.inputs', values: [[], ['images', 'images'], 'images'], says: 'inputs: expected a list' },
  { path: 'nodes.3.inputs', values: [['conv'], ['conv', 'conv', 'conv']], says: 'inputs: expected a list' },
  { path: 'nodes.5.inputs', values: [[]], says: 'inputs: expected a list of 1 or more' },
  {
    path: 'nodes.5.inputs',
    values: [new Array(65).fill('half')],
    says: 'inputs: expected a list of at most 64',
  },
  {
    path: 'nodes.3.inputs.1',
    values: ['sum', 'box'],
    says: 'inputs[1]: expected a tensor that was made before',
  },
  {
    path: 'nodes.3.inputs.1',
    values: ['half'],
    says: 'nodes[3].inputs: expected two tensors of one shape, got "1x3x2"',
  },
  {
    path: 'nodes.5.inputs.2',
    values: ['images'],
    says: 'nodes[5].inputs: expected 3x2 of every input, got "3x5x4"',
  },
  { path: 'nodes.3.multipliers', values: [[1], [1, 2, 3]], says: 'nodes[3].multipliers: expected a list' },
  { path: 'nodes', values: [[], {}, null], says: 'nodes: expected a list' },
  { path: 'nodes.0', values: [null, [], 'x', new Map()], says: 'nodes[0]: expected an object' },
  { path: 'nodes.0.op', values: ['exec', 3], says: 'nodes[0].op: expected one of input, conv, add' },
  { path: 'nodes.0.name', values: ['../x', 'a/b'], says: 'name: expected a name without /' },
  { path: 'detect.name', values: ['../x'], says: 'name: expected a name without /' },
  { path: 'detect', values: [null, 3], says: 'detect: expected an object' },
  { path: 'nodes.0.op', values: ['conv'], says: 'nodes[0]: inputs is missing' },
  { path: 'nodes.1.op', values: ['input'], says: 'nodes[1].op: expected the input first, and only there' },
  {
    path: 'nodes.1.name',
    values: ['images'],
    says: 'nodes[1].name: expected a name of its own, got "images"',
  },
  { path: 'nodes.1.name', values: ['', 3], says: 'nodes[1].name: expected a name' },
  { path: 'detect.name', values: ['', 3], says: 'detect.name: expected a name' },
  { path: 'detect.classes', values: [[], 'a'], says: 'detect.classes: expected a list' },
  { path: 'detect.classes.1', values: [3, null], says: 'detect.classes[1]: expected a text' },
  { path: 'detect.levels', values: [[], {}], says: 'detect.levels: expected a list' },
  {
    path: 'detect.levels',
    values: [new Array(17).fill({ stride: 8, box: 'box', cls: 'conv' })],
    says: 'detect.levels: expected a list of at most 16',
  },
  {
    path: 'detect.levels.0.box',
    values: ['conv', 'none'],
    says: 'levels[0].box: expected a tensor of 4 channels',
  },
  { path: 'detect.levels.0.cls', values: ['box'], says: 'levels[0].cls: expected a tensor of 2 channels' },
  { path: 'head', values: [3, [1]], says: 'head: expected an object' },
  {
    path: 'head.expTable',
    values: [new Uint16Array(0), new Uint8Array(1)],
    says: 'head.expTable: expected a table',
  },
  {
    path: 'head.sigmoidTable',
    values: [new Uint16Array(0), []],
    says: 'head.sigmoidTable: expected a table',
  },
  { path: 'aliases', values: [{}, [], null], says: 'aliases: expected a map, got' },
  { path: 'aliases', values: [new Map([[3, 'b']])], says: 'aliases[3]: expected a text' },
  { path: 'aliases', values: [new Map([['a', 3]])], says: 'aliases.a: expected a text' },
])('$path: $says', ({ path, values, says }) => {
  expect(values.length).toBeGreaterThan(0)
  for (const value of values) {
    expect(() => check(change(path, value))).toThrow(InputError)
    expect(() => check(change(path, value))).toThrow(says)
  }
})
