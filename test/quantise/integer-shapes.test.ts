/** What an integer graph from a file may say of its arrays and of the shapes that follow from one another. */
import { expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { change, check, conv, graph, type Json, nodes } from './integer-fields.ts'

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
    new RegExp(`${key}: expected ${types.join(' or ')}\\b.*, got`),
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

test('what is concatenated has one height, and one width', () => {
  const inputs = ['up', 'images']
  expect(() => check(change('nodes.7.inputs', inputs))).toThrow('expected 6x4 of every input, got "3x5x4"')
  // 5 + 2 - 2 + 1 and 4 + 2 - 2 + 1: 6 x 5.
  const other = { ...conv, name: 'other', kernel: 2, stride: 1, shape: [2, 6, 5], weight: new Int8Array(24) }
  const both = { ...nodes[7], name: 'both', inputs: ['up', 'other'], shape: [3, 6, 4] }
  const more = { ...graph, nodes: [...nodes, other, both] }
  expect(() => check(more)).toThrow('nodes[9].inputs: expected 6x4 of every input, got "2x6x5"')
})

test('every bin of every side has a channel', () => {
  expect(() => check(change('detect.regMax', 2))).toThrow('levels[0].box: expected a tensor of 8 channels')
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
