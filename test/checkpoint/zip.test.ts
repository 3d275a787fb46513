import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openZip } from '../../src/checkpoint/zip.ts'
import { InputError } from '../../src/input/input-error.ts'
import { writeZip } from './write-zip.ts'

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString()
const abc = { name: 'a', data: Buffer.from('abcabcabc') }

/** An archive with some bytes of its directory's only entry set. */
function falsify(input: Parameters<typeof writeZip>[0][number], at: number, ...bytes: number[]): Uint8Array {
  const zip = writeZip([input])
  zip.set(bytes, Buffer.from(zip).indexOf('PK\x01\x02') + at)
  return zip
}

test('an archive lists its entries in order, and gives the bytes of each', async () => {
  const zip = await openZip(writeZip([{ ...abc, name: 'b', deflate: true }, abc]), 'x.pt')
  expect(zip.names).toEqual(['b', 'a'])
  expect([text(zip.read('a')), text(zip.read('b')), zip.read('c')]).toEqual([
    'abcabcabc',
    'abcabcabc',
    undefined,
  ])
})

test('a stored entry is a view of the file, at whatever place that is in memory', async () => {
  const bytes = Uint8Array.of(1, 2, 3, ...writeZip([abc])).subarray(3)
  const found = (await openZip(bytes, 'x.pt')).read('a')!
  expect(found.buffer).toBe(bytes.buffer)
  expect(text(found)).toBe('abcabcabc')
})

test('an empty entry that is deflated is empty', async () => {
  const zip = await openZip(writeZip([{ name: 'a', data: new Uint8Array(0), deflate: true }]), 'x.pt')
  expect(zip.read('a')).toHaveLength(0)
})

test.each([
  ['a few bytes', Buffer.from('padding')],
  ['half of an end', Buffer.from('PK\x05\x06')],
  [
    'an end whose comment is cut',
    Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(16), Buffer.of(9, 0, 1)]),
  ],
  ['64 KiB', Buffer.alloc(65_535)],
])('behind its end an archive may have %s', async (_, trailer) => {
  const zip = await openZip(Buffer.concat([writeZip([abc]), trailer]), 'x.pt')
  expect(text(zip.read('a'))).toBe('abcabcabc')
})

