/** A small network's ROMs, worked word by word from docs/detector.md and the list of placements in the comment. */
import { describe, expect, test } from 'vitest'
import { emitRoms, ROM_NAMES } from '../../src/rom/emit.ts'
import { checkRom, unpackRom } from '../../src/rom/formats/types.ts'
import { RandomGraphMaker } from '../golden/random-graph.ts'
import { HAND_ENGINE, makeConv, makeHandGraph } from './hand-made.ts'

const nms = { minCode: 3, iouThreshold: 700, capacity: 1024, maxDetections: 300, multiLabel: false }

/*
 * Two columns fill two banks, so that a block of two lines takes two rows. Steps: stem 0, box 1, cls 2, detect 3.
 *   stem   4 rows, alive 0 to 2: rows 0 to 3
 *   box    4 rows, alive 1 to 3: rows 4 to 7
 *   images 2 rows, alive -1 to 0: rows 4 and 5, box not being there yet
 *   cls    2 rows, alive 2 to 3: rows 8 and 9
 */
describe('the ROMs of a small network', () => {
  const make = () => emitRoms(makeHandGraph(), HAND_ENGINE, 0xfeed_beef, nms)

  test('program', () => {
    const roms = make()
    const { width, depth } = roms.program
    expect([width, depth]).toEqual([32, 5 * 32])
    const words = unpackRom(roms.program).map(Number)
    const size = 0x0002_0002
    const rows = [
      [0x5941_5341, 3, 0x0002_0002, 0x0004_0001, 0x0005_0004, 0xfeed_beef, 0x0001_0004, 10, 8, 6, 32],
      [1, 4, 2, 1, size, 1, 0, 2, 1, size, 2, 0x0101, 0x0011_0003, 0, 1, 0, 0x0501],
      [1, 0, 2, 1, size, 2, 4, 2, 1, size, 2, 0x0101, 0x0006_0007, 2, 3, 32, 0x0400],
      [1, 0, 2, 1, size, 2, 8, 2, 1, size, 1, 0x0101, 0x0005_0007, 6, 5, 32, 0x0400],
      [5, 3, 700, 1, 1, 1, 300, 4, 8, 2, size, 0x0003_0001],
    ]
    expect(words).toEqual(rows.flatMap((row) => [...row, ...Array<number>(32 - row.length).fill(0)]))
  })

  test('weights: a nibble is lane (o, i) = 2 o + i, the lowest first; idle lanes are zero', () => {
    const roms = make()
    expect([roms.weights.width, roms.weights.depth]).toEqual([16, 8])
    expect(unpackRom(roms.weights)).toEqual([
      // stem, one input lane: outputs 0 and 1 are 1 and -2, output 2 is 7.
      ...[0x0e01n, 0x0007n],
      // box: outputs 0 and 1, input blocks (0, 1) and (2, idle); then outputs 2 and 3.
      ...[0x5421n, 0x0603n],
      ...[0xcb97n, 0x0d0an],
      // cls
      ...[0x000fn, 0x0001n],
    ])
  })

  test('parameters: the model, then 64 bits a lane, a word an output group', () => {
    const roms = make()
    expect([roms.params.width, roms.params.depth]).toEqual([128, 6])
    expect(unpackRom(roms.params)).toEqual([
      0xfeed_beefn,
      0x0008_0005_0000_0102_0007_0004_ffff_ffffn,
      0x0009_ff06_0000_0003n,
      0x000a_0006_0000_0002_0009_0005_0000_0001n,
      0x000c_0008_0000_0004_000b_0007_0000_0003n,
      0x002f_0003_ffff_fffen,
    ])
  })

  test('tables and head', () => {
    const roms = make()
    expect([roms.tables.width, roms.tables.depth]).toEqual([4, 32])
    expect(unpackRom(roms.tables)).toEqual(Array.from({ length: 32 }, (_, index) => BigInt(index >> 1)))
    expect([roms.head.width, roms.head.depth]).toEqual([16, 32])
    const sixteen = Array.from({ length: 16 }, (_, index) => BigInt(index))
    expect(unpackRom(roms.head)).toEqual([
      ...sixteen.map((index) => 0x1000n + index),
      ...sixteen.map((index) => 0x2000n + index),
    ])
    expect(ROM_NAMES.map((name) => roms[name].name)).toEqual(ROM_NAMES)
    for (const name of ROM_NAMES) expect(() => checkRom(roms[name])).not.toThrow()
  })

  test('steps: what each reads, writes and multiplies', () => {
    const roms = make()
    const { engine, modelId, featureRows } = roms
    expect([engine, modelId, featureRows]).toEqual([HAND_ENGINE, 0xfeed_beef, 10])
    expect(roms.steps.map(({ name, reads, writes, macs }) => [name, reads, writes, macs])).toEqual([
      ['stem', ['images'], 'stem', 1 * 12],
      ['box', ['stem'], 'box', 3 * 16],
      ['cls', ['stem'], 'cls', 3 * 4],
      ['detect', ['box', 'cls'], null, 0],
    ])
    expect(roms.steps.map(({ place }) => place?.base ?? null)).toEqual([0, 4, 8, null])
    expect([...roms.placements.keys()].toSorted()).toEqual(['box', 'cls', 'images', 'stem'])
  })

  test('several settings of the suppression are several DETECTs, one after the other', () => {
    const { steps } = emitRoms(makeHandGraph(), HAND_ENGINE, 1, [
      nms,
      { ...nms, minCode: 9, multiLabel: true },
    ])
    expect(steps.slice(3).map(({ instruction }) => instruction)).toMatchObject([
      { op: 'detect', minCode: 3, multiLabel: false },
      { op: 'detect', minCode: 9, multiLabel: true },
    ])
  })

  test('without an integer head there is no DETECT, and the outputs live to the end', () => {
    const bare = emitRoms({ ...makeHandGraph(), head: null }, HAND_ENGINE, 1, nms)
    expect(bare.steps.map(({ name }) => name)).toEqual(['stem', 'box', 'cls'])
    expect(unpackRom(bare.head)).toEqual(Array<bigint>(32).fill(0n))
    expect(bare.featureRows).toBe(10)
  })

  test('a network without a convolution has a weight word all the same: no memory is empty', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [1, 2, 2], activationBits: 4 })
    maker.maxPool('pool', 'images')
    const bare = emitRoms(maker.graph(), HAND_ENGINE, 5, nms)
    for (const name of ROM_NAMES) expect(() => checkRom(bare[name])).not.toThrow()
    expect(bare.steps.map(({ macs }) => macs)).toEqual([0])
    expect([bare.weights.depth, bare.params.depth, bare.tables.depth]).toEqual([1, 1, 1])
    expect([unpackRom(bare.weights), unpackRom(bare.params), unpackRom(bare.tables)]).toEqual([
      [0n],
      [5n],
      [0n],
    ])
  })
})

