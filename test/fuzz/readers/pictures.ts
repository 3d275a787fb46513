/** Readers of pictures. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { decodeImage, readImageSize } from '../../../src/image/decode.ts'
import { writeBmp } from '../../image/write-bmp.ts'
import { makeFolder } from '../files.ts'
import type { Reader } from '../fuzz.ts'

export async function pictureReaders(): Promise<readonly Reader[]> {
  const image = {
    width: 12,
    height: 9,
    data: Uint8Array.from({ length: 12 * 9 * 3 }, (_, i) => (i * 37) & 0xc0),
  }
  const raw = sharp(image.data, { raw: { width: 12, height: 9, channels: 3 } })
  const files = await Promise.all(
    (['png', 'jpeg', 'webp', 'tiff', 'gif'] as const).map((format) =>
      raw.clone().toFormat(format).toBuffer(),
    ),
  )
  const bitmaps = ([1, 4, 8, 16, 24, 32] as const)
    .filter((bits) => bits >= 8)
    .map((bits) => writeBmp(image, { bits }))
  bitmaps.push(writeBmp(image, { bits: 32, header: 124, masks: [0xff0000, 0xff00, 0xff], topDown: true }))
  const path = join(makeFolder(), 'x.png')
  return [
    {
      name: 'image',
      seeds: files,
      words: ['IHDR', 'IDAT', 'IEND', 'RIFF', '\xff\xd8', '\xff\xda', 'Exif'],
      read: (bytes) => decodeImage(bytes, { name: 'x' }),
    },
    {
      name: 'bitmap',
      seeds: bitmaps,
      words: ['BM'],
      read: (bytes) => decodeImage(bytes, { name: 'x' }),
    },
    {
      name: 'image-size',
      seeds: [...files, ...bitmaps],
      read: (bytes) => {
        writeFileSync(path, bytes)
        return readImageSize(path)
      },
    },
  ]
}
