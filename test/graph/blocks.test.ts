import { describe, expect, test } from 'vitest'
import type { PickleValue } from '../../src/checkpoint/pickle-value.ts'
import {
  addBottleneck,
  addC2f,
  addConcat,
  addConv,
  addPlainConv,
  addSppf,
  addUpsample,
} from '../../src/graph/blocks.ts'
import { createGraphBuilder, type GraphBuilder } from '../../src/graph/graph-builder.ts'
import { InputError } from '../../src/input/input-error.ts'
import { conv, conv2d, type Made, makeModule, tensorOf } from './modules.ts'

/** A builder with an image of 4 x 6 x 5, and what a block makes of it. */
function build(add: (graph: GraphBuilder) => string) {
  const graph = createGraphBuilder()
  graph.add({ op: 'input', name: 'images', shape: [4, 6, 5] })
  const output = add(graph)
  return { output, graph, nodes: graph.nodes.slice(1) }
}
const summary = (nodes: ReturnType<typeof build>['nodes']) =>
  nodes.map((node) => [node.name, node.op, node.op === 'input' ? [] : node.inputs, node.shape])

describe('a convolution', () => {
  const batchNorm = (more: Partial<Made> = {}): Made => ({
    type: 'BatchNorm2d',
    attributes: { eps: 0.5 },
    tensors: {
      ...{ weight: tensorOf([2], 1, 2), bias: tensorOf([2], 3, 4) },
      ...{ running_mean: tensorOf([2], 5, 6), running_var: tensorOf([2], 7, -0.25) },
    },
    ...more,
  })

  test('has what its modules say', () => {
    const module = makeModule('m', {
      type: 'Conv',
      children: {
        conv: conv2d(4, 2, 3, { stride: [2, 2], padding: [0, 0] }),
        bn: batchNorm(),
        act: { type: 'SiLU' },
      },
    })
    const { output, nodes } = build((graph) => addConv(graph, module, 'images'))
    expect(output).toBe('m')
    expect(nodes).toEqual([
      {
        ...{ op: 'conv', name: 'm', inputs: ['images'], inChannels: 4, kernel: 3, stride: 2, padding: 0 },
        // (6 - 3) / 2 + 1 and (5 - 3) / 2 + 1, rounded down.
        shape: [2, 2, 2],
        weight: Float32Array.from({ length: 72 }, (_, i) => 1 + (i % 3)),
        bias: null,
        batchNorm: {
          ...{ gamma: Float32Array.of(1, 2), beta: Float32Array.of(3, 4), mean: Float32Array.of(5, 6) },
          ...{ variance: Float32Array.of(7, -0.25), eps: 0.5 },
        },
        activation: 'silu',
      },
    ])
  })

  test('may be plain, with a bias, or have identities for batch norm and activation', () => {
    const plain = {
      ...conv2d(4, 2, 1),
      tensors: { weight: tensorOf([2, 4, 1, 1]), bias: tensorOf([2], 8, 9) },
    }
    const { nodes } = build((graph) => addPlainConv(graph, makeModule('p', plain), 'images'))
    expect(nodes[0]).toMatchObject({ bias: Float32Array.of(8, 9), activation: 'none', batchNorm: null })
    const identity: Made = {
      type: 'Conv',
      children: { conv: conv2d(4, 2, 1), bn: { type: 'Identity' }, act: { type: 'Identity' } },
    }
    const made = build((graph) => addConv(graph, makeModule('i', identity), 'images'))
    expect(made.nodes[0]).toMatchObject({ bias: null, activation: 'none', batchNorm: null })
  })

  test('has the bias that pruning masks', () => {
    const { weight } = conv2d(4, 2, 1).tensors!
    const pruned: Made = {
      ...conv2d(4, 2, 1),
      tensors: { weight: weight!, bias_orig: tensorOf([2], 8, 9) },
      buffers: { bias_mask: tensorOf([2], 1, 0) },
    }
    const { nodes } = build((graph) => addPlainConv(graph, makeModule('p', pruned), 'images'))
    expect(nodes[0]).toMatchObject({ bias: Float32Array.of(8, 0) })
  })

  test('has a batch norm without gamma and beta, but none without statistics', () => {
    const { running_mean, running_var } = batchNorm().tensors!
    const add = (bn: Partial<Made>) => {
      const children = { conv: conv2d(4, 2, 1), bn: batchNorm(bn), act: { type: 'SiLU' } }
      return build((graph) => addConv(graph, makeModule('m', { type: 'Conv', children }), 'images')).nodes[0]
    }
    const buffers = { running_mean: running_mean!, running_var: running_var! }
    expect(add({ tensors: { weight: null, bias: null }, buffers })).toMatchObject({
      batchNorm: { gamma: Float32Array.of(1, 1), beta: Float32Array.of(0, 0), mean: Float32Array.of(5, 6) },
    })
    expect(() => add({ tensors: {}, buffers })).toThrow('m.bn.weight: the tensor is missing')
    const none = { running_mean: null, running_var: null }
    expect(() => add({ buffers: none })).toThrow(
      'm.bn: it has no running statistics (track_running_stats=False)',
    )
  })

  test('has the batch norm of several devices; one that was folded in counts no more', () => {
    const made = (type: string, attributes: Made['attributes'] = {}) => {
      const children = { conv: conv2d(4, 2, 1), bn: batchNorm({ type }), act: { type: 'SiLU' } }
      const module = makeModule('m', { type: 'Conv', attributes, children })
      return build((graph) => addConv(graph, module, 'images')).nodes[0]
    }
    expect(made('SyncBatchNorm')).toEqual(made('BatchNorm2d'))
    const forward: PickleValue = {
      kind: 'object',
      className: 'getattr',
      args: [null, 'forward_fuse'],
      state: null,
    }
    expect(made('BatchNorm2d', { forward })).toEqual({ ...made('BatchNorm2d'), batchNorm: null })
    const lambda: PickleValue = { ...forward, args: [null, '<lambda>'] }
    expect(() => made('BatchNorm2d', { forward: lambda })).toThrow('m (Conv) computes with <lambda> in place')
    const fused = {
      type: 'Conv',
      attributes: { forward: lambda },
      children: { conv: conv2d(4, 2, 1), act: { type: 'SiLU' } },
    }
    expect(build((graph) => addConv(graph, makeModule('m', fused), 'images')).output).toBe('m')
  })

  const inConv = (inner: Made, bn?: Made): Made => ({
    type: 'Conv',
    children: { conv: inner, ...(bn && { bn }), act: { type: 'SiLU' } },
  })
  // biome-ignore format: a case a line
  test.each<{ because: string; made: Made; says: string }>([
    { because: 'another class', made: { type: 'DWConv' }, says: 'm: expected a Conv, got m (DWConv).' },
    { because: 'no convolution inside', made: inConv({ type: 'Linear', attributes: { out_channels: 2 } }), says: 'm.conv: expected a Conv2d, got m.conv (Linear).' },
    { because: 'no activation', made: { type: 'Conv', children: { conv: conv2d(4, 2, 1) } }, says: 'm: expected one of the activations SiLU, Hardswish, ReLU, ReLU6, LeakyReLU, Identity, got none.' },
    { because: 'groups', made: inConv(conv2d(4, 2, 1, { groups: 2 })), says: 'm.conv: grouped and dilated' },
    { because: 'dilation', made: inConv(conv2d(4, 2, 1, { dilation: [2, 2] })), says: 'm.conv: grouped and dilated' },
    { because: 'another padding', made: inConv(conv2d(4, 2, 1, { padding_mode: 'reflect' })), says: 'expected padding with zeros' },
    { because: 'other input channels', made: inConv(conv2d(3, 2, 1)), says: 'm.conv: the network takes pictures of 3 channels; Assay feeds' },
    { because: 'no kernel', made: inConv(conv2d(4, 2, 1, { kernel_size: [0, 0] })), says: 'a size is not positive' },
    { because: 'no stride', made: inConv(conv2d(4, 2, 1, { stride: [0, 0] })), says: 'a size is not positive' },
    { because: 'less than no padding', made: inConv(conv2d(4, 2, 1, { padding: [-1, -1] })), says: 'a size is not positive' },
    { because: 'a kernel that is not square', made: inConv(conv2d(4, 2, 1, { kernel_size: [1, 3] })), says: 'expected kernel_size to be one number for both axes' },
    { because: 'no output channels', made: inConv(conv2d(4, 2, 1, { out_channels: null })), says: 'expected out_channels to be a whole number' },
    { because: 'a weight of another shape', made: inConv(conv2d(4, 2, 1, { out_channels: 3 })), says: 'm.conv.weight: expected shape [3, 4, 1, 1], got [2, 4, 1, 1].' },
    { because: 'no weight', made: inConv({ ...conv2d(4, 2, 1), tensors: {} }), says: 'm.conv.weight: the tensor is missing' },
    { because: 'another norm', made: inConv(conv2d(4, 2, 1), { type: 'GroupNorm' }), says: 'm.bn: expected a BatchNorm2d' },
    { because: 'a negative eps', made: inConv(conv2d(4, 2, 1), batchNorm({ attributes: { eps: -1 } })), says: 'm.bn: expected eps to be a number, got -1.' },
    { because: 'no eps', made: inConv(conv2d(4, 2, 1), batchNorm({ attributes: {} })), says: 'expected eps to be a number' },
    { because: 'no variance at all', made: inConv(conv2d(4, 2, 1), batchNorm({ attributes: { eps: 0.25 } })), says: 'm.bn.running_var: channel 1 has a variance of -0.25.' },
  ])('with $because is refused', ({ made, says }) => {
    const attempt = () => build((graph) => addConv(graph, makeModule('m', made), 'images'))
    expect(attempt).toThrow(InputError)
    expect(attempt).toThrow(says)
  })
})

