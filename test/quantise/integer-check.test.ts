/** What an integer graph from a file may say: every field at both of its ends and one beyond. */
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/checkpoint/input-error.ts'
import { checkIntegerGraph } from '../../src/quantise/integer-check.ts'

type Json = Record<string, unknown>

const quant = { scale: 0.5, zeroPoint: 3, bits: 4 }
const conv = {
  ...{ op: 'conv', name: 'conv', inputs: ['images'], shape: [2, 3, 2], quant, inChannels: 3 },
  ...{ kernel: 3, stride: 2, padding: 1, weightBits: 4, weight: new Int8Array(54) },
  ...{ weightScale: new Float64Array(2), bias: new Int32Array(2), multiplier: new Uint16Array(2) },
  ...{ shift: new Uint8Array(2), requantZeroPoint: 3, requantBits: 4, requantScale: 1 },
  table: new Uint8Array(16),
}
// 2 x 3 x 2 from an image of 3 x 5 x 4: (5 + 2 - 3) / 2 + 1 and (4 + 2 - 3) / 2 + 1, rounded down.
const nodes: Json[] = [
  { op: 'input', name: 'images', shape: [3, 5, 4], quant },
  conv,
  { op: 'slice', name: 'half', inputs: ['conv'], shape: [1, 3, 2], begin: 1, quant },
  {
    op: 'add',
    name: 'sum',
    inputs: ['conv', 'conv'],
    shape: [2, 3, 2],
    multipliers: [1, 2],
    shift: 1,
    quant,
  },
  { op: 'max-pool', name: 'pool', inputs: ['sum'], shape: [2, 3, 2], kernel: 5, quant },
  { op: 'concat', name: 'cat', inputs: ['conv', 'half', 'pool'], shape: [5, 3, 2], quant },
  { op: 'upsample', name: 'up', inputs: ['half'], shape: [1, 6, 4], quant },
  { op: 'concat', name: 'box', inputs: ['conv', 'sum'], shape: [4, 3, 2], quant },
]
const graph: Json = {
  nodes,
  detect: {
    name: 'model.22',
    levels: [{ stride: 8, box: 'box', cls: 'conv' }],
    regMax: 1,
    classes: ['a', ''],
  },
  head: { expTable: new Uint16Array(1), sigmoidTable: new Uint16Array(1) },
  aliases: new Map([['a', 'b']]),
  weightBits: 4,
  activationBits: 4,
}

/** The graph with one field changed: `nodes.1.kernel`. */
function change(path: string, value: unknown): Json {
  const copy = structuredClone(graph)
  const keys = path.split('.')
  const last = keys.pop()!
  const parent = keys.reduce<Json>((record, key) => record[key] as Json, copy)
  parent[last] = value
  return copy
}
const check = (value: unknown) => checkIntegerGraph(value, 'model.assay', 'Make it again.')

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
    expect(() => check(change(path, value))).toThrow(`expected a whole number from ${low} to ${high}, got`)
  })
})

// Other fields depend on these: only what is out of bounds can be said of them alone.
test.each([
  { path: 'nodes.0.quant.bits', values: [0, 17, 7.5], says: 'bits: expected a whole number from 1 to 16' },
  {
    path: 'nodes.1.requantBits',
    values: [0, 17, '4'],
    says: 'requantBits: expected a whole number from 1 to 16',
  },
  { path: 'nodes.1.kernel', values: [0, 256, 1.5], says: 'kernel: expected a whole number from 1 to 255' },
  { path: 'nodes.1.stride', values: [0, 256], says: 'stride: expected a whole number from 1 to 255' },
  { path: 'nodes.1.padding', values: [-1, 255], says: 'padding: expected a whole number from 0 to 254' },
  { path: 'nodes.1.inChannels', values: [2, 4], says: 'inChannels: expected a whole number from 3 to 3' },
  { path: 'detect.regMax', values: [0, 1025], says: 'regMax: expected a whole number from 1 to 1024' },
  { path: 'nodes.0.shape.0', values: [0, 65_537], says: 'shape[0]: expected a whole number from 1 to 65536' },
  { path: 'nodes.0.shape', values: [[3, 5], [3, 5, 4, 1], 3], says: 'shape: expected a list' },
  { path: 'nodes.0.quant', values: [null, 4], says: 'quant: expected an object' },
  { path: 'nodes.0.quant.scale', values: [0, -1, 1 / 0, 0 / 0], says: 'scale: expected a number' },
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
    values: ['sum', 'box', 3],
    says: 'inputs[1]: expected a tensor that was made before',
  },
  { path: 'nodes.3.inputs.1', values: ['half'], says: 'expected two tensors of one shape, got "1x3x2"' },
  { path: 'nodes.5.inputs.2', values: ['images'], says: 'expected 3x2 of every input, got "3x5x4"' },
  { path: 'nodes.3.multipliers', values: [[1], [1, 2, 3]], says: 'multipliers: expected a list' },
  { path: 'nodes', values: [[], {}, null], says: 'nodes: expected a list' },
  { path: 'nodes.0', values: [null, [], 'x', new Map()], says: 'nodes[0]: expected an object' },
  { path: 'nodes.0.op', values: ['exec', 3], says: 'nodes[0].op: expected input or conv or add' },
  { path: 'nodes.0.name', values: ['../x', 'a/b'], says: 'no name of a file or layer' },
  { path: 'detect.name', values: ['../x'], says: 'no name of a file or layer' },
  { path: 'detect', values: [null, 3], says: 'detect: expected an object' },
  { path: 'nodes.0.op', values: ['conv'], says: 'nodes[0].inputs: expected a list' },
  { path: 'nodes.1.op', values: ['input'], says: 'nodes[1].op: expected the input first, and only there' },
  {
    path: 'nodes.1.name',
    values: ['images'],
    says: 'nodes[1].name: expected a name of its own, got "images"',
  },
  { path: 'nodes.1.name', values: ['', 3], says: 'nodes[1].name: expected a text' },
  { path: 'detect.name', values: ['', 3], says: 'detect.name: expected a text' },
  { path: 'detect.classes', values: [[], 'a'], says: 'detect.classes: expected a list' },
  { path: 'detect.classes.1', values: [3, null], says: 'detect.classes[1]: expected a text' },
  { path: 'detect.levels', values: [[], {}], says: 'detect.levels: expected a list' },
  {
    path: 'detect.levels',
    values: [new Array(17).fill({ stride: 8, box: 'box', cls: 'conv' })],
    says: 'detect.levels: expected a list of at most 16',
  },
  { path: 'detect.levels.0.box', values: ['conv', 'none'], says: 'box: expected a tensor of 4 channels' },
  { path: 'detect.levels.0.cls', values: ['box', 3], says: 'cls: expected a tensor of 2 channels' },
  { path: 'head', values: [3, [1]], says: 'head: expected an object' },
  {
    path: 'head.expTable',
    values: [new Uint16Array(0), new Uint8Array(1)],
    says: 'expTable: expected a table',
  },
  { path: 'head.sigmoidTable', values: [new Uint16Array(0), []], says: 'sigmoidTable: expected a table' },
  { path: 'aliases', values: [{}, [], null], says: 'aliases: expected a map of names' },
  { path: 'aliases', values: [new Map([[3, 'b']]), new Map([['a', 3]])], says: 'aliases: expected a text' },
])('$path: $says', ({ path, values, says }) => {
  expect(values.length).toBeGreaterThan(0)
  for (const value of values) {
    expect(() => check(change(path, value))).toThrow(InputError)
    expect(() => check(change(path, value))).toThrow(says)
  }
})

