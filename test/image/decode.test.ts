import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { decodeImage } from '../../src/image/decode.ts'
import { InputError } from '../../src/input/input-error.ts'

const golden = new URL('../../golden/opencv/', import.meta.url)
const files: Readonly<Record<string, { readonly size: readonly number[]; readonly sha256: string }>> =
  JSON.parse(await readFile(new URL('decode.json', golden), 'utf8'))

describe('decodeImage', () => {
  test.each(Object.entries(files))('%s equals OpenCV bit for bit', async (name, { size, sha256 }) => {
    const image = await decodeImage(fileURLToPath(new URL(`decode/${name}`, golden)))
    expect([image.width, image.height]).toEqual(size)
    expect(createHash('sha256').update(image.data).digest('hex')).toBe(sha256)
  })

  test('bytes and a path give the same', async () => {
    const path = fileURLToPath(new URL('decode/rgb420.jpg', golden))
    expect(await decodeImage(await readFile(path))).toEqual(await decodeImage(path))
  })

  test('the orientation matters: a turned picture differs from the unturned one', async () => {
    const upright = await decodeImage(fileURLToPath(new URL('decode/rgb420.jpg', golden)))
    const turned = await decodeImage(fileURLToPath(new URL('decode/exif3.jpg', golden)))
    expect(turned.data).not.toEqual(upright.data)
    expect([...turned.data.subarray(0, 3)]).toEqual([...upright.data.subarray(-3)])
  })

  test('a missing file is named', async () => {
    await expect(decodeImage('no/such.png')).rejects.toThrow(/no\/such\.png: no such file/)
    await expect(decodeImage('no/such.png')).rejects.toBeInstanceOf(InputError)
  })

  test.each([
    ['nothing', new Uint8Array(0), /is empty/],
    ['text', new TextEncoder().encode('not a picture'), /cannot be decoded/],
    [
      'svg',
      new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      /is svg/,
    ],
  ])('%s is refused', async (_, bytes, message) => {
    await expect(decodeImage(bytes, { name: 'x.jpg' })).rejects.toThrow(message)
    await expect(decodeImage(bytes, { name: 'x.jpg' })).rejects.toMatchObject({
      name: 'InputError',
      where: 'x.jpg',
    })
  })

  test('a file cut short is refused rather than filled with grey', async () => {
    const whole = await sharp({
      create: {
        width: 64,
        height: 64,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 30 },
        background: '#000',
      },
    })
      .jpeg()
      .toBuffer()
    await expect(decodeImage(whole.subarray(0, whole.length >> 1))).rejects.toBeInstanceOf(InputError)
  })

  test('the limit of pixels holds', async () => {
    const path = fileURLToPath(new URL('decode/rgb420.jpg', golden))
    await expect(decodeImage(path, { maxPixels: 24 * 17 - 1 })).rejects.toThrow(/more than 407 pixels/)
    await expect(decodeImage(path, { maxPixels: 24 * 17 })).resolves.toMatchObject({ width: 24 })
  })
})
