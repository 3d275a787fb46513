import { describe, expect, test } from 'vitest'
import { describeGraph } from '../../src/graph/describe-graph.ts'
import { createGraphBuilder } from '../../src/graph/graph-builder.ts'
import {
  getInteger,
  getOptionalTensor,
  getSquare,
  getTensor,
  shortClass,
} from '../../src/graph/module-attributes.ts'
import type { ConvNode, FloatGraph } from '../../src/graph/types.ts'
import { InputError } from '../../src/input/input-error.ts'
import { type Made, makeModule, tensorOf } from './modules.ts'

describe('a graph builder', () => {
  const make = () => {
    const graph = createGraphBuilder()
    graph.add({ op: 'input', name: 'x', shape: [4, 3, 2] })
    graph.add({ op: 'input', name: 'tall', shape: [4, 4, 2] })
    graph.add({ op: 'input', name: 'wide', shape: [4, 3, 3] })
    graph.add({ op: 'input', name: 'thin', shape: [1, 3, 2] })
    return graph
  }

  test('knows the shape of what it adds', () => {
    const graph = make()
    graph.concat('cat', ['x', 'thin'])
    graph.slice('part', 'x', 1, 3)
    graph.sum('sum', 'x', 'x')
    graph.maxPool('pool', 'thin', 5)
    graph.upsample('up', 'thin')
    expect(graph.nodes.slice(4)).toEqual([
      { op: 'concat', name: 'cat', inputs: ['x', 'thin'], shape: [5, 3, 2] },
      { op: 'slice', name: 'part', inputs: ['x'], begin: 1, shape: [3, 3, 2] },
      { op: 'add', name: 'sum', inputs: ['x', 'x'], shape: [4, 3, 2] },
      { op: 'max-pool', name: 'pool', inputs: ['thin'], kernel: 5, shape: [1, 3, 2] },
      { op: 'upsample', name: 'up', inputs: ['thin'], shape: [1, 6, 4] },
    ])
    expect(graph.shapeOf('cat')).toEqual([5, 3, 2])
  })

  test.each([
    { says: 'cat: expected inputs of one height and width, got x 3x2, tall 4x2.', inputs: ['x', 'tall'] },
    { says: 'cat: expected inputs of one height and width, got x 3x2, wide 3x3.', inputs: ['x', 'wide'] },
    { says: 'cat: expected inputs of one height and width, got .', inputs: [] },
    { says: 'none: a layer reads this tensor before it is made.', inputs: ['x', 'none'] },
  ])('refuses a concatenation: $says', ({ says, inputs }) => {
    expect(() => make().concat('cat', inputs)).toThrow(InputError)
    expect(() => make().concat('cat', inputs)).toThrow(says)
  })

  test('refuses channels that are not there, and sums of other shapes', () => {
    expect(() => make().slice('part', 'x', 2, 3)).toThrow('part: expected 5 channels in x, got 4.')
    expect(make().slice('part', 'x', 2, 2)).toBe('part')
    expect(() => make().sum('sum', 'x', 'thin')).toThrow(
      'sum: expected two tensors of one shape, got [4,3,2] and [1,3,2].',
    )
  })

  test('refuses names twice, sides of nothing, and more elements than memory', () => {
    const add = (name: string, ...shape: [number, number, number]) => make().add({ op: 'input', name, shape })
    expect(() => add('x', 1, 1, 1)).toThrow('x: two layers have this name.')
    expect(() => add('y', 1, 0, 1)).toThrow('y: the tensor would have the shape [1,0,1].')
    expect(() => add('y', 1, 1.5, 2)).toThrow('y: the tensor would have the shape [1,1.5,2].')
    expect(() => add('y', 2 ** 10, 2 ** 10, 2 ** 10 + 1)).toThrow('y: the tensor would have the shape')
    expect(add('y', 2 ** 10, 2 ** 10, 2 ** 10)).toBe('y')
    expect(add('y', 1, 1, 1)).toBe('y')
  })
})

