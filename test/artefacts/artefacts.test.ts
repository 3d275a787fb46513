import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readNpy, writeNpy } from '../../src/artefacts/npy.ts'
import { type PickleProtocol, type PickleValue, writePickle } from '../../src/artefacts/pickle.ts'
import { readSafetensors, writeSafetensors } from '../../src/artefacts/safetensors.ts'
import type { Tensor } from '../../src/artefacts/tensor.ts'
import { needs } from '../witness.ts'
import { EACH_PYTHON, runPython } from './python.ts'

const TENSORS: ReadonlyMap<string, Tensor> = new Map<string, Tensor>([
  ['model.0.weight', { shape: [2, 1, 3], data: Int8Array.of(-127, -1, 0, 1, 2, 127) }],
  ['u1', { shape: [4], data: Uint8Array.of(0, 127, 128, 255) }],
  ['i2', { shape: [2, 2], data: Int16Array.of(-32768, -1, 1, 32767) }],
  ['u2', { shape: [1, 3], data: Uint16Array.of(0, 32768, 65535) }],
  ['model.0.bias', { shape: [3], data: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) }],
  ['u4', { shape: [2], data: Uint32Array.of(0, 2 ** 32 - 1) }],
  ['i8', { shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) }],
  ['u8', { shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
  ['scale', { shape: [3], data: Float32Array.of(0.1, -0, Number.POSITIVE_INFINITY) }],
  ['f8', { shape: [], data: Float64Array.of(Math.PI) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['part', { shape: [2], data: Int16Array.of(1, 2, 3, 4).subarray(1, 3) }],
  ['größe "q"', { shape: [1], data: Uint8Array.of(10) }],
])

const folder = mkdtempSync(join(tmpdir(), 'assay-artefacts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const python = (command: string, script: string): unknown => runPython(command, script, folder)

/** How Python describes an array: type, shape, the elements as text (exact for integers and floats). */
const DESCRIBE = `
import json, numpy, pickle
def describe(v):
    if isinstance(v, numpy.ndarray):
        v.setflags(write=True)
        return [v.dtype.str, list(v.shape), [repr(x) for x in v.ravel().tolist()]]
    if isinstance(v, dict): return {k: describe(x) for k, x in v.items()}
    if isinstance(v, list): return [describe(x) for x in v]
    return [type(v).__name__, repr(v)]
`

const NAMES = new Map([
  ['Int8Array', '|i1'],
  ['Uint8Array', '|u1'],
  ['Int16Array', '<i2'],
  ['Uint16Array', '<u2'],
  ['Int32Array', '<i4'],
  ['Uint32Array', '<u4'],
  ['BigInt64Array', '<i8'],
  ['BigUint64Array', '<u8'],
  ['Float32Array', '<f4'],
  ['Float64Array', '<f8'],
])

/** The same description, made here. */
function describeTensor({ shape, data }: Tensor): unknown {
  const isFloat = data instanceof Float32Array || data instanceof Float64Array
  return [
    NAMES.get(data.constructor.name),
    [...shape],
    [...data].map((value: number | bigint) => pythonRepr(value, isFloat)),
  ]
}

function pythonRepr(value: number | bigint, isFloat: boolean): string {
  if (!isFloat) return String(value)
  if (Object.is(value, -0)) return '-0.0'
  if (value === Number.POSITIVE_INFINITY) return 'inf'
  return String(value)
}

needs('python3 with numpy', 'NumPy', () => {
  test.each(EACH_PYTHON)('$numpy of $command loads every .npy', ({ command }) => {
    let index = 0
    for (const tensor of TENSORS.values()) writeFileSync(join(folder, `${index++}.npy`), writeNpy(tensor))
    const seen = python(
      command,
      `${DESCRIBE}\nprint(json.dumps([describe(numpy.load(f'{i}.npy')) for i in range(${index})]))`,
    )
    expect(seen).toEqual(Array.from(TENSORS.values(), describeTensor))
  })

  test.each(EACH_PYTHON)('what $numpy of $command saves reads back', ({ command }) => {
    python(
      command,
      `${DESCRIBE}
a = numpy.arange(-6, 6, dtype='<i4').reshape(2, 2, 3)
numpy.save('a.npy', a); numpy.save('f.npy', numpy.asfortranarray(a)); numpy.save('h.npy', a.astype('f2')); numpy.save('b.npy', a.astype('>i4'))
with open('v2.npy', 'wb') as f: numpy.lib.format.write_array(f, a, version=(2, 0))
print(1)`,
    )
    const expected = { shape: [2, 2, 3], data: Int32Array.from({ length: 12 }, (_, index) => index - 6) }
    const load = (name: string) => readNpy(readFileSync(join(folder, name)))
    expect(load('a.npy')).toEqual(expected)
    expect(load('v2.npy')).toEqual(expected)
    expect(() => load('f.npy')).toThrow(
      'expected C order, received Fortran order; use numpy.ascontiguousarray',
    )
    expect(() => load('h.npy')).toThrow("received '<f2'; use .astype")
    expect(() => load('b.npy')).toThrow("received '>i4'")
  })

  test.each(EACH_PYTHON.flatMap((one) => ([2, 3, 4] as const).map((protocol) => ({ ...one, protocol }))))(
    '$numpy of $command loads pickle protocol $protocol, without a warning',
    ({ command, protocol }: { command: string; protocol: PickleProtocol }) => {
      const value = new Map<string, PickleValue>([
        ...TENSORS,
        [
          'list',
          [1, -1, 2 ** 31, -(2 ** 53) + 1, 2n ** 100n, -(2n ** 63n), 0.5, -0, true, false, null, 'ä\n'],
        ],
        ['nested', new Map([['deep', new Map([['x', TENSORS.get('u1')!]])]])],
      ])
      writeFileSync(join(folder, 'p.pickle'), writePickle(value, protocol))
      const seen = python(
        command,
        `${DESCRIBE}\nprint(json.dumps(describe(pickle.load(open('p.pickle', 'rb')))))`,
      )
      expect(seen).toEqual({
        ...Object.fromEntries(Array.from(TENSORS, ([name, tensor]) => [name, describeTensor(tensor)])),
        list: [
          ...['1', '-1', '2147483648', '-9007199254740991', String(2n ** 100n), String(-(2n ** 63n))].map(
            (text) => ['int', text],
          ),
          ['float', '0.5'],
          ['float', '-0.0'],
          ['bool', 'True'],
          ['bool', 'False'],
          ['NoneType', 'None'],
          ['str', "'ä\\n'"],
        ],
        nested: { deep: { x: describeTensor(TENSORS.get('u1')!) } },
      })
    },
  )

  test.each(EACH_PYTHON)('a safetensors reader of ten lines, by $command', ({ command }) => {
    writeFileSync(
      join(folder, 's.safetensors'),
      writeSafetensors({ tensors: TENSORS, metadata: new Map([['bits', '8']]) }),
    )
    const seen = python(
      command,
      `${DESCRIBE}
import struct
b = open('s.safetensors', 'rb').read()
n, = struct.unpack('<Q', b[:8])
h = json.loads(b[8:8 + n])
meta = h.pop('__metadata__')
out = {}
for k, v in h.items():
    lo, hi = v['data_offsets']
    t = numpy.dtype(v['dtype'][0].lower() + str(int(v['dtype'][1:]) // 8))
    assert lo % t.itemsize == 0 and (8 + n) % 8 == 0
    out[k] = describe(numpy.frombuffer(bytearray(b[8 + n + lo:8 + n + hi]), t).reshape(v['shape']))
print(json.dumps([meta, out]))`,
    )
    expect(seen).toEqual([
      { bits: '8' },
      Object.fromEntries(Array.from(TENSORS, ([name, tensor]) => [name, describeTensor(tensor)])),
    ])
  })
})

describe('npy', () => {
  test.each([...TENSORS])('%s reads back', (_, tensor) => expect(readNpy(writeNpy(tensor))).toEqual(tensor))

  test('the layout', () => {
    const file = Buffer.from(writeNpy({ shape: [2], data: Uint16Array.of(1, 0x1234) }))
    expect(file.toString('latin1', 0, 8)).toBe('\x93NUMPY\x01\x00')
    expect(file.readUInt16LE(8)).toBe(118)
    expect(file.toString('latin1', 10, 128)).toBe(
      `${"{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }".padEnd(117)}\n`,
    )
    expect([...file.subarray(128)]).toEqual([1, 0, 0x34, 0x12])
  })

  test.each([
    {
      because: 'another file',
      bytes: Buffer.from('PK\x03\x04 a zip archive'),
      message: 'expected \\x93NUMPY, received',
    },
    {
      because: 'a cut file',
      bytes: writeNpy(TENSORS.get('u4')!).subarray(0, -1),
      message: 'expected 8 bytes of data',
    },
    {
      because: 'a cut header',
      bytes: writeNpy(TENSORS.get('u4')!).subarray(0, 40),
      message: 'the file has 40',
    },
  ])('refuses $because', ({ bytes, message }) => expect(() => readNpy(bytes)).toThrow(message))

  test('refuses a shape of another size', () =>
    expect(() => writeNpy({ shape: [2, 2], data: new Uint8Array(3) })).toThrow(
      'expected 4 elements of shape [2,2], received 3',
    ))
})

describe('pickle', () => {
  test('the bytes of {"a": 1}', () => {
    const bytes = Buffer.from(writePickle(new Map([['a', 1]]), 2))
    expect(bytes.toString('latin1')).toBe('\x80\x02}(X\x01\0\0\0aJ\x01\0\0\0u.')
  })

  test('names the place of a bad tensor', () =>
    expect(() => writePickle(new Map([['a', [{ shape: [2], data: new Uint8Array(3) }]]]))).toThrow(
      'pickle["a"][0]: expected 2 elements',
    ))
})

describe('safetensors', () => {
  const metadata = new Map([
    ['model', 'yolov8n'],
    ['weight_bits', '8'],
  ])

  test('reads back, with its metadata', () => {
    const back = readSafetensors(writeSafetensors({ tensors: TENSORS, metadata }))
    expect(back.metadata).toEqual(metadata)
    expect(new Map([...back.tensors].sort())).toEqual(new Map([...TENSORS].sort()))
    expect(readSafetensors(writeSafetensors({ tensors: new Map(), metadata: new Map() }))).toEqual({
      tensors: new Map(),
      metadata: new Map(),
    })
  })

  test('the layout', () => {
    const file = Buffer.from(
      writeSafetensors({
        tensors: new Map<string, Tensor>([
          ['b', { shape: [1], data: Uint8Array.of(7) }],
          ['w', { shape: [1, 2], data: Int16Array.of(1, -2) }],
        ]),
        metadata: new Map(),
      }),
    )
    const header =
      '{"w":{"dtype":"I16","shape":[1,2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}'
    expect(Number(file.readBigUInt64LE())).toBe(Math.ceil(header.length / 8) * 8)
    expect(file.toString('utf8', 8, file.length - 5).trimEnd()).toBe(header)
    expect([...file.subarray(-5)]).toEqual([1, 0, 254, 255, 7])
  })

  const raw = (header: string, data: number) => {
    const file = Buffer.alloc(8 + header.length + data)
    file.writeBigUInt64LE(BigInt(header.length))
    file.write(header, 8)
    return file
  }
  test.each([
    { because: 'a short file', file: Buffer.from('abc'), message: 'expected a header within' },
    {
      because: 'a header beyond the file',
      file: raw('{}', 0).fill(255, 0, 8),
      message: 'expected a header within',
    },
    { because: 'no JSON', file: raw('{x}', 0), message: 'safetensors: is not JSON: ' },
    { because: 'a list', file: raw('[1]', 0), message: 'expected a header that begins with {' },
    {
      because: 'an unknown type',
      file: raw('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2),
      message: 'received F16',
    },
    {
      because: 'a wrong size',
      file: raw('{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}', 2),
      message: 'a: expected 3 bytes',
    },
    {
      because: 'a gap',
      file: raw('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
      message: 'expected data from byte 0 on, received 1',
    },
    {
      because: 'a cut file',
      file: raw('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}', 2),
      message: 'the file has 2',
    },
    {
      because: 'bytes left over',
      file: raw('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 2),
      message: 'expected 1 bytes of data, received 2',
    },
    {
      because: 'metadata that is no text',
      file: raw('{"__metadata__":{"a":1}}', 0),
      message: '__metadata__: a: expected a text',
    },
  ])('refuses $because', ({ file, message }) => expect(() => readSafetensors(file)).toThrow(message))

  test('refuses a tensor of the reserved name', () =>
    expect(() =>
      writeSafetensors({ tensors: new Map([['__metadata__', TENSORS.get('u1')!]]), metadata }),
    ).toThrow('rename it'))
})