test.each([
  { key: 'weight', of: 54, types: ['Int8Array', 'Int16Array'] },
  { key: 'weightScale', of: 2, types: ['Float64Array'] },
  { key: 'bias', of: 2, types: ['Int32Array'] },
  { key: 'multiplier', of: 2, types: ['Uint16Array'] },
  { key: 'shift', of: 2, types: ['Uint8Array'] },
  { key: 'table', of: 16, types: ['Uint8Array', 'Uint16Array'] },
])('$key is $types of $of', ({ key, of, types }) => {
  const arrays = { Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Float64Array }
  const taken = Object.entries(arrays).flatMap(([name, type]) =>
    [of - 1, of, of + 1]
      .filter((length) => accepts(`nodes.1.${key}`, new type(length)))
      .map((length) => [name, length]),
  )
  expect(taken).toEqual(
    Object.keys(arrays)
      .filter((name) => types.includes(name))
      .map((name) => [name, of]),
  )
  expect(() => check(change(`nodes.1.${key}`, []))).toThrow(
    `${key}: expected ${types.join(' or ')} of ${of}, got`,
  )
})

function accepts(path: string, value: unknown): boolean {
  try {
    check(change(path, value))
    return true
  } catch (error) {
    if (error instanceof InputError) return false
    throw error
  }
}

test.each([
  { because: 'a convolution without table', path: 'nodes.1.table', value: null },
  { because: 'no head: its levels are nobody', path: 'head', value: null },
  { because: 'no alias', path: 'aliases', value: new Map() },
])('$because is taken', ({ path, value }) => {
  expect(() => check(change(path, value))).not.toThrow()
})

test('without a head the logits are left to the float network', () => {
  const levels = [{ stride: 8, box: 'model.22.box', cls: 'model.22.cls' }]
  expect(() =>
    check({ ...change('head', null), detect: { ...(graph.detect as Json), levels } }),
  ).not.toThrow()
})

test.each([
  { node: 1, shape: [2, 2, 2], expected: '[2,3,2]' },
  { node: 1, shape: [2, 3, 3], expected: '[2,3,2]' },
  { node: 2, shape: [1, 3, 3], expected: '[1,3,2]' },
  { node: 3, shape: [2, 2, 2], expected: '[2,3,2]' },
  { node: 4, shape: [2, 3, 1], expected: '[2,3,2]' },
  { node: 5, shape: [4, 3, 2], expected: '[5,3,2]' },
  { node: 6, shape: [1, 3, 4], expected: '[1,6,4]' },
  { node: 6, shape: [2, 6, 4], expected: '[1,6,4]' },
])('node $node of the shape $shape is none: $expected', ({ node, shape, expected }) => {
  expect(() => check(change(`nodes.${node}.shape`, shape))).toThrow(
    `model.assay: nodes[${node}].shape: expected ${expected}, got "${shape.join('x')}". Make it again.`,
  )
})

test('a slice of more channels than there are is none', () => {
  const more = change('nodes.2.begin', 0)
  ;(more.nodes as Json[])[2]!.shape = [3, 3, 2]
  expect(() => check(more)).toThrow('nodes[2].shape: expected [2,3,2], got "3x3x2"')
})

test('both logits of a level have one grid', () => {
  const other = change('nodes.7', { ...nodes[7], inputs: ['up', 'up', 'up', 'up'], shape: [4, 6, 4] })
  expect(() => check(other)).toThrow('detect.levels[0]: expected one grid, 6x4, got "3x2"')
})
