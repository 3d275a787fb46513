/** Where tensors lie: docs/detector.md, "Feature memory", worked by hand for PI = 4 and two banks. */
import { describe, expect, test } from 'vitest'
import type { IntegerGraph } from '../../src/golden/types.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import {
  blocksOf,
  bufferRows,
  canSpaceToDepth,
  laneChannels,
  pitchOf,
  placeView,
  planViews,
  readsOf,
} from '../../src/rom/placement.ts'
import { RandomGraphMaker } from '../golden/random-graph.ts'

const engine = { ...DEFAULT_ENGINE, inputLanes: 4, outputLanes: 4, pixels: 1 }

/** Split, shortcut, two concats that share a part, and concats of a concat, of a slice and of the image. */
function makeGraph(): IntegerGraph {
  const maker = new RandomGraphMaker({ seed: 1, shape: [3, 6, 5] })
  const conv = (name: string, from: string, channels: number) =>
    maker.conv(name, from, { channels, zeroPoint: 0 })
  conv('split', 'images', 12)
  maker.slice('a', 'split', 0, 3)
  maker.slice('b', 'split', 3, 5)
  conv('cv', 'b', 5)
  maker.add('sum', 'b', 'cv', 0)
  maker.concat('c2f', ['split', 'sum'])
  maker.concat('again', ['cv', 'sum', 'a'])
  maker.concat('outer', ['c2f', 'again'])
  maker.slice('tail', 'outer', 8, 9)
  maker.maxPool('pool', 'tail')
  maker.upsample('up', 'pool')
  return maker.graph()
}

describe('planViews', () => {
  test('parts of a concat are runs of blocks of its buffer; a part that has a place already is copied', () => {
    const plan = planViews(makeGraph(), engine)
    // split is cut into channels 0-2, 3-7, 8-11: segments of 3, 5 and 4 channels, 1 + 2 + 1 blocks of 4 lanes.
    const split = [3, 5, 4]
    expect(Object.fromEntries(plan.views)).toEqual({
      c2f: { buffer: 0, block: 0, segments: [...split, 5] },
      split: { buffer: 0, block: 0, segments: split },
      sum: { buffer: 0, block: 4, segments: [5] },
      again: { buffer: 1, block: 0, segments: [5, 5, 3] },
      cv: { buffer: 1, block: 0, segments: [5] },
      outer: { buffer: 2, block: 0, segments: [...split, 5, 5, 5, 3] },
      images: { buffer: 3, block: 0, segments: [3] },
      a: { buffer: 0, block: 0, segments: [3] },
      b: { buffer: 0, block: 1, segments: [5] },
      // Channel 8 of outer is after the segments of 3 and 5 channels, which take three blocks.
      tail: { buffer: 2, block: 3, segments: [4, 5] },
      pool: { buffer: 4, block: 0, segments: [4, 5] },
      up: { buffer: 5, block: 0, segments: [4, 5] },
    })
    expect(plan.copies).toEqual([
      { from: 'sum', into: 'again', view: { buffer: 1, block: 2, segments: [5] } },
      { from: 'a', into: 'again', view: { buffer: 1, block: 4, segments: [3] } },
      { from: 'c2f', into: 'outer', view: { buffer: 2, block: 0, segments: [...split, 5] } },
      { from: 'again', into: 'outer', view: { buffer: 2, block: 6, segments: [5, 5, 3] } },
    ])
    expect(plan.buffers).toEqual([
      { blocks: 6, width: 5, height: 6 },
      { blocks: 5, width: 5, height: 6 },
      { blocks: 11, width: 5, height: 6 },
      { blocks: 1, width: 5, height: 6 },
      { blocks: 3, width: 5, height: 6 },
      { blocks: 3, width: 10, height: 12 },
    ])
    expect(plan.spaceToDepth).toBe(false)
  })

  test('the image is copied into a concat, since the host writes it before the concat is there', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [3, 4, 4] })
    maker.conv('conv', 'images', { channels: 2, zeroPoint: 0 })
    maker.concat('both', ['images', 'conv'])
    const { views, copies } = planViews(maker.graph(), engine)
    expect(copies).toEqual([{ from: 'images', into: 'both', view: { buffer: 0, block: 0, segments: [3] } }])
    expect(views.get('images')).toEqual({ buffer: 1, block: 0, segments: [3] })
    expect(views.get('conv')).toEqual({ buffer: 0, block: 1, segments: [2] })
  })

  test('a slice up to the end of its tensor, and two that share an end, leave no empty segment', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [9, 4, 4] })
    maker.slice('one', 'images', 2, 2)
    maker.slice('low', 'images', 0, 4)
    maker.slice('high', 'images', 4, 5)
    const { views } = planViews(maker.graph(), engine)
    expect(Object.fromEntries(views)).toEqual({
      images: { buffer: 0, block: 0, segments: [2, 2, 5] },
      low: { buffer: 0, block: 0, segments: [2, 2] },
      high: { buffer: 0, block: 2, segments: [5] },
      one: { buffer: 0, block: 1, segments: [2] },
    })
  })

  test('an add of tensors whose channels fill other lanes is refused', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [3, 4, 4] })
    maker.conv('one', 'images', { channels: 8 })
    maker.conv('other', 'images', { channels: 8 })
    maker.slice('part', 'one', 3, 5)
    maker.add('sum', 'one', 'other')
    expect(() => planViews(maker.graph(), engine)).toThrow(
      'sum: the two inputs of an add lie in different lanes (3,5 and 8)',
    )
  })

  test('a slice that begins inside a segment is refused', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [3, 4, 4] })
    maker.conv('one', 'images', { channels: 8, zeroPoint: 0 })
    maker.conv('two', 'images', { channels: 8, zeroPoint: 0 })
    maker.concat('both', ['one', 'two'])
    maker.slice('part', 'both', 9, 7)
    expect(() => planViews(maker.graph(), engine)).toThrow('no segment begins at channel 9')
  })
})

