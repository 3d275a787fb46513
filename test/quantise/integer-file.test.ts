import { describe, expect, test } from 'vitest'
import type { IntegerGraph } from '../../src/golden/types.ts'
import { modelIdOf, readIntegerGraph, writeIntegerGraph } from '../../src/quantise/integer-file.ts'

const quant = { scale: 1 / 255, zeroPoint: 3, bits: 8 }
const graph: IntegerGraph = {
  nodes: [
    { op: 'input', name: 'images', shape: [3, 4, 4], quant },
    {
      op: 'conv',
      name: 'model.0',
      inputs: ['images'],
      shape: [1, 4, 4],
      quant,
      inChannels: 3,
      kernel: 1,
      stride: 1,
      padding: 0,
      weightBits: 8,
      weight: Int8Array.of(-127, 0, 127),
      weightScale: Float64Array.of(0.25),
      bias: Int32Array.of(-70000),
      multiplier: Uint16Array.of(40000),
      shift: Uint8Array.of(20),
      requantZeroPoint: 7,
      requantBits: 8,
      requantScale: 0.125,
      table: Uint8Array.from({ length: 256 }, (_, i) => i),
    },
  ],
  detect: { name: 'model.22', levels: [], regMax: 16, classes: ['a'] },
  head: { expTable: Uint16Array.of(65535, 1), sigmoidTable: Uint16Array.of(0, 65535) },
  aliases: new Map([['model.2', 'model.2.cv2']]),
  weightBits: 8,
  activationBits: 8,
}

describe('integer graph file', () => {
  test('gives back the same graph', () => {
    expect(readIntegerGraph(writeIntegerGraph(graph), 'file')).toEqual(graph)
  })

  test('is read from any alignment', () => {
    const file = writeIntegerGraph(graph)
    const shifted = new Uint8Array(file.length + 1)
    shifted.set(file, 1)
    expect(readIntegerGraph(shifted.subarray(1), 'file')).toEqual(graph)
  })

  test('a changed weight changes the model id', () => {
    const file = writeIntegerGraph(graph)
    const other = structuredClone(graph) as typeof graph
    const conv = other.nodes[1]!
    if (conv.op === 'conv') conv.weight[0] = -126
    expect(modelIdOf(writeIntegerGraph(other))).not.toBe(modelIdOf(file))
    expect(modelIdOf(writeIntegerGraph(graph))).toBe(modelIdOf(file))
  })

  test.each([
    { because: 'empty', bytes: new Uint8Array(0), message: /0 bytes/ },
    { because: 'cut in the header', bytes: writeIntegerGraph(graph).slice(0, 40), message: /header says/ },
    {
      because: 'cut in the arrays',
      bytes: writeIntegerGraph(graph).slice(0, -16),
      message: /ends after the file/,
    },
    {
      because: 'something else',
      bytes: new TextEncoder().encode('\x02\0\0\0\0\0\0\0{}      '),
      message: /expected assay/,
    },
  ])('$because: refused', ({ bytes, message }) => {
    expect(() => readIntegerGraph(bytes, 'model.assay')).toThrow(message)
  })
})
