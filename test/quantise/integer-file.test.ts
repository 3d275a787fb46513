import { describe, expect, test } from 'vitest'
import type { IntegerGraph } from '../../src/golden/types.ts'
import { InputError } from '../../src/input/input-error.ts'
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
  head: { expTable: new Uint16Array(256).fill(65535), sigmoidTable: new Uint16Array(256).fill(9) },
  aliases: new Map([['model.2', 'model.2.cv2']]),
  weightBits: 8,
  activationBits: 8,
}

describe('integer graph file', () => {
  test('gives back the same graph', () => {
    expect(readIntegerGraph(writeIntegerGraph(graph), 'file')).toEqual(graph)
  })

  test('is a length, a header, and arrays that begin at multiples of eight', () => {
    const file = writeIntegerGraph(graph)
    const view = new DataView(file.buffer)
    const length = Number(view.getBigUint64(0, true))
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))
    expect(header).toMatchObject({ format: 'assay integer graph', version: 1 })
    const { weight, weightScale, bias, multiplier, shift, table } = header.graph.nodes[1]
    // 3 bytes, 8, 4, 2, 1, 256: each place is the end of the one before, rounded up.
    expect([weight, weightScale, bias, multiplier, shift, table]).toEqual([
      { $array: 'Int8Array', offset: 0, length: 3 },
      { $array: 'Float64Array', offset: 8, length: 1 },
      { $array: 'Int32Array', offset: 16, length: 1 },
      { $array: 'Uint16Array', offset: 24, length: 1 },
      { $array: 'Uint8Array', offset: 32, length: 1 },
      { $array: 'Uint8Array', offset: 40, length: 256 },
    ])
    expect(header.graph.aliases).toEqual({ $map: [['model.2', 'model.2.cv2']] })
    const begin = Math.ceil((8 + length) / 8) * 8
    expect(view.getFloat64(begin + 8, true)).toBe(0.25)
    expect(view.getInt32(begin + 16, true)).toBe(-70000)
    expect(view.getUint16(begin + 24, true)).toBe(40000)
    // 296, then two tables of 256 words each.
    expect(file.length).toBe(begin + 296 + 2 * 512)
    expect([...file.subarray(8 + length, begin)].every((byte) => byte === 0)).toBe(true)
  })

  test('an array that is a part of another is written as that part', () => {
    const table = new Uint8Array(300).map((_, i) => i & 255).subarray(20, 276)
    const [image, conv, box] = graph.nodes
    const part = { ...graph, nodes: [image!, { ...conv, table } as typeof conv & object, box!] }
    expect(readIntegerGraph(writeIntegerGraph(part), 'file')).toEqual(part)
  })

  test('the id is the first 32 bits of the SHA-256', () => {
    // printf abc | sha256sum: ba7816bf 8f01cfea…
    expect(modelIdOf(new TextEncoder().encode('abc'))).toBe(0xba7816bf)
  })

  /** A file of this header, and so many bytes of arrays. */
  const fileOf = (header: unknown, bytes = 0) => {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
    const begin = Math.ceil((8 + text.length) / 8) * 8
    const file = new Uint8Array(begin + bytes)
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
    file.set(text, 8)
    return file
  }
  const array = (more: object) => ({
    format: 'x',
    graph: { $array: 'Int32Array', offset: 0, length: 2, ...more },
  })
  test.each([
    { header: 'x', says: 'model.assay: is not JSON: ' },
    { header: 3, says: 'model.assay: expected an object, got 3. Delete' },
    { header: null, says: 'expected an object, got null' },
    { header: {}, says: 'model.assay: format is missing' },
    {
      header: { format: 'assay', version: 1, graph: {} },
      says: 'format: expected assay integer graph, got "assay"',
    },
    { header: { format: 'assay integer graph', version: 2, graph: {} }, says: 'version: expected 1, got 2' },
    { header: { format: 'assay integer graph', version: 1 }, says: 'graph is missing' },
    { header: { format: [] }, says: 'format: expected assay integer graph, got a list of 0' },
    { header: array({ $array: 'Array' }), says: 'an array: $array: expected one of Int8Array, Uint8Array,' },
    { header: array({ $array: 'toString' }), says: 'Float64Array, got "toString"' },
    { header: array({ offset: 4 }), says: 'an array: offset: expected a multiple of 8, got 4' },
    {
      header: array({ offset: -8 }),
      says: 'an array: offset: expected a whole number of at least 0, got -8',
    },
    {
      header: array({ length: 1.5 }),
      says: 'an array: length: expected a whole number of at least 0, got 1.5',
    },
    {
      header: array({ length: -1 }),
      says: 'an array: length: expected a whole number of at least 0, got -1',
    },
    { header: array({ length: 3 }), says: 'an array ends after the file' },
    { header: array({ offset: 8 }), says: 'an array ends after the file' },
    { header: array({}), says: 'format: expected assay integer graph, got "x"' },
    { header: array({ $map: [['a', 'b']] }), says: 'format: expected assay integer graph, got "x"' },
    { header: { graph: { $map: 3 } }, says: 'a map: expected a list, got 3' },
    { header: { graph: { $map: [3] } }, says: 'a map: [0]: expected a list, got 3' },
    {
      header: { graph: { $map: [['a', 'b'], ['c']] } },
      says: 'a map: [1]: expected a list of 2, got a list of 1',
    },
  ])('a header of $header is refused: $says', ({ header, says }) => {
    const read = () => readIntegerGraph(fileOf(header, 8), 'model.assay')
    expect(read).toThrow(InputError)
    expect(read).toThrow(says)
  })

  test('a header that is longer than the file is refused by a byte', () => {
    const file = fileOf('{}      ')
    expect(() => readIntegerGraph(file, 'file')).toThrow('format is missing')
    expect(() => readIntegerGraph(file.subarray(0, 15), 'file')).toThrow(
      'the header says 8 bytes, the file has 15',
    )
    expect(() => readIntegerGraph(new Uint8Array(7), 'file')).toThrow(
      'expected a quantised model, got 7 bytes',
    )
    expect(() => readIntegerGraph(new Uint8Array(8), 'file')).toThrow('file: is not JSON')
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
      message: /format is missing/,
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

  // Every field: integer-check.test.ts.
  test('what is no integer graph is refused with the field', () => {
    const [input, conv] = graph.nodes
    const damaged = {
      ...graph,
      nodes: [input, { ...conv, weight: Int8Array.of(1) }],
    } as unknown as IntegerGraph
    const read = () => readIntegerGraph(writeIntegerGraph(damaged), 'model.assay')
    expect(read).toThrow(InputError)
    expect(read).toThrow(
      'model.assay: nodes[1].weight: expected 3 elements, got Int8Array of 1 bytes. Delete it',
    )
  })
})
