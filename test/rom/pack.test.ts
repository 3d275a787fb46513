/** Tensors as feature words and back, worked by hand for two and three lanes (docs/detector.md, "Feature memory"). */
import { describe, expect, test } from 'vitest'
import {
  featureBytes,
  getLane,
  hostBeatBytes,
  packTensor,
  unpackTensor,
  walkLanes,
  wordAddress,
} from '../../src/rom/pack.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import type { Placement } from '../../src/rom/placement.ts'

const engine = { ...DEFAULT_ENGINE, inputLanes: 2, outputLanes: 2, pixels: 1 }

/** 3x2x3 codes in two banks: lines of two rows, blocks of five, of which the last is nobody's. */
const place: Placement = {
  base: 10,
  plane: 5,
  pitch: 2,
  width: 3,
  height: 2,
  blocks: 2,
  channels: Int32Array.of(0, 1, 2, -1),
  spaceToDepth: false,
}
/** Words in the order block, line, column: bank x mod 2 of row base + 5 block + 2 y + floor(x / 2). */
const ADDRESSES = [20, 21, 22, 24, 25, 26].concat([30, 31, 32, 34, 35, 36])
/** Elements [c, y, x] of their lanes: channel c begins at 6 c. */
const ELEMENTS = [
  ...[0, 6, 1, 7, 2, 8].concat([3, 9, 4, 10, 5, 11]),
  ...[12, -1, 13, -1, 14, -1].concat([15, -1, 16, -1, 17, -1]),
]

test.each([
  { lanes: 16, bits: 8, bytes: 16 },
  { lanes: 3, bits: 5, bytes: 2 },
  { lanes: 2, bits: 4, bytes: 1 },
  { lanes: 3, bits: 6, bytes: 3 },
])('$lanes lanes of $bits bits take $bytes bytes, and four more with their address', (one) => {
  const own = { ...engine, inputLanes: one.lanes, activationBits: one.bits }
  expect([featureBytes(own), hostBeatBytes(own)]).toEqual([one.bytes, 4 + one.bytes])
})

/** The element of every lane of every word in (block, y, x) order; -1 where the lane is idle. */
function elementsOf(where: Placement): readonly number[] {
  const { first, line, column } = walkLanes(where)
  const lanes = first.length / where.blocks
  const list: number[] = []
  for (let block = 0; block < where.blocks; block++)
    for (let y = 0; y < where.height; y++)
      for (let x = 0; x < where.width; x++)
        for (const from of first.subarray(block * lanes, (block + 1) * lanes))
          list.push(from < 0 ? -1 : from + y * line + x * column)
  return list
}

describe('words', () => {
  test('have the addresses of their pixels', () => {
    const pixels = [0, 1].flatMap((block) => [0, 1].flatMap((y) => [0, 1, 2].map((x) => [block, y, x])))
    expect(pixels.map(([block, y, x]) => wordAddress(place, block!, y!, x!, engine))).toEqual(ADDRESSES)
  })

  test('hold a channel a lane', () => {
    expect(elementsOf(place)).toEqual(ELEMENTS)
  })

  test('of an image stored 2x2 pixels to a word hold four corners of each channel', () => {
    // Two channels of 2x4 pixels, so 8 elements each: words at x = 0 and 1, corners (0,0), (0,1), (1,0), (1,1) of [y, x].
    const stored: Placement = {
      ...{ base: 0, plane: 1, pitch: 1, width: 2, height: 1, blocks: 1, spaceToDepth: true },
      channels: Int32Array.of(0, 1, -1, -1, -1, -1, -1, -1, -1),
    }
    expect(elementsOf(stored)).toEqual([
      ...[0, 8, 1, 9, 4, 12, 5, 13, -1],
      ...[2, 10, 3, 11, 6, 14, 7, 15, -1],
    ])
    // Two channels of 4x2 pixels: the second word begins two lines of two columns on.
    const codes = Uint8Array.from({ length: 16 }, (_, element) => element)
    const own = { ...engine, inputLanes: 9 }
    const beats = packTensor(codes, stored, own)
    const words = [4, 17].flatMap((at) => Array.from(beats.subarray(at, at + 9)))
    const tensor = unpackTensor(
      {
        addresses: Uint32Array.of(0, 1),
        data: Uint8Array.from(words),
        starts: Uint32Array.of(0, 9),
        cycles: Float64Array.of(7, 9),
      },
      ...([16, stored, own] as const),
    )
    expect(Array.from(tensor.codes)).toEqual(Array.from(codes))
    expect(Array.from(codes, tensor.cycleOf)).toEqual(
      Array.from(codes, (element) => (element % 4 < 2 ? 7 : 9)),
    )
    const tall: Placement = {
      ...stored,
      width: 1,
      height: 2,
      channels: Int32Array.of(0, 1, ...Array(6).fill(-1)),
    }
    expect(elementsOf(tall)).toEqual([...[0, 8, 1, 9, 2, 10, 3, 11], ...[4, 12, 5, 13, 6, 14, 7, 15]])
  })
})

