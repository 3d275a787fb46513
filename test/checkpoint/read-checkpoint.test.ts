import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { isTensor } from '../../src/checkpoint/pickle-value.ts'
import { type Checkpoint, readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { isContiguous, toFloat32 } from '../../src/checkpoint/tensor.ts'
import { needs } from '../witness.ts'
import { repositoryPath, sharedPath } from './shared-data.ts'
import { writeSynthetic } from './synthetic.ts'
import { type Description, describeTensor } from './write-pickle.ts'

interface RawReference {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly sum: number
  readonly absmax: number
  readonly first4: readonly number[]
  readonly sha256: string
}

needs(['../shared/models/yolov8n.pt', '../shared/reference'], 'yolov8n.pt', () => {
  let checkpoint: Checkpoint
  let reference: Record<string, RawReference>
  beforeAll(async () => {
    checkpoint = await readCheckpoint(readFileSync(sharedPath('models/yolov8n.pt')), 'yolov8n.pt')
    reference = JSON.parse(readFileSync(sharedPath('reference/weights.json'), 'utf8')).raw
  })

  test('has every tensor of the reference, in its order, byte for byte', () => {
    expect([...checkpoint.state.keys()]).toEqual(Object.keys(reference))
    for (const [name, tensor] of checkpoint.state) {
      const expected = reference[name]!
      expect({ name, shape: tensor.shape, dtype: tensor.dtype }).toEqual({
        name,
        shape: expected.shape,
        dtype: expected.dtype,
      })
      expect(createHash('sha256').update(tensor.storage).digest('hex'), name).toBe(expected.sha256)
    }
  })

  test('widens them to the same numbers', () => {
    for (const [name, tensor] of checkpoint.state) {
      const values = toFloat32(tensor)
      const expected = reference[name]!
      const sum = values.reduce((total, value) => total + value, 0)
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect([...values.subarray(0, 4)], name).toEqual(expected.first4)
      expect(largest, name).toBe(expected.absmax)
      expect(Math.abs(sum - expected.sum), name).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected.sum)))
    }
  })

  test('says what it is', () => {
    expect(checkpoint.names).toHaveLength(80)
    expect(checkpoint.names[79]).toBe('toothbrush')
    expect(checkpoint.stride).toEqual([8, 16, 32])
    expect(checkpoint.dtype).toBe('float16')
    expect(checkpoint.imageSize).toEqual([640, 640])
    expect(checkpoint.yaml?.nc).toBe(80)
  })

  test('reads a tensor whose memory is not in C order', () => {
    const anchors = checkpoint.root.children.get('model')!.children.get('22')!.attributes.get('anchors')
    if (!isTensor(anchors)) throw new Error('expected a tensor')
    expect(anchors.stride).toEqual([1, 2])
    expect(isContiguous(anchors)).toBe(false)
    const values = toFloat32(anchors)
    // Row of x, then row of y, in cells, of an 80x80 grid and what follows.
    expect([...values.subarray(0, 3), ...values.subarray(8400, 8403)]).toEqual([0.5, 1.5, 2.5, 0.5, 0.5, 0.5])
    expect(values[79]).toBe(79.5)
    expect(values[8400 + 80]).toBe(1.5)
  })
})

test('the embedded model is read', async () => {
  const checkpoint = await readCheckpoint(
    readFileSync(repositoryPath('golden/default/shapes.pt')),
    'shapes.pt',
  )
  expect(checkpoint.names).toEqual(['circle', 'square', 'triangle', 'star'])
  expect(checkpoint.state.size).toBe(355)
})

const latin1 = (text: string): Description => ({
  call: { global: ['_codecs', 'encode'] },
  args: [text, 'latin1'],
})
const numpyType = (code: string): Description => ({
  call: { global: ['numpy', 'dtype'] },
  args: [code, false, true],
})

describe('layouts', () => {
  test('an unstripped checkpoint keeps its weights under ema', async () => {
    const state: Description = { dict: [['imgsz', 320]] }
    const bytes = writeSynthetic({
      under: 'ema',
      extra: [
        ['train_args', { object: ['ultralytics.utils', 'IterableSimpleNamespace'], state }],
        [
          'best_fitness',
          {
            call: { global: ['numpy.core.multiarray', 'scalar'] },
            args: [numpyType('f8'), latin1('\0\0\0\0\0\0à?')],
          },
        ],
        [
          'later',
          {
            call: { global: ['numpy._core.multiarray', 'scalar'] },
            args: [numpyType('f8'), latin1('\0\0\0\0\0\0à?')],
          },
        ],
        ['save_dir', { call: { global: ['pathlib', 'PosixPath'] }, args: ['runs', 'train'] }],
        ['date', { call: { global: ['datetime', 'datetime'] }, args: [latin1('abcdefghij')] }],
        ['device', { call: { global: ['torch', 'device'] }, args: ['cuda', 0] }],
        ['optimizer', { dict: [['state', { dict: [[0, describeTensor({ key: '1', shape: [3] })]] }]] }],
      ],
    })
    const checkpoint = await readCheckpoint(bytes, 'last.pt')
    expect(checkpoint.imageSize).toEqual([320, 320])
    expect(checkpoint.stride).toEqual([8, 16, 32])
    expect(checkpoint.state.get('model.0.conv.weight')?.shape).toEqual([8, 3, 3, 3])
  })

  test('deflated entries are read too', async () => {
    const plain = await readCheckpoint(writeSynthetic(), 'a.pt')
    const deflated = await readCheckpoint(writeSynthetic({ deflate: true }), 'b.pt')
    const name = 'model.1.conv.weight'
    expect(toFloat32(deflated.state.get(name)!)).toEqual(toFloat32(plain.state.get(name)!))
  })

  test('the view into a larger file at an odd offset makes no difference', async () => {
    const bytes = writeSynthetic()
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    const plain = await readCheckpoint(bytes, 'a.pt')
    const odd = await readCheckpoint(shifted.subarray(3), 'b.pt')
    for (const name of ['model.1.conv.weight', 'model.22.cv3.0.2.bias']) {
      expect(toFloat32(odd.state.get(name)!)).toEqual(toFloat32(plain.state.get(name)!))
    }
  })

  test('control characters in class names do not reach the terminal', async () => {
    const bytes = writeSynthetic({ classes: 1 })
    // "class 0" with an escape in place of its blank.
    const at = Buffer.from(bytes).indexOf('class 0')
    bytes[at + 5] = 0x1b
    const crcless = await readCheckpoint(clearChecksums(bytes), 'a.pt')
    expect(crcless.names).toEqual(['class?0'])
  })
})

/** A zero checksum is one that was not computed. */
function clearChecksums(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes)
  for (let at = buffer.indexOf('PK\x01\x02'); at >= 0; at = buffer.indexOf('PK\x01\x02', at + 4)) {
    buffer.writeUInt32LE(0, at + 16)
  }
  return new Uint8Array(buffer)
}