describe('attributes of modules', () => {
  const module = (attributes: Readonly<Record<string, number | string | number[]>>) =>
    makeModule('m', { type: 'Conv2d', attributes })

  test('a whole number, or what stands for it', () => {
    expect(getInteger(module({ n: 3 }), 'n')).toBe(3)
    expect(getInteger(module({ n: 3 }), 'n', 5)).toBe(3)
    expect(getInteger(module({}), 'n', 5)).toBe(5)
    expect(() => getInteger(module({}), 'n')).toThrow('m: expected n to be a whole number, got nothing.')
    expect(() => getInteger(module({ n: 1.5 }), 'n')).toThrow('got 1.5.')
    expect(() => getInteger(module({ n: '3' }), 'n', 5)).toThrow("got '3'.")
  })

  test('a number for both axes', () => {
    expect(getSquare(module({ k: 3 }), 'k')).toBe(3)
    expect(getSquare(module({ k: [3, 3] }), 'k')).toBe(3)
    for (const k of [[3, 5], [3], [3, 3, 3], [1.5, 1.5], 1.5, '3'])
      expect(() => getSquare(module({ k }), 'k')).toThrow('m: expected k to be one number for both axes, got')
    expect(() => getSquare(module({}), 'k')).toThrow('got nothing')
  })

  test('a tensor of the shape, parameter or buffer, every element finite', () => {
    const [weight, mean] = [tensorOf([2, 2], 1, 2, 3, 4), tensorOf([1], 9)]
    const made = makeModule('m', {
      type: 'X',
      tensors: { weight, none: null, bad: tensorOf([3], 0, 1 / 0, 1) },
    })
    const both = { ...made, buffers: new Map([['mean', mean]]) }
    expect(getTensor(both, 'weight', [2, 2])).toEqual(Float32Array.of(1, 2, 3, 4))
    expect(getTensor(both, 'mean', [1])).toEqual(Float32Array.of(9))
    expect(() => getTensor(both, 'weight', [4])).toThrow('m.weight: expected shape [4], got [2, 2].')
    expect(() => getTensor(both, 'none', [1])).toThrow('m.none: the tensor is missing from the checkpoint.')
    expect(() => getTensor(both, 'bad', [3])).toThrow(
      'm.bad: element 1 is Infinity; every weight must be finite.',
    )
  })

  test('a weight that pruning still masks is their product', () => {
    const made = makeModule('m', { type: 'X', tensors: { weight_orig: tensorOf([3], 1, 2, 3) } })
    const pruned = { ...made, buffers: new Map([['weight_mask', tensorOf([3], 1, 0, 1)]]) }
    expect(getTensor(pruned, 'weight', [3])).toEqual(Float32Array.of(1, 0, 3))
    const wrong = { ...made, buffers: new Map([['weight_mask', tensorOf([2], 1, 0)]]) }
    expect(() => getTensor(wrong, 'weight', [3])).toThrow('m.weight_mask: expected shape [3], got [2].')
  })

  test('a tensor that the module does without is null; one that is pruned or made of parts is not', () => {
    const read = (made: Omit<Made, 'type'>) =>
      getOptionalTensor(makeModule('m', { type: 'X', ...made }), 'bias', [2])
    expect(read({ tensors: { bias: null } })).toBeNull()
    expect(read({ tensors: { weight: tensorOf([2], 1), weight_orig: tensorOf([2], 1) } })).toBeNull()
    expect(read({ tensors: { bias: tensorOf([2], 5, 6) } })).toEqual(Float32Array.of(5, 6))
    const tensors = { bias_orig: tensorOf([2], 5, 6) }
    expect(read({ tensors, buffers: { bias_mask: tensorOf([2], 0, 1) } })).toEqual(Float32Array.of(0, 6))
    expect(() => read({ tensors })).toThrow('m.bias: the tensor is computed from bias_orig; save')
    const bias: Made = { type: 'ParametrizationList' }
    const children = { parametrizations: { type: 'ModuleDict', children: { bias } } }
    expect(() => read({ children })).toThrow('m.bias: the tensor is computed from a parametrisation')
  })

  test('a weight that is made of parts says which', () => {
    const tensors = { weight_g: tensorOf([1], 1), weight_v: tensorOf([1], 1), bias: tensorOf([1], 1) }
    expect(() => getTensor(makeModule('m', { type: 'X', tensors }), 'weight', [1])).toThrow(
      'm.weight: the tensor is computed from weight_g and weight_v; save the model again once that is removed',
    )
    const weight: Made = { type: 'ParametrizationList' }
    const children = { parametrizations: { type: 'ModuleDict', children: { weight } } }
    expect(() => getTensor(makeModule('m', { type: 'X', children }), 'weight', [1])).toThrow(
      'computed from a parametrisation',
    )
  })

  test('a class without its modules', () => {
    expect(shortClass(makeModule('m', { type: 'Conv2d' }))).toBe('Conv2d')
    expect(shortClass({ ...makeModule('m', { type: 'x' }), className: 'Conv2d' })).toBe('Conv2d')
  })
})

test('a graph in numbers', () => {
  const batchNorm = {
    ...{ gamma: new Float32Array(2), beta: new Float32Array(2), mean: new Float32Array(2) },
    ...{ variance: new Float32Array(2), eps: 0 },
  }
  const conv: ConvNode = {
    ...{ op: 'conv', name: 'a', inputs: ['images'], shape: [2, 5, 4], inChannels: 3, kernel: 3, stride: 2 },
    ...{ padding: 1, weight: new Float32Array(54), bias: null, batchNorm, activation: 'silu' },
  }
  const biased: ConvNode = {
    ...conv,
    name: 'b',
    bias: new Float32Array(2),
    batchNorm: null,
    activation: 'none',
  }
  const shape = [2, 5, 4] as const
  const graph: FloatGraph = {
    nodes: [
      { op: 'input', name: 'images', shape: [3, 10, 8] },
      conv,
      biased,
      { op: 'add', name: 'sum', inputs: ['a', 'b'], shape },
      { op: 'max-pool', name: 'pool', inputs: ['sum'], kernel: 5, shape },
    ],
    head: { name: 'head', levels: [], regMax: 16, classes: [] },
    aliases: new Map(),
  }
  const none = { activation: 'none', parameters: 0, fusedParameters: 0, macs: 0, batchNorm: false }
  // 2 * 5 * 4 outputs of 27 products; 54 weights, and gamma and beta, or a bias.
  const plain = { op: 'conv', shape, kernel: 3, stride: 2, fusedParameters: 56, macs: 1080 }
  expect(describeGraph(graph)).toEqual({
    layers: [
      { name: 'images', op: 'input', shape: [3, 10, 8], kernel: null, stride: null, ...none },
      { name: 'a', ...plain, activation: 'silu', parameters: 58, batchNorm: true },
      { name: 'b', ...plain, activation: 'none', parameters: 56, batchNorm: false },
      { name: 'sum', op: 'add', shape, kernel: null, stride: null, ...none },
      { name: 'pool', op: 'max-pool', shape, kernel: 5, stride: 1, ...none },
    ],
    totals: {
      ...{ layers: 5, convolutions: 2, batchNorms: 1 },
      // And the 16 bins of the head.
      ...{ parameters: 58 + 56 + 16, fusedParameters: 112 + 16, macs: 2160 },
    },
  })
})