describe('openZip refuses', () => {
  test.each([
    {
      what: 'no zip, byte by byte',
      bytes: Uint8Array.of(0x50, 0x4a, 3),
      message: 'a file that begins with 50 4a 03.',
    },
    { what: 'half of a zip', bytes: Uint8Array.of(0x51, 0x4b, 3, 4, 5), message: 'begins with 51 4b 03 04.' },
    { what: 'half of a pickle', bytes: Uint8Array.of(0x81, 2, 0x7d), message: 'begins with 81 02 7d.' },
    { what: 'a bare pickle of protocol 2', bytes: Uint8Array.of(0x80, 2, 0x8a), message: 'a bare pickle' },
    {
      what: 'safetensors',
      bytes: Buffer.from('\x40\x1f\0\0\0\0\0\0{"__metadata__":{}}', 'latin1'),
      message: 'this is a safetensors file: it has weights but no description of the network. Give',
    },
    { what: 'gzip', bytes: gzipSync('x'), message: 'this is a gzip archive. Unpack it first' },
    {
      what: 'an ONNX model',
      bytes: Buffer.from('\x08\x08\x12\x07pytorch\x1a\x052.1.0', 'latin1'),
      message: 'this is an ONNX model, which is an export. Give the checkpoint that the training wrote',
    },
    {
      what: 'a TFLite model',
      bytes: Buffer.from('\x1c\0\0\0TFL3', 'latin1'),
      message: 'a TensorFlow Lite model',
    },
    { what: 'JSON', bytes: Buffer.from('{\n  "images": []}'), message: 'this is a JSON file. Give the .pt' },
    { what: 'a list in JSON', bytes: Buffer.from('[{"image_id": 1}]'), message: 'this is a JSON file.' },
    { what: 'text in brackets', bytes: Buffer.from('[net] batch=1'), message: 'begins with 5b 6e 65 74' },
    { what: 'a bare pickle of a tuple', bytes: Uint8Array.of(0x80, 5, 0x28), message: 'a bare pickle' },
    { what: 'a bare pickle of a dict', bytes: Uint8Array.of(0x80, 2, 0x7d), message: 'a bare pickle' },
    {
      what: 'what no pickle begins with',
      bytes: Uint8Array.of(0x80, 6, 0x7d),
      message: 'begins with 80 06 7d',
    },
    { what: 'another second opcode', bytes: Uint8Array.of(0x80, 2, 0x29), message: 'begins with 80 02 29' },
    {
      what: 'a method that is neither',
      bytes: falsify(abc, 10, 12),
      message: 'x.pt:a: expected a stored or deflated entry, got method 12.',
    },
    {
      what: 'a stored entry of two sizes',
      bytes: falsify(abc, 24, 8),
      message: 'x.pt: the zip archive is damaged or cut short (compressed/uncompressed size mismatch',
    },
    {
      what: 'an entry that ends beyond the file',
      bytes: falsify(abc, 20, 200, 0, 0, 0, 200),
      message: 'x.pt: the zip archive is damaged or cut short (file data overflows file bounds',
    },
  ])('$what', async ({ bytes, message }) => {
    const opened = openZip(bytes, 'x.pt')
    await expect(opened).rejects.toThrow(InputError)
    await expect(opened).rejects.toThrow(message)
    await expect(opened).rejects.not.toThrow(/damaged.*(?:got method|zip bomb)/)
  })

  test('entries that overlap, once they are more than the file', async () => {
    // The second entry is the first's bytes again.
    const claim = (size: number) => {
      const data = Buffer.alloc(200, 'ab')
      const zip = writeZip([
        { name: 'a', data },
        { name: 'b', data: Buffer.alloc(0) },
      ])
      const second = Buffer.from(zip).lastIndexOf('PK\x01\x02')
      zip.set([size, 0, 0, 0, size, 0, 0, 0], second + 20)
      zip.set([0, 0, 0, 0], second + 42)
      return { zip, opened: openZip(zip, 'x.pt') }
    }
    const most = claim(0).zip.length - 200
    expect((await claim(most).opened).names).toEqual(['a', 'b'])
    await expect(claim(most + 1).opened).rejects.toThrow(
      'its entries overlap or inflate beyond 536870912 bytes',
    )
  })

  test('what inflates to 200 times its size, but not to less', async () => {
    const data = Buffer.alloc(9)
    const packed =
      writeZip([{ name: 'a', data, deflate: true }]).length -
      writeZip([{ name: 'a', data: data.subarray(0, 0) }]).length
    const claim = (size: number) =>
      openZip(falsify({ name: 'a', data, deflate: true }, 24, size & 255, size >> 8), 'x.pt')
    expect((await claim(200 * packed)).names).toEqual(['a'])
    await expect(claim(200 * packed + 1)).rejects.toThrow(
      `zip bomb: ${packed} bytes claim to inflate to ${200 * packed + 1}`,
    )
  })

  test('entries that inflate to more than memory takes', async () => {
    const data = crypto.getRandomValues(new Uint8Array(60_000))
    const claim = (size: number) =>
      openZip(
        writeZip(
          Array.from({ length: 47 }, (_, i) => ({ name: `${i}`, data, deflate: true, inflatedSize: size })),
        ),
        'x.pt',
      )
    expect((await claim(11_000_000)).names).toHaveLength(47)
    await expect(claim(11_500_000)).rejects.toThrow('inflate beyond 536870912 bytes')
  })
})

describe('an entry is refused', () => {
  test.each([
    {
      what: 'that inflates to less than it says',
      input: { ...abc, deflate: true, inflatedSize: 10 },
      message: 'x.pt:a: the entry inflates to 9 bytes, not to 10.',
    },
    {
      what: 'that inflates to more than it says',
      input: { ...abc, deflate: true, inflatedSize: 8 },
      message: 'x.pt:a: the entry does not inflate to the size it claims',
    },
    { what: 'of a wrong checksum', input: { ...abc, crc: 1 }, message: 'x.pt:a: the checksum is wrong' },
    {
      what: 'that inflates to what has another checksum',
      input: { ...abc, crc: 1, deflate: true },
      message: 'x.pt:a: the checksum is wrong',
    },
  ])('$what', async ({ input, message }) => {
    const zip = await openZip(writeZip([input]), 'x.pt')
    expect(() => zip.read('a')).toThrow(message)
  })

  test('a checksum that nobody computed is not asked', async () => {
    const zip = await openZip(writeZip([{ ...abc, crc: 0 }]), 'x.pt')
    expect(text(zip.read('a'))).toBe('abcabcabc')
  })
})
