import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/checkpoint/input-error.ts'
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
    { op: 'concat', name: 'box', inputs: ['images', 'model.0'], shape: [4, 4, 4], quant },
  ],
  detect: {
    name: 'model.22',
    levels: [{ stride: 8, box: 'box', cls: 'model.0' }],
    regMax: 1,
    classes: ['a'],
  },
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

  test('a Buffer that begins anywhere in its memory is read', () => {
    const file = writeIntegerGraph(graph)
    for (let offset = 0; offset < 8; offset++) {
      const pool = Buffer.alloc(file.length + offset)
      pool.set(file, offset)
      expect(readIntegerGraph(pool.subarray(offset), 'file')).toEqual(graph)
    }
  })

  const [input, conv, box] = graph.nodes
  const nodes = (...list: unknown[]) => ({ ...graph, nodes: list })
  test.each([
    { what: 'no graph', graph: null, says: /expected an object, got null/ },
    { what: 'no nodes', graph: nodes(), says: /nodes: expected a list of 1 or more, got a list of 0/ },
    { what: 'a node that is none', graph: nodes(null), says: /nodes\[0\]: expected an object, got null/ },
    {
      what: 'a name that is a path',
      graph: nodes({ ...input, name: '../x' }),
      says: /no name of a file or layer/,
    },
    {
      what: 'two nodes of one name',
      graph: nodes(input, { ...box, inputs: ['images'], name: 'images' }),
      says: /nodes\[1\]\.name: expected a name of its own/,
    },
    { what: 'an input in the middle', graph: nodes(input, { ...input, name: 'b' }), says: /the input first/ },
    {
      what: 'an unknown operation',
      graph: nodes({ ...input, op: 'exec' }),
      says: /nodes\[0\]\.op: expected input or conv/,
    },
    {
      what: 'a side of no pixels',
      graph: nodes({ ...input, shape: [3, 0, 4] }),
      says: /shape\[1\]: expected a whole number from 1/,
    },
    {
      what: 'a scale of nothing',
      graph: nodes({ ...input, quant: { ...quant, scale: 0 } }),
      says: /quant\.scale: expected a number/,
    },
    {
      what: 'a zero point beyond the codes',
      graph: nodes({ ...input, quant: { ...quant, zeroPoint: 256 } }),
      says: /zeroPoint: expected a whole number from 0 to 255/,
    },
    {
      what: 'a reader of what is made later',
      graph: nodes(input, { ...conv, inputs: ['box'] }),
      says: /inputs\[0\]: expected a tensor that was made before, got "box"/,
    },
    {
      what: 'weights too few',
      graph: nodes(input, { ...conv, weight: Int8Array.of(1) }),
      says: /weight: expected Int8Array or Int16Array of 3, got Int8Array of 1 bytes/,
    },
    {
      what: 'weights of another type',
      graph: nodes(input, { ...conv, weight: [1, 2, 3] }),
      says: /weight: expected Int8Array or Int16Array of 3, got a list of 3/,
    },
    {
      what: 'a table too short',
      graph: nodes(input, { ...conv, table: Uint8Array.of(1) }),
      says: /table: expected .* of 256/,
    },
    {
      what: 'a shape that the inputs do not give',
      graph: nodes(input, { ...conv, shape: [1, 5, 4] }),
      says: /shape: expected \[1,4,4\], got "1x5x4"/,
    },
    {
      what: 'a head that reads nothing',
      graph: { ...graph, detect: { ...graph.detect, levels: [{ stride: 8, box: 'x', cls: 'y' }] } },
      says: /levels\[0\]\.box: expected a tensor of 4 channels/,
    },
    {
      what: 'a head without tables',
      graph: { ...graph, head: {} },
      says: /head\.expTable: expected a table/,
    },
    { what: 'aliases that are no map', graph: { ...graph, aliases: {} }, says: /aliases: expected a map/ },
  ])('$what: refused with the field', ({ graph: damaged, says }) => {
    const file = writeIntegerGraph(damaged as IntegerGraph)
    expect(() => readIntegerGraph(file, 'model.assay')).toThrow(InputError)
    expect(() => readIntegerGraph(file, 'model.assay')).toThrow(says)
  })
})
