/** Layouts that nobody states: each that is written is found, and read as it was written. */
import { describe, expect, test } from 'vitest'
import { fitLayout } from '../../src/dump/infer.ts'
import { type DumpContent, type DumpLayout, describeLayout } from '../../src/dump/types.ts'
import { layElements, makeTensor, packBytes, packWords } from './write-dump.ts'

const PLAIN: DumpLayout = {
  ...{ order: 'o y x', bits: 8, lanes: 1, reversed: false, signed: false, endian: 'little', offset: 0 },
}
const bytesOf = (bytes: Uint8Array): DumpContent => ({ kind: 'bytes', bytes })
/** Sizes are all different, so that no two axes can be confused; 20 channels fill no block of 8 or 16. */
const tensor = makeTensor([20, 6, 7])

describe('a file without structure', () => {
  test.each([
    {},
    { order: 'y x o' },
    { order: 'x y o' },
    { order: 'y o x' },
    { order: 'o/4 y x o%4' },
    { order: 'o/8 y x o%8' },
    { order: 'y o/16 x o%16' },
    { order: 'y x o/16 o%16' },
    { order: 'y x o', bits: 16 },
    { order: 'y x o', bits: 16, endian: 'big' as const },
    { bits: 32, endian: 'big' as const },
    { order: 'y x o', bits: 16, lanes: 4, reversed: true },
    { order: 'y x o', bits: 16, lanes: 4, endian: 'big' as const },
    { order: 'y x o', offset: 64 },
  ])('is found: %o', (own) => {
    const layout = { ...PLAIN, ...own }
    const { best, second, tried } = fitLayout(bytesOf(packBytes(tensor, layout)), tensor, {}, 'x.bin')!
    expect(best.equal).toBe(tensor.codes.length)
    expect(Array.from(best.codes)).toEqual(Array.from(tensor.codes))
    expect(describeLayout(best.layout, 'bytes')).toBe(describeLayout(layout, 'bytes'))
    // Random codes of 8 bits are equal by chance in one of 256 places.
    expect(second!.share).toBeLessThan(0.5)
    expect(tried).toBeGreaterThanOrEqual(15)
  })

  test('bytes of big-endian words are lanes turned round', () => {
    const layout = { ...PLAIN, order: 'o/4 y x o%4', lanes: 4, endian: 'big' as const }
    const { best } = fitLayout(bytesOf(packBytes(tensor, layout)), tensor, {}, 'x.bin')!
    expect(best).toMatchObject({ equal: 840, layout: { lanes: 4, endian: 'big', reversed: false } })
  })

  test.each([4, 6, 12, 16])('signed codes of %i bits', (bits) => {
    const own = makeTensor([5, 6, 7], bits, true)
    const layout = { ...PLAIN, order: 'y x o', bits: bits > 8 ? 16 : 8, signed: true }
    const { best } = fitLayout(bytesOf(packBytes(own, layout)), own, {}, 'x.bin')!
    expect(best).toMatchObject({ equal: 210, layout: { signed: true, order: 'y x o' } })
  })

  test('two codes of 4 bits a byte, the first in the low or in the high half', () => {
    const own = makeTensor([4, 6, 8], 4)
    const found = [false, true].map((reversed) => {
      const layout = { ...PLAIN, order: 'y x o', bits: 4, lanes: 2, reversed }
      return fitLayout(bytesOf(packBytes(own, layout)), own, {}, 'x.bin')!.best
    })
    expect(found).toMatchObject([
      { equal: 192, layout: { bits: 4, lanes: 2, reversed: false, order: 'y x o' } },
      { equal: 192, layout: { bits: 4, lanes: 2, reversed: true, order: 'y x o' } },
    ])
  })

  test.each([16, 32, 64])('words of %i bits, either order of bytes, with a sign or without', (bits) => {
    for (const isSigned of [false, true])
      for (const endian of ['little', 'big'] as const) {
        const own = makeTensor([5, 6, 7], 8, isSigned)
        const bytes = Buffer.alloc((210 * bits) / 8)
        own.codes.forEach((code, at) => {
          const value = BigInt.asUintN(bits, BigInt(code - own.offset))
          for (let byte = 0; byte < bits / 8; byte++)
            bytes[(at * bits) / 8 + (endian === 'big' ? bits / 8 - 1 - byte : byte)] = Number(
              (value >> BigInt(8 * byte)) & 255n,
            )
        })
        const { best } = fitLayout(bytesOf(bytes), own, { bits, endian, signed: isSigned }, 'x.bin')!
        expect(best).toMatchObject({ equal: 210, layout: { order: 'o y x', bits, endian } })
      }
  })

  test('one wrong element leaves the layout as it is, and says how many fit', () => {
    const bytes = packBytes(tensor, { ...PLAIN, order: 'o/8 y x o%8' })
    bytes[17]! ^= 1
    const { best, second } = fitLayout(bytesOf(bytes), tensor, {}, 'x.bin')!
    expect(best).toMatchObject({ equal: 839, layout: { order: 'o/8 y x o%8' } })
    expect(second!.share).toBeLessThan(0.2)
  })

  test('codes that are all off by one are read in their own order', () => {
    const bytes = packBytes(tensor, { ...PLAIN, order: 'y x o' }).map((byte) => Math.min(255, byte + 1))
    const { best } = fitLayout(bytesOf(bytes), tensor, {}, 'x.bin')!
    expect(best.layout.order).toBe('y x o')
    expect(best.equal).toBeLessThan(30)
  })

  test('codes that do not tell orders apart: the plainest, and the other that fits as well', () => {
    const constant = { ...tensor, codes: new Uint8Array(840).fill(7) }
    const { best, second } = fitLayout(bytesOf(constant.codes), constant, {}, 'x.bin')!
    expect(best).toMatchObject({ equal: 840, layout: PLAIN })
    expect(second!.share).toBe(1)
  })

  test('three codes among thousands of equal ones tell the order', () => {
    const codes = new Uint8Array(64 * 40 * 40)
    for (const index of [1_000, 30_001, 90_007]) codes[index] = 9
    const sparse = { ...makeTensor([64, 40, 40]), codes }
    for (const order of ['y x o', 'o/16 y x o%16', 'x o y']) {
      const { best } = fitLayout(bytesOf(packBytes(sparse, { ...PLAIN, order })), sparse, {}, 'x.bin')!
      expect([order, best.equal]).toEqual([order, codes.length])
    }
  })

  test('what is stated is not tried otherwise', () => {
    const bytes = packBytes(tensor, { ...PLAIN, order: 'y x o' })
    const { best, second, tried } = fitLayout(
      bytesOf(bytes),
      tensor,
      { order: 'o y x', bits: 8, lanes: 1, reversed: false, endian: 'little' },
      'x.bin',
    )!
    expect([best.layout.order, second, tried]).toEqual(['o y x', null, 1])
    expect(best.equal).toBeLessThan(30)
  })

  test('a stated offset: other tensors may follow', () => {
    const bytes = Uint8Array.from([...packBytes(tensor, { ...PLAIN, order: 'y x o', offset: 7 }), 1, 2, 3])
    expect(fitLayout(bytesOf(bytes), tensor, { offset: 7 }, 'x.bin')!.best).toMatchObject({
      ...{ equal: 840, layout: { order: 'y x o', offset: 7 } },
    })
  })

  test('no layout has another size', () => {
    expect(fitLayout(bytesOf(new Uint8Array(839)), tensor, {}, 'x.bin')).toBeNull()
    expect(fitLayout(bytesOf(new Uint8Array(20_000)), tensor, {}, 'x.bin')).toBeNull()
    expect(
      fitLayout(bytesOf(new Uint8Array(840)), tensor, { offset: 1, bits: 8, order: 'o y x' }, 'x.bin'),
    ).toBeNull()
  })
})

