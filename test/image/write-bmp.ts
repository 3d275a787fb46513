/** Bitmaps of every kind that is read, written from one picture of few colours. */
import type { RgbImage } from '../../src/image/rgb-image.ts'

export interface BmpKind {
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32
  readonly header?: 12 | 40 | 52 | 56 | 108 | 124
  readonly topDown?: boolean
  readonly masks?: readonly [red: number, green: number, blue: number]
}

export function writeBmp({ width, height, data }: RgbImage, kind: BmpKind): Buffer {
  const { bits, header = 40, topDown = false, masks } = kind
  const colours: string[] = []
  const indices: number[] = []
  for (let i = 0; i < data.length; i += 3) {
    const colour = [...data.subarray(i, i + 3)].join()
    if (!colours.includes(colour)) colours.push(colour)
    indices.push(colours.indexOf(colour))
  }
  const step = header === 12 ? 3 : 4
  // OS/2's palettes are as long as the bits allow.
  const entries = bits > 8 ? 0 : header === 12 ? 2 ** bits : colours.length
  const begin = 14 + header + (masks !== undefined && header === 40 ? 12 : 0) + entries * step
  const stride = Math.ceil((width * bits) / 32) * 4
  const file = Buffer.alloc(begin + stride * height)
  file.write('BM')
  file.writeUInt32LE(file.length, 2)
  file.writeUInt32LE(begin, 10)
  file.writeUInt32LE(header, 14)
  if (header === 12) {
    file.writeUInt16LE(width, 18)
    file.writeUInt16LE(height, 20)
    file.writeUInt16LE(1, 22)
    file.writeUInt16LE(bits, 24)
  } else {
    file.writeInt32LE(width, 18)
    file.writeInt32LE(topDown ? -height : height, 22)
    file.writeUInt16LE(1, 26)
    file.writeUInt16LE(bits, 28)
    file.writeUInt32LE(masks === undefined ? 0 : 3, 30)
    file.writeUInt32LE(entries, 46)
    for (const [i, mask] of (masks ?? []).entries()) file.writeUInt32LE(mask, 54 + 4 * i)
  }
  for (const [i, colour] of colours.slice(0, entries).entries()) {
    const [red, green, blue] = colour.split(',').map(Number)
    file.set([blue!, green!, red!], begin - (entries - i) * step)
  }
  const [red, green, blue] = masks ?? (bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff])
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const row = begin + stride * (topDown ? y : height - 1 - y)
      const pixel = y * width + x
      if (bits <= 8) {
        const shift = 8 - bits * ((x % (8 / bits)) + 1)
        file[row + Math.floor((x * bits) / 8)]! |= indices[pixel]! << shift
        continue
      }
      let value = 0
      for (const [c, mask] of [red, green, blue].entries()) {
        const low = Math.log2(mask & -mask)
        const size = Math.log2((mask >>> low) + 1)
        value += (data[pixel * 3 + c]! >> (8 - size)) * 2 ** low
      }
      file.writeUIntLE(value, row + (x * bits) / 8, bits / 8)
    }
  return file
}
