import { describe, expect, test } from 'vitest'
import { type Checkpoint, readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { toFloat32 } from '../../src/checkpoint/tensor.ts'
import { writeSynthetic } from './synthetic.ts'
import { describeModule } from './synthetic-modules.ts'
import { type Description, describeTensor, writePickle } from './write-pickle.ts'
import { writeZip, type ZipInput } from './write-zip.ts'

type Named = Parameters<typeof describeModule>[1]
type Parts = Parameters<typeof describeModule>[2]

const model = (attributes: Named, parts: Parts = {}): Description =>
  describeModule(['ultralytics.nn.tasks', 'DetectionModel'], attributes, parts)

const read = (file: Description, more: readonly ZipInput[] = [], prefix = 'a/'): Promise<Checkpoint> =>
  readCheckpoint(writeZip([{ name: `${prefix}data.pkl`, data: writePickle(file) }, ...more]), 'x.pt')
const readModel = (attributes: Named, parts?: Parts, more?: readonly ZipInput[]): Promise<Checkpoint> =>
  read({ dict: [['model', model(attributes, parts)]] }, more)

const storage = (bytes: ArrayBufferView, key = '0'): ZipInput => ({
  name: `a/data/${key}`,
  data: new Uint8Array(bytes.buffer),
})

describe('the model', () => {
  const named = (name: string) => model([['names', [name]]])

  test('under ema is read before that under model, and that where ema is None', async () => {
    const names = async (dict: readonly (readonly [string, Description])[]) => (await read({ dict })).names
    expect(
      await names([
        ['model', named('m')],
        ['ema', named('e')],
      ]),
    ).toEqual(['e'])
    expect(
      await names([
        ['model', named('m')],
        ['ema', null],
      ]),
    ).toEqual(['m'])
  })

  test('may be all there is in the file, whose pickle may be at its top', async () => {
    expect((await read(named('m'))).names).toEqual(['m'])
    expect((await read(named('m'), [], '')).names).toEqual(['m'])
  })

  test('says nothing where it was told nothing', async () => {
    const { root, fileName, state, ...rest } = await readModel([])
    expect([root.className, fileName, state.size]).toEqual(['ultralytics.nn.tasks.DetectionModel', 'x.pt', 0])
    expect(rest).toEqual({ yaml: null, names: [], stride: [], dtype: 'float32', imageSize: null })
  })

  test.each([
    [
      'a state dict under model',
      {
        dict: [
          [
            'model',
            {
              dict: [
                ['w', 0],
                ['v', 1],
              ],
            },
          ],
        ],
      },
    ],
    [
      'a state dict of its own',
      {
        dict: [
          ['w', 0],
          ['v', 1],
        ],
      },
    ],
  ] as const)('is not to be had of %s', async (_, shape) => {
    const fill = (value: Description): Description =>
      value === 1
        ? describeTensor({ key: '0', shape: [1] })
        : typeof value === 'object' && value !== null && 'dict' in value
          ? { dict: value.dict.map(([key, item]) => [key, fill(item)] as const) }
          : value
    await expect(read(fill(shape), [storage(new Uint8Array(4))])).rejects.toThrow(
      'x.pt: this is a state dict',
    )
    await expect(read(shape)).rejects.toThrow("x.pt: expected a model under 'ema' or 'model', got")
  })

  test.each(['b/a/data.pkl', 'a/data.pkls', 'xdata.pkl', 'data.pkl/a'])('is not in %s', async (name) => {
    const bytes = writeZip([{ name, data: writePickle(named('m')) }])
    await expect(readCheckpoint(bytes, 'x.pt')).rejects.toThrow(
      'a zip archive with one data.pkl, got 0 of them',
    )
  })

  test('of a class whose name only begins as its own is refused', async () => {
    const other = describeModule(['ultralytics.nn.tasks', 'DetectionModels'], [])
    await expect(read({ dict: [['model', other]] })).rejects.toThrow(
      'got ultralytics.nn.tasks.DetectionModels',
    )
  })

  test('of another class is refused, whatever its class is called in front', async () => {
    const other = describeModule(['ultralytics.nn.tasks', 'MyDetectionModel'], [])
    await expect(read({ dict: [['model', other]] })).rejects.toThrow(
      'got ultralytics.nn.tasks.MyDetectionModel',
    )
  })
})

describe('class names', () => {
  const names = async (value: Description) => (await readModel([['names', value]])).names

  test('are a list or a dict, and a hole is its number', async () => {
    expect(await names(['a', 'b'])).toEqual(['a', 'b'])
    expect(
      await names({
        dict: [
          [2, 'c'],
          [0, 'a'],
        ],
      }),
    ).toEqual(['a', '1', 'c'])
    expect(await names(['a', 5, null])).toEqual(['a', '1', '2'])
    expect(await names('text')).toEqual([])
  })

  test('have no control characters', async () => {
    expect(await names(['\x1b[31mä\x9b\n\x7f b'])).toEqual(['?[31mä??? b'])
  })

  test.each<[Description, string]>([
    [-1, '-1'],
    [65_536, '65536'],
    [0.5, '0.5'],
    ['0', "'0'"],
    [null, 'None'],
  ])('have no index %j', async (index, got) => {
    await expect(names({ dict: [[index, 'a']] })).rejects.toThrow(
      `x.pt: expected class names by index, got ${got}.`,
    )
    expect(await names({ dict: [[65_535, 'a']] })).toHaveLength(65_536)
  })
})

describe("the training's image size", () => {
  const args = async (value: Description) =>
    (
      await read({
        dict: [
          ['model', model([])],
          ['train_args', value],
        ],
      })
    ).imageSize
  const size: Description = { dict: [['imgsz', 320]] }

  test('is of a dict or of a namespace', async () => {
    expect(await args(size)).toEqual([320, 320])
    expect(await args({ object: ['types', 'SimpleNamespace'], state: size })).toEqual([320, 320])
  })

  test.each<[Description, readonly number[]]>([
    ['320', [320, 320]],
    [
      [160, 224],
      [160, 224],
    ],
    [{ tuple: ['160', 224] }, [160, 224]],
    [[96], [96, 96]],
  ])('is of %j', async (imgsz, pixels) => {
    expect(await args({ dict: [['imgsz', imgsz]] })).toEqual(pixels)
  })

  test('is of the arguments of the model where the file has none', async () => {
    const file: Description = { dict: [['model', model([['args', size]])]] }
    expect((await read(file)).imageSize).toEqual([320, 320])
    const both: Description = {
      dict: [
        ['model', model([['args', size]])],
        ['train_args', { dict: [['imgsz', 96]] }],
      ],
    }
    expect((await read(both)).imageSize).toEqual([96, 96])
  })

  test.each<[Description]>([
    [{ dict: [['imgsz', 'large']] }],
    [{ dict: [['imgsz', [1, 2, 3]]] }],
    [{ dict: [] }],
    [null],
    [[320]],
  ])('is not known of %j', async (value) => {
    expect(await args(value)).toBeNull()
  })
})

describe('yaml', () => {
  const yaml = async (value: Description) => (await readModel([['yaml', value]])).yaml

  test('is copied as plain data', async () => {
    const value: Description = {
      dict: [
        ['nc', 80],
        ['text', 'a'],
        ['flag', true],
        ['none', null],
        ['list', [[-1, 1, 'Conv', [64, 2.5]]]],
        [7, { dict: [['inner', 1]] }],
        ['tensor', { call: { global: ['torch', 'device'] }, args: ['cpu'] }],
      ],
    }
    expect(await yaml(value)).toEqual({
      nc: 80,
      text: 'a',
      flag: true,
      none: null,
      list: [[-1, 1, 'Conv', [64, 2.5]]],
      '7': { inner: 1 },
      tensor: null,
    })
  })

  test.each<[Description]>([[[1]], ['text'], [5], [null]])('is a dict, and not %j', async (value) => {
    expect(await yaml(value)).toBeNull()
  })

  test('ends at eight levels, a thousand items in a place and ten thousand in all', async () => {
    const nested = (depth: number): Description => (depth === 0 ? 'end' : [nested(depth - 1)])
    const json = await yaml({
      dict: [
        ['eight', nested(7)],
        ['nine', nested(8)],
        ['long', new Array<Description>(1001).fill(1)],
      ],
    })
    expect(JSON.stringify(json?.eight)).toBe('[[[[[[["end"]]]]]]]')
    expect(JSON.stringify(json?.nine)).toBe('[[[[[[[[null]]]]]]]]')
    expect(json?.long).toHaveLength(1000)
    const wide = await yaml({
      dict: Array.from({ length: 11 }, (_, key) => [`${key}`, new Array<Description>(999).fill(1)] as const),
    })
    // The dict, then ten lists of 999 and themselves, are 10 001: the last item of the tenth is beyond.
    expect(wide?.['9']).toEqual([...new Array(998).fill(1), null])
    expect(wide?.['10']).toBeNull()
    const many = await yaml({ dict: Array.from({ length: 1001 }, (_, key) => [`${key}`, 1] as const) })
    expect(Object.keys(many ?? {})).toHaveLength(1000)
  })
})

describe('tensors', () => {
  test('are of the type of most', async () => {
    const half = (key: string) => describeTensor({ key, shape: [1], type: 'HalfStorage' })
    const { dtype, state } = await readModel(
      [],
      {
        parameters: [
          ['a', describeTensor({ key: '1', shape: [1] })],
          ['b', half('0')],
          ['c', half('0')],
        ],
      },
      [storage(Uint16Array.of(0x3c00)), storage(Float32Array.of(2), '1')],
    )
    expect(dtype).toBe('float16')
    expect([...state].map(([name, tensor]) => [name, tensor.dtype, ...toFloat32(tensor)])).toEqual([
      ['a', 'float32', 2],
      ['b', 'float16', 1],
      ['c', 'float16', 1],
    ])
  })

  test('of one storage are each as large as they say', async () => {
    const { state } = await readModel(
      [],
      {
        parameters: [
          ['a', describeTensor({ key: '0', shape: [2] })],
          ['b', describeTensor({ key: '0', shape: [2], offset: 1 })],
        ],
      },
      [storage(Float32Array.of(1, 2, 3))],
    )
    expect([...state.values()].map((tensor) => [...toFloat32(tensor)])).toEqual([
      [1, 2],
      [2, 3],
    ])
    expect(state.get('a')!.storage).toHaveLength(8)
  })

  test('of an untyped storage have their own type, and its count is of bytes', async () => {
    const tensor = (count: number): Description => ({
      call: { global: ['torch._utils', '_rebuild_tensor_v3'] },
      args: [
        {
          persistent: {
            tuple: ['storage', { global: ['torch.storage', 'UntypedStorage'] }, '0', 'cpu', count],
          },
        },
        0,
        { tuple: [2] },
        { tuple: [1] },
        false,
        null,
        { global: ['torch', 'int16'] },
      ],
    })
    const bytes = storage(Int16Array.of(-5, 7))
    const { state } = await readModel([], { buffers: [['a', tensor(4)]] }, [bytes])
    expect([...toFloat32(state.get('a')!)]).toEqual([-5, 7])
    await expect(readModel([], { buffers: [['a', tensor(3)]] }, [bytes])).rejects.toThrow('reaches element 1')
    await expect(readModel([], { buffers: [['a', tensor(5)]] }, [bytes])).rejects.toThrow(
      'storage 0 has 4 bytes; 5 are needed',
    )
  })

  const float: Description = { global: ['torch', 'FloatStorage'] }
  test.each<[string, Description]>([
    ["'storage'", 'storage'],
    ['a sequence of 5', { tuple: ['store', float, '0', 'cpu', 1] }],
    ['a sequence of 5', { tuple: ['storage', { global: ['torch', 'float32'] }, '0', 'cpu', 1] }],
    ['a sequence of 5', { tuple: ['storage', 'torch.FloatStorage', '0', 'cpu', 1] }],
    ['a sequence of 5', { tuple: ['storage', float, 0, 'cpu', 1] }],
    ['a sequence of 5', { tuple: ['storage', float, '0', 'cpu', '1'] }],
  ])('have no storage of %s: %j', async (got, id) => {
    await expect(read({ persistent: id }, [storage(new Uint8Array(4))])).rejects.toThrow(
      `expected a reference to a storage, got ${got}.`,
    )
  })

  test.each([0.3, 2 ** 52])('have no storage of %d elements', async (count) => {
    const id: Description = { tuple: ['storage', float, '0', 'cpu', count] }
    await expect(read({ persistent: id }, [storage(new Uint8Array(4))])).rejects.toThrow(
      `storage 0 claims ${count} elements`,
    )
  })
})

test('the order of bytes may be said with a newline', async () => {
  const order = (text: string) =>
    read({ dict: [['model', model([])]] }, [{ name: 'a/byteorder', data: Buffer.from(text) }])
  expect((await order('little\n')).names).toEqual([])
  await expect(order('littlebig')).rejects.toThrow('x.pt: the tensors were saved in big-endian order')
})

test('what a synthetic checkpoint holds is what was written, tensor by tensor', async () => {
  const { state, yaml, names, stride } = await readCheckpoint(writeSynthetic({ classes: 2 }), 'x.pt')
  const first = toFloat32(state.get('model.0.conv.weight')!)
  // SplitMix over fmix32 (src/golden/random.ts), after a seed of 12345.
  const expected = [1200724404, 818072533, 996137225].map((number) => Math.fround(0.05 + number / 2 ** 36))
  expect([...first.subarray(0, 3)]).toEqual(expected)
  expect([...toFloat32(state.get('model.22.dfl.conv.weight')!).subarray(0, 3)]).toEqual(expected)
  expect([yaml, names, stride]).toEqual([{ nc: 2 }, ['class 0', 'class 1'], [8, 16, 32]])
})
