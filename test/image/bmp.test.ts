import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeImage, readImageSize } from '../../src/image/decode.ts'
import { isPictureName } from '../../src/image/formats.ts'
import { listImages } from '../../src/image/list-images.ts'
import type { RgbImage } from '../../src/image/rgb-image.ts'
import { InputError } from '../../src/input/input-error.ts'
import { type BmpKind, writeBmp } from './write-bmp.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-bmp-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Eleven columns, so that no row ends at a word; colours that 5 bits hold. */
function draw(colours: number): RgbImage {
  const [width, height] = [11, 7]
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const colour = (Math.floor(i / 3) * 5) % colours
    return ((colour * 24 + (i % 3) * 80) & 0xf8) % 256
  })
  return { width, height, data }
}

const kinds: readonly (BmpKind & { readonly colours: number })[] = [
  { bits: 1, colours: 2 },
  { bits: 4, colours: 13 },
  { bits: 4, colours: 13, header: 12 },
  { bits: 8, colours: 29 },
  { bits: 8, colours: 29, header: 12 },
  { bits: 16, colours: 29 },
  { bits: 16, colours: 29, masks: [0xf800, 0x7e0, 0x1f] },
  { bits: 24, colours: 29 },
  { bits: 24, colours: 29, header: 12 },
  { bits: 24, colours: 29, header: 124, topDown: true },
  { bits: 32, colours: 29, topDown: true },
  { bits: 32, colours: 29, header: 108, masks: [0xff000000, 0xff0000, 0xff00] },
]

describe('a bitmap', () => {
  test.each(kinds)('of $bits bits, header $header, masks $masks', async ({ colours, ...kind }) => {
    const image = draw(colours)
    expect(await decodeImage(writeBmp(image, kind))).toEqual(image)
    const path = join(folder, 'x.bmp')
    await writeFile(path, writeBmp(image, kind))
    expect(await readImageSize(path)).toEqual({ width: 11, height: 7 })
    expect(await decodeImage(path)).toEqual(image)
  })

  test('of ten bits a colour gives the upper eight of them', async () => {
    const image = draw(29)
    const file = writeBmp(image, { bits: 32, header: 56, masks: [0xff0000, 0xff00, 0xff] })
    for (const [i, mask] of [0x3ff00000, 0xffc00, 0x3ff].entries()) file.writeUInt32LE(mask, 54 + 4 * i)
    for (let at = file.readUInt32LE(10); at < file.length; at += 4) {
      const value = file.readUInt32LE(at)
      file.writeUInt32LE(((value >> 16) << 22) | (((value >> 8) & 255) << 12) | ((value & 255) << 2), at)
    }
    expect(await decodeImage(file)).toEqual(image)
  })

  const whole = writeBmp(draw(13), { bits: 4 })
  const changed = (at: number, value: number, bytes = 4): Buffer => {
    const copy = Buffer.from(whole)
    copy.writeUIntLE(value, at, bytes)
    return copy
  }
  test.each([
    { because: 'a file cut in its pixels', file: whole.subarray(0, -1), says: /of which the file has \d+/ },
    { because: 'a file cut in its palette', file: whole.subarray(0, 60), says: /of which the file has 60/ },
    { because: 'a file cut in its header', file: whole.subarray(0, 20), says: /of which the file has 20/ },
    { because: 'run-length coding', file: changed(30, 2), says: /compression 2/ },
    { because: 'a JPEG inside', file: changed(30, 4), says: /compression 4/ },
    { because: 'two bits a pixel', file: changed(28, 2, 2), says: /of 2 bits a pixel/ },
    { because: 'no width', file: changed(18, 0), says: /of 0x7 pixels/ },
    { because: 'a width of 2^31 - 1', file: changed(18, 2 ** 31 - 1), says: /more than 100000000 pixels/ },
    { because: 'an unknown header', file: changed(14, 64), says: /header of 64 bytes/ },
    { because: 'pixels inside the header', file: changed(10, 20), says: /inside its header/ },
    {
      because: 'a colour beyond the palette',
      file: changed(whole.readUInt32LE(10), 0xffff, 2),
      says: /colour 15 of a palette of 13/,
    },
  ])('is refused for $because', async ({ file, says }) => {
    const error: unknown = await decodeImage(file, { name: 'x.bmp' }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).message).toMatch(says)
  })
})

test('one list of formats: hidden files and folders are no pictures', async () => {
  for (const name of ['a.png', 'B.JPEG', 'c.bmp', 'd.tif', 'e.gif', 'f.webp'])
    expect(isPictureName(name)).toBe(true)
  for (const name of ['._a.png', '.DS_Store', '.png', 'x.txt', 'png']) expect(isPictureName(name)).toBe(false)
  const own = await mkdtemp(join(folder, 'list-'))
  for (const name of ['b.bmp', 'a.png', '._a.png', '.DS_Store', 'notes.txt'])
    await writeFile(join(own, name), '')
  expect(await listImages(own)).toEqual([join(own, 'a.png'), join(own, 'b.bmp')])
  await rm(join(own, 'a.png'))
  await rm(join(own, 'b.bmp'))
  await expect(listImages(own)).rejects.toThrow(/no image \(.*\.bmp.*\) in this folder/)
})