describe('words', () => {
  const contentOf = (
    order: string,
    bits: number,
    lanes: number,
    reversed = false,
    width = bits * lanes,
  ): DumpContent => {
    const words = packWords(layElements(tensor, order), { bits, lanes, reversed })
    const stride = Math.ceil(width / 8)
    const bytes = Uint8Array.from(
      words.flatMap((word) =>
        Array.from({ length: stride }, (_, at) => Number((word >> BigInt(8 * at)) & 255n)),
      ),
    )
    return { kind: 'words', bytes, width, count: words.length, unknown: null }
  }

  test.each([
    { order: 'o y x', bits: 8, lanes: 1 },
    { order: 'y x o', bits: 8, lanes: 4 },
    { order: 'o/4 y x o%4', bits: 8, lanes: 4, reversed: true },
    { order: 'o/8 y x o%8', bits: 8, lanes: 8 },
    { order: 'y x o', bits: 16, lanes: 2 },
    { order: 'y x o', bits: 8, lanes: 4, width: 36 },
    { order: 'y x o', bits: 32, lanes: 1 },
  ])('of $lanes lanes of $bits bits in order $order', ({ order, bits, lanes, reversed, width }) => {
    const { best } = fitLayout(contentOf(order, bits, lanes, reversed, width), tensor, {}, 'x.mem')!
    expect(best).toMatchObject({ equal: 840, layout: { order, bits, lanes, reversed: reversed ?? false } })
  })

  test.each([
    { width: 32, isSigned: false, above: 0x100, equal: 0 },
    { width: 32, isSigned: false, above: 0, equal: 840 },
    { width: 32, isSigned: true, above: 0x12300, equal: 0 },
    { width: 2048, isSigned: false, above: 0, equal: 840 },
  ])('what a word has above its code counts: $above of $width bits, signed: $isSigned', (row) => {
    const own = makeTensor([20, 6, 7], 8, row.isSigned)
    const stride = row.width / 8
    const bytes = new Uint8Array(840 * stride)
    own.codes.forEach((code, at) => {
      bytes[at * stride] = code - own.offset
      new DataView(bytes.buffer).setUint16(at * stride + 1, row.above >> 8, true)
    })
    const content: DumpContent = { kind: 'words', bytes, width: row.width, count: 840, unknown: null }
    expect(fitLayout(content, own, {}, 'x.mem')!.best.equal).toBe(row.equal)
    expect(fitLayout(content, own, { bits: 8 }, 'x.mem')!.best.equal).toBe(row.equal)
    // Whoever says both, how many bits a code has and how many codes a word, has said that the rest is none.
    const both = fitLayout(content, own, { bits: 8, lanes: 1 }, 'x.mem')!
    expect(both.best).toMatchObject({ equal: 840, layout: { ignored: true } })
  })

  test('codes below 0 in words of 64 bits are exact', () => {
    const own = makeTensor([20, 6, 7], 8, true)
    const words = BigInt64Array.from(Array.from(own.codes), (code) => BigInt(code - own.offset))
    const content: DumpContent = {
      ...{ kind: 'words', bytes: new Uint8Array(words.buffer), width: 64, count: 840, unknown: null },
    }
    expect(fitLayout(content, own, { order: 'o y x' }, 'x.npy')!.best.equal).toBe(840)
    // Where codes have no sign, a -1 is not the 0 that was expected.
    const low = { ...tensor, codes: new Uint8Array(840) }
    const wrong: DumpContent = { ...content, bytes: new Uint8Array(840 * 8).fill(255) }
    expect(fitLayout(wrong, low, { order: 'o y x', signed: true }, 'x.npy')!.best.equal).toBe(0)
  })

  test('an element with unknown bits is as one that was never written', () => {
    const content = contentOf('y x o', 8, 4)
    const unknown = new Uint8Array(840)
    unknown[5] = 0x10
    const { best } = fitLayout({ ...content, unknown } as DumpContent, tensor, {}, 'x.mem')!
    expect(best.equal).toBe(839)
    // Place 5 of 'y x o' is channel 5 of the first pixel.
    expect(best.codes.indexOf(-1)).toBe(5 * 42)
  })
})

