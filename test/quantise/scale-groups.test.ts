import { describe, expect, test } from 'vitest'
import { ASSAY } from '../../src/arithmetic/built-in.ts'
import type { FloatGraph, FloatNode } from '../../src/graph/types.ts'
import { findScaleGroups } from '../../src/quantise/scale-groups.ts'

const shape = [4, 8, 8] as const
const conv = (name: string, input: string): FloatNode => ({
  op: 'conv',
  name,
  inputs: [input],
  shape,
  weight: new Float32Array(16),
  bias: new Float32Array(4),
  batchNorm: null,
  inChannels: 4,
  kernel: 1,
  stride: 1,
  padding: 0,
  activation: 'silu',
})

const graph: FloatGraph = {
  nodes: [
    { op: 'input', name: 'images', shape },
    conv('a', 'images'),
    { op: 'slice', name: 'a.half', inputs: ['a'], shape, begin: 0 },
    conv('b', 'a.half'),
    { op: 'add', name: 'sum', inputs: ['a.half', 'b'], shape },
    { op: 'concat', name: 'cat', inputs: ['a', 'sum'], shape },
    conv('c', 'cat'),
    { op: 'upsample', name: 'up', inputs: ['c'], shape },
    { op: 'max-pool', name: 'pool', inputs: ['up'], shape, kernel: 5 },
    conv('box0', 'pool'),
    conv('box1', 'pool'),
    conv('cls0', 'pool'),
    conv('cls1', 'pool'),
  ],
  head: {
    name: 'head',
    levels: [
      { stride: 8, box: 'box0', cls: 'cls0' },
      { stride: 16, box: 'box1', cls: 'cls1' },
    ],
    regMax: 16,
    classes: ['x'],
  },
  aliases: new Map(),
}

describe('findScaleGroups (A-7)', () => {
  const groups = findScaleGroups(graph, undefined)
  const together = (names: string[]): boolean => new Set(names.map((name) => groups.get(name))).size === 1

  test('what meets in a concat, slice, pool or upsample is one group, named for its first tensor', () => {
    expect(together(['a', 'a.half', 'sum', 'cat'])).toBe(true)
    expect(groups.get('cat')).toBe('a')
    expect(together(['c', 'up', 'pool'])).toBe(true)
  })

  test('an add and a convolution make a scale of their own', () => {
    expect(together(['a', 'b'])).toBe(false)
    expect(together(['cat', 'c'])).toBe(false)
    expect(groups.get('images')).toBe('images')
  })

  test('a concat that requantises has a scale of its own, and so have those that meet in it', () => {
    const own = findScaleGroups(graph, { ...ASSAY, concat: { form: 'float32' } })
    expect(['a', 'a.half', 'sum', 'cat', 'c', 'up', 'pool'].map((name) => own.get(name))).toEqual([
      'a',
      'a',
      'sum',
      'cat',
      'c',
      'c',
      'c',
    ])
    expect([own.get('box1'), own.get('cls1')]).toEqual(['box0', 'cls0'])
  })

  test('box logits share, class logits share, the two never', () => {
    expect(together(['box0', 'box1'])).toBe(true)
    expect(together(['cls0', 'cls1'])).toBe(true)
    expect(together(['box0', 'cls0'])).toBe(false)
  })
})