describe('beats of the host stream', () => {
  const codes = Uint8Array.from({ length: 18 }, (_, index) => 100 + index)

  test('are an address of 32 bits, least significant byte first, and a byte a lane of 8 bits', () => {
    const lanes = ELEMENTS.map((element) => (element < 0 ? 77 : 100 + element))
    expect(Array.from(packTensor(codes, place, engine, 77))).toEqual(
      ADDRESSES.flatMap((address, word) => [address, 0, 0, 0, lanes[2 * word], lanes[2 * word + 1]]),
    )
    const far = packTensor(codes, { ...place, base: 0x1234 }, engine)
    expect(Array.from(far.subarray(0, 4))).toEqual([0x68, 0x24, 0, 0])
    // Idle lanes are zero where nothing else is said: the second lane of the last word.
    expect(Array.from(far.subarray(-2))).toEqual([117, 0])
  })

  test('have lanes of 5 bits side by side', () => {
    const own = { ...engine, inputLanes: 3, activationBits: 5 }
    const one: Placement = {
      ...{ base: 4, plane: 1, pitch: 1, width: 2, height: 1, blocks: 1, spaceToDepth: false },
      channels: Int32Array.of(0, 1, 2),
    }
    // 10101 | 11001 | 00111 from lane 2 down: 0x5727. The first byte ends within lane 1, and bit 15 is nobody's.
    const packed = packTensor(Uint8Array.of(0b00111, 31, 0b11001, 31, 0b10101, 31), one, own)
    expect(Array.from(packed)).toEqual([8, 0, 0, 0, 0x27, 0x57].concat([9, 0, 0, 0, 0xff, 0x7f]))
    expect([0, 1, 2].map((lane) => getLane(packed, 4, lane, 5))).toEqual([0b00111, 0b11001, 0b10101])
    // A lane that ends with the last byte takes nothing from beyond it.
    expect(getLane(Uint8Array.of(0x21, 0xc4), 1, 1, 4)).toBe(0xc)
    expect(getLane(Uint8Array.of(0x21, 0xc4), 0, 1, 8)).toBe(0xc4)
  })
})

describe('words at the tap', () => {
  /** A write of two lanes at each address, in cycles 1000, 1001, …; lanes are 2 i and 2 i + 1 of the i-th write. */
  const unpack = (addresses: readonly number[], where = place) =>
    unpackTensor(
      {
        addresses: Uint32Array.from(addresses),
        data: Uint8Array.from({ length: 2 * addresses.length }, (_, index) => index),
        starts: Uint32Array.from(addresses, (_, index) => 2 * index),
        cycles: Float64Array.from(addresses, (_, index) => 1000 + index),
      },
      18,
      where,
      engine,
    )

  test('in any order are the tensor, and each element has the cycle of its word', () => {
    const tensor = unpack(ADDRESSES.toReversed())
    // Element e is in word w of ADDRESSES, hence in write 11 - w; an odd lane is one more.
    const expected = new Array<number>(18)
    ELEMENTS.forEach((element, lane) => {
      if (element >= 0) expected[element] = 2 * (11 - (lane >> 1)) + (lane & 1)
    })
    expect(Array.from(tensor.codes)).toEqual(expected)
    expect([tensor.stray, tensor.repeated]).toEqual([0, 0])
    expect([0, 8, 17].map(tensor.cycleOf)).toEqual([1011, 1009, 1000])
    expect(() => tensor.cycleOf(18)).toThrow('no element 18')
  })

  test('that were not written leave -1 and no cycle', () => {
    const tensor = unpack([24])
    expect(Array.from(tensor.codes)).toEqual([-1, -1, -1, 0, -1, -1, -1, -1, -1, 1].concat(Array(8).fill(-1)))
    expect([0, 3, 9].map(tensor.cycleOf)).toEqual([Number.NaN, 1000, 1000])
  })

  test.each([
    { where: 'in the row before the tensor', address: 19 },
    { where: 'a block before the tensor', address: 10 },
    { where: 'in the bank after the last column', address: 23 },
    { where: 'in the row between two blocks', address: 28 },
    { where: 'in the block after the last', address: 40 },
  ])('$where are stray', ({ address }) => {
    const tensor = unpack([20, address])
    expect([tensor.stray, tensor.repeated]).toEqual([1, 0])
    expect(Array.from(tensor.codes).filter((code) => code >= 0)).toEqual([0, 1])
  })

  test('that come again are counted, and the last one stands', () => {
    const tensor = unpack([21, 20, 21, 21, 31, 20])
    expect([tensor.stray, tensor.repeated]).toEqual([0, 3])
    expect([0, 1, 6, 7, 13].map((element) => tensor.codes[element])).toEqual([10, 6, 11, 7, 8])
    expect(tensor.cycleOf(1)).toBe(1003)
  })
})