describe('the image is stored 2x2 pixels to a word', () => {
  interface Image {
    readonly shape?: [number, number, number]
    readonly lanes?: number
    readonly readers?: readonly object[]
    readonly pool?: boolean
  }
  const reader = { channels: 2, kernel: 3, stride: 2 }
  function decide({ shape = [3, 8, 8], lanes = 12, readers = [reader], pool = false }: Image): boolean {
    const maker = new RandomGraphMaker({ seed: 1, shape })
    readers.forEach((one, index) => void maker.conv(`conv${index}`, 'images', { ...reader, ...one }))
    if (pool) maker.maxPool('pool', 'images')
    return canSpaceToDepth(maker.graph(), { ...engine, inputLanes: lanes })
  }

  test.each<Image & { because: string }>([
    { because: '4 x 3 channels fill 12 lanes' },
    { because: 'no padding', readers: [{ padding: 0 }] },
    { because: 'two readers', readers: [{}, {}] },
    { because: '4 x 1 channel fill 4 lanes', shape: [1, 8, 8], lanes: 4 },
  ])('where $because', (image) => expect(decide(image)).toBe(true))

  test.each<Image & { because: string }>([
    { because: '11 lanes are too few', lanes: 11 },
    { because: 'the height is odd', shape: [3, 7, 8] },
    { because: 'the width is odd', shape: [3, 8, 7] },
    { because: 'nothing reads it', readers: [] },
    { because: 'one of two readers has stride 1', readers: [{}, { stride: 1 }] },
    { because: 'the padding is 2', readers: [{ padding: 2 }] },
    { because: 'the kernel is 5', readers: [{ kernel: 5, padding: 1 }] },
    { because: 'a max-pool reads it too', pool: true },
  ])('but not where $because', (image) => expect(decide(image)).toBe(false))

  test('in a buffer of half the width and height, one block', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [3, 12, 8] })
    maker.conv('stem', 'images', { channels: 5, kernel: 3, stride: 2 })
    const wide = { ...engine, inputLanes: 12 }
    const plan = planViews(maker.graph(), wide)
    expect(plan.spaceToDepth).toBe(true)
    expect(plan.buffers).toEqual([
      { blocks: 1, width: 4, height: 6 },
      { blocks: 1, width: 4, height: 6 },
    ])
    const channels = Int32Array.of(0, 1, 2, ...new Array<number>(9).fill(-1))
    const place = { plane: 12, pitch: 2, width: 4, height: 6, blocks: 1 }
    expect(placeView(plan.views.get('images')!, plan, [7, 90], wide, true)).toEqual({
      base: 7,
      ...place,
      channels,
      spaceToDepth: true,
    })
    expect(placeView(plan.views.get('stem')!, plan, [7, 90], wide, false)).toEqual({
      base: 90,
      ...place,
      channels: Int32Array.of(0, 1, 2, 3, 4, ...new Array<number>(7).fill(-1)),
      spaceToDepth: false,
    })
  })
})

test('a view is placed at its buffer, after the blocks before it', () => {
  const plan = planViews(makeGraph(), engine)
  // Five columns in two banks take three rows, so a block of six lines takes 18.
  expect(placeView(plan.views.get('b')!, plan, [100, 0, 0, 0, 0, 0], engine, false)).toEqual({
    base: 118,
    plane: 18,
    pitch: 3,
    width: 5,
    height: 6,
    blocks: 2,
    channels: Int32Array.of(0, 1, 2, 3, 4, -1, -1, -1),
    spaceToDepth: false,
  })
  // An image that is not stored so is placed as any other tensor.
  expect(placeView(plan.views.get('images')!, plan, [0, 0, 0, 5, 0, 0], engine, true).spaceToDepth).toBe(
    false,
  )
})

test('segments begin at blocks, and the lanes that they leave are idle', () => {
  expect(blocksOf([3, 4, 9], 4)).toBe(1 + 1 + 3)
  expect(Array.from(laneChannels([3, 4, 5], 4))).toEqual(
    [0, 1, 2, -1].concat([3, 4, 5, 6], [7, 8, 9, 10], [11, -1, -1, -1]),
  )
})

test.each([
  { width: 1, pixels: 1, pitch: 1 },
  { width: 2, pixels: 1, pitch: 1 },
  { width: 3, pixels: 1, pitch: 2 },
  { width: 80, pixels: 4, pitch: 10 },
  { width: 81, pixels: 4, pitch: 11 },
])('$width columns take $pitch rows of 2 x $pixels banks', ({ width, pixels, pitch }) => {
  const own = { ...engine, pixels }
  expect(pitchOf(width, own)).toBe(pitch)
  expect(bufferRows({ blocks: 3, width, height: 7 }, own)).toBe(21 * pitch)
})

test('every node but the input reads its inputs', () => {
  const { nodes } = makeGraph()
  expect(nodes.map(readsOf).slice(0, 7)).toEqual([
    [],
    ['images'],
    ['split'],
    ['split'],
    ['b'],
    ['b', 'cv'],
    ['split', 'sum'],
  ])
})