describe('numbers', () => {
  const valuesOf = (values: readonly (number | null)[]): DumpContent => ({
    kind: 'values',
    values: Float64Array.from(values, (value) => value ?? 0),
  })

  test('as they are written, or the bits of signed codes', () => {
    const own = makeTensor([5, 6, 7], 8, true)
    const elements = layElements(own, 'y x o')
    const plain = fitLayout(valuesOf(elements), own, {}, 'x.txt')!
    const bits = fitLayout(valuesOf(elements.map((value) => value! & 255)), own, {}, 'x.txt')!
    expect(plain.best).toMatchObject({ equal: 210, layout: { order: 'y x o', bits: 0 } })
    expect(bits.best).toMatchObject({ equal: 210, layout: { order: 'y x o', bits: 8, signed: true } })
  })

  test('a number of more bits than are stated is no code', () => {
    const high = valuesOf(layElements(tensor, 'o y x').map((value) => value! + 256))
    expect(fitLayout(high, tensor, { bits: 8, order: 'o y x' }, 'x.txt')!.best.equal).toBe(0)
  })

  test('below 0, where codes are not: a number of its own, and no element that was never written', () => {
    const elements = layElements(tensor, 'o y x').map((value, at) => (at === 3 ? -1 : value))
    const { best } = fitLayout(valuesOf(elements), tensor, { order: 'o y x', bits: 0 }, 'x.txt')!
    expect(best.equal).toBe(839)
    expect(best.codes[3]).toBeGreaterThan(255)
  })
})