describe('blocks', () => {
  const bottleneck = (add: boolean): Made => ({
    type: 'Bottleneck',
    attributes: { add },
    children: { cv1: conv(4, 3, 3), cv2: conv(3, 4, 3) },
  })

  test('a bottleneck with and without shortcut', () => {
    const sum = build((graph) => addBottleneck(graph, makeModule('b', bottleneck(true)), 'images'))
    expect(summary(sum.nodes)).toEqual([
      ['b.cv1', 'conv', ['images'], [3, 6, 5]],
      ['b.cv2', 'conv', ['b.cv1'], [4, 6, 5]],
      ['b', 'add', ['images', 'b.cv2'], [4, 6, 5]],
    ])
    expect([sum.output, sum.graph.aliases.size]).toEqual(['b', 0])
    const plain = build((graph) => addBottleneck(graph, makeModule('b', bottleneck(false)), 'images'))
    expect(plain.nodes).toHaveLength(2)
    expect([plain.output, ...plain.graph.aliases]).toEqual(['b.cv2', ['b', 'b.cv2']])
  })

  test('a C2f', () => {
    const inner: Made = { ...bottleneck(true), children: { cv1: conv(3, 3), cv2: conv(3, 3) } }
    const made = (channels: number): Made => ({
      type: 'C2f',
      children: {
        cv1: conv(4, channels),
        m: { type: 'ModuleList', children: { 0: inner } },
        cv2: conv(9, 2),
      },
    })
    const { output, graph, nodes } = build((to) => addC2f(to, makeModule('c', made(6)), 'images'))
    expect(summary(nodes)).toEqual([
      ['c.cv1', 'conv', ['images'], [6, 6, 5]],
      ['c.chunk', 'slice', ['c.cv1'], [3, 6, 5]],
      ['c.m.0.cv1', 'conv', ['c.chunk'], [3, 6, 5]],
      ['c.m.0.cv2', 'conv', ['c.m.0.cv1'], [3, 6, 5]],
      ['c.m.0', 'add', ['c.chunk', 'c.m.0.cv2'], [3, 6, 5]],
      ['c.concat', 'concat', ['c.cv1', 'c.m.0'], [9, 6, 5]],
      ['c.cv2', 'conv', ['c.concat'], [2, 6, 5]],
    ])
    expect(nodes[1]).toMatchObject({ begin: 3 })
    expect([output, ...graph.aliases]).toEqual(['c.cv2', ['c', 'c.cv2']])
    expect(() => build((to) => addC2f(to, makeModule('c', made(7)), 'images'))).toThrow(
      'c: expected cv1 to have an even number of channels, got 7.',
    )
  })

  const sppf = (pool: Readonly<Record<string, number>>, attributes: Made['attributes'] = { n: 2 }): Made => ({
    type: 'SPPF',
    attributes,
    children: {
      cv1: conv(4, 2),
      m: { type: 'MaxPool2d', attributes: { kernel_size: 5, stride: 1, padding: 2, ...pool } },
      cv2: conv(6, 4),
    },
  })

  test('an SPPF', () => {
    const { output, graph, nodes } = build((to) => addSppf(to, makeModule('s', sppf({})), 'images'))
    expect(summary(nodes)).toEqual([
      ['s.cv1', 'conv', ['images'], [2, 6, 5]],
      ['s.m@1', 'max-pool', ['s.cv1'], [2, 6, 5]],
      ['s.m@2', 'max-pool', ['s.m@1'], [2, 6, 5]],
      ['s.concat', 'concat', ['s.cv1', 's.m@1', 's.m@2'], [6, 6, 5]],
      ['s.cv2', 'conv', ['s.concat'], [4, 6, 5]],
    ])
    expect(nodes[1]).toMatchObject({ kernel: 5 })
    expect([output, ...graph.aliases]).toEqual(['s.cv2', ['s.m', 's.m@2'], ['s', 's.cv2']])
    // Three unless told.
    const three = { ...sppf({}, {}), children: { ...sppf({}).children, cv2: conv(8, 4) } }
    expect(build((to) => addSppf(to, makeModule('s', three), 'images')).nodes).toHaveLength(6)
  })

  test.each([
    { made: sppf({ kernel_size: 4 }), says: 's.m: expected a max-pool of odd kernel' },
    { made: sppf({ stride: 2 }), says: 's.m: expected a max-pool of odd kernel' },
    { made: sppf({ padding: 1 }), says: 's.m: expected a max-pool of odd kernel' },
    { made: sppf({}, { add: true }), says: 's: a shortcut around SPPF is not supported.' },
  ])('an SPPF is refused: $says', ({ made, says }) => {
    expect(() => build((to) => addSppf(to, makeModule('s', made), 'images'))).toThrow(says)
  })

  test.each([
    { factor: 3, mode: 'nearest', says: 'got nearest by 3' },
    { factor: 2, mode: 'bilinear', says: 'got bilinear by 2' },
  ])('upsampling by $factor, $mode, is refused', ({ factor, mode, says }) => {
    const module = makeModule('u', { type: 'Upsample', attributes: { scale_factor: factor, mode } })
    expect(() => build((graph) => addUpsample(graph, module, 'images'))).toThrow(says)
  })

  test('upsampling and concatenation', () => {
    const module = makeModule('u', { type: 'Upsample', attributes: { scale_factor: 2, mode: 'nearest' } })
    const { nodes } = build((graph) => addUpsample(graph, module, 'images'))
    expect(summary(nodes)).toEqual([['u', 'upsample', ['images'], [4, 12, 10]]])
    const along = (axis: number) => makeModule('c', { type: 'Concat', attributes: { d: axis } })
    const both = build((graph) => addConcat(graph, along(1), ['images', 'images']))
    expect(summary(both.nodes)).toEqual([['c', 'concat', ['images', 'images'], [8, 6, 5]]])
    expect(() => build((graph) => addConcat(graph, along(2), ['images']))).toThrow('along axis 1, got 2')
  })
})