test('a part of two concats is copied by an instruction before the second', () => {
  const maker = new RandomGraphMaker({
    seed: 1,
    shape: [1, 2, 2],
    weightBits: 4,
    activationBits: 4,
    tableBits: 5,
  })
  maker.conv('one', 'images', { channels: 2, zeroPoint: 0 })
  maker.conv('two', 'images', { channels: 1, zeroPoint: 0 })
  maker.concat('first', ['one', 'two'])
  maker.concat('second', ['two', 'one'])
  const { steps } = emitRoms(maker.graph(), HAND_ENGINE, 1, nms)
  expect(steps.map(({ name }) => name)).toEqual(['one', 'two', 'two>second', 'one>second'])
  // first has rows 0 to 3 (one, then two), second rows 4 to 7; a block takes two rows.
  const size = {
    inputWidth: 2,
    inputHeight: 2,
    inputBlocks: 1,
    outputWidth: 2,
    outputHeight: 2,
    outputBlocks: 1,
  }
  const at = (base: number) => ({ base, plane: 2, pitch: 1 })
  expect(steps[2]).toEqual({
    name: 'two>second',
    instruction: { op: 'upsample', factor: 1, ...size, input: at(2), output: at(4) },
    reads: ['two'],
    writes: 'two',
    place: {
      ...at(4),
      ...{ width: 2, height: 2, blocks: 1, channels: Int32Array.of(0, -1), spaceToDepth: false },
    },
    macs: 0,
  })
  expect(steps[3]!.instruction).toMatchObject({ op: 'upsample', factor: 1, input: at(0), output: at(6) })
})

describe('refused, by what the RTL lacks', () => {
  const graph = makeHandGraph()
  const conv = (part: Parameters<typeof makeConv>[3], side = 2) => ({
    ...graph,
    nodes: [graph.nodes[0]!, makeConv('conv', 'images', [1, side, side], part)],
    head: null,
  })
  test.each([
    {
      because: 'activations of 5 bits',
      graph: conv({ quant: { scale: 1, zeroPoint: 0, bits: 5 } }),
      message: 'conv has activations of 5 bits, the engine 4',
    },
    {
      because: 'weights of 5 bits',
      graph: conv({ weightBits: 5 }),
      message: 'conv has weights of 5 bits, the engine 4',
    },
    {
      because: 'a table of 4 bits',
      graph: conv({ table: new Uint8Array(16), requantBits: 4 }),
      message: 'conv has a table index of 4 bits, the engine 5',
    },
    {
      because: 'stride 3',
      graph: conv({ stride: 3 }),
      message: 'conv has stride 3, the engine takes 1 and 2',
    },
    {
      because: 'an image of 1569 columns',
      graph: { ...graph, nodes: [{ ...graph.nodes[0]!, shape: [1, 2, 1569] as const }] },
      message: 'the input is 2x1569 (height x width), box corners hold at most 1568 pixels',
    },
    {
      because: 'a head whose corners leave 16 bits',
      graph: {
        ...graph,
        detect: { ...graph.detect, regMax: 1, levels: [{ ...graph.detect.levels[0]!, stride: 256 }] },
      },
      message: 'detect: the detect head has a level of stride 256',
    },
    {
      because: 'PI of 0',
      graph,
      engine: { inputLanes: 0 },
      message: 'PI must be 1 to 32, got 0',
    },
  ])('$because: $message', ({ graph: own, engine, message }) => {
    expect(() => emitRoms(own, { ...HAND_ENGINE, ...engine }, 1, nms)).toThrow(message)
  })

  test('but only the image is held to 1,568 pixels a side: a layer may be larger', () => {
    const maker = new RandomGraphMaker({ seed: 1, shape: [1, 1, 641], activationBits: 4 })
    maker.upsample('up', 'images')
    expect(emitRoms(maker.graph(), HAND_ENGINE, 1, nms).placements.get('up')!.width).toBe(1282)
  })

  test('but weights of fewer bits, a code of 4 bits without a table, and stride 2 are taken', () => {
    const own = conv({ weightBits: 3, stride: 2, kernel: 1 }, 1)
    expect(emitRoms(own, HAND_ENGINE, 1, nms).steps).toHaveLength(1)
  })
})
