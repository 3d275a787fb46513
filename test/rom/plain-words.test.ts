/** The words of the plain layout and of the engine's feature words, worked by hand (docs/formats.md, "Layouts"). */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { IntegerGraph } from '../../src/golden/types.ts'
import { engineActivation, plainActivation } from '../../src/rom/activation-rom.ts'
import { readWord, unpackRom } from '../../src/rom/formats/types.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { emitPlainRoms, packWords } from '../../src/rom/plain.ts'
import { makeHandGraph } from './hand-made.ts'

describe('the plain layout', () => {
  test('of signed codes has tables with signed entries, and 32 bits for a multiplier', () => {
    const made = makeHandGraph()
    const profile = PROFILES.find(({ name }) => name === 'tflite')!
    const quant = { scale: 1, zeroPoint: 8, bits: 4 }
    const stages = { shifts: [-3, 5] as const, factors: [0, 0.5] as const, multiplier: 9, factor: 1 }
    const sum = {
      op: 'add' as const,
      name: 'sum',
      inputs: ['box', 'box'] as const,
      shape: [4, 2, 2] as const,
    }
    const nodes = [
      made.nodes.find(({ name }) => name === 'stem')!,
      { ...sum, quant, multipliers: [3, 4] as const, shift: 6, stages },
    ]
    const roms = emitPlainRoms({ ...made, nodes, head: null, profile })
    const words = new Map(
      roms.map((rom) => [rom.name, { width: rom.width, words: unpackRom(rom).map(Number) }]),
    )
    // Index 0 is carried as 16, whose entry is 8, and 8 is code 0. Index -1, all ones, is carried as 15: 7, code -1.
    const table = words.get('stem.table')!.words
    expect([table.length, table[0], table[15], table[16], table[31]]).toEqual([32, 0, 7, 8, 15])
    expect(words.get('stem.multiplier')!.width).toBe(32)
    expect(words.get('stem.shift')!.width).toBe(8)
    expect(words.get('sum.multiplier')).toEqual({ width: 32, words: [3, 4, 9] })
    expect(words.get('sum.shift')).toEqual({ width: 8, words: [0xfd, 5, 6] })
    expect(words.get('sum.factor')).toEqual({ width: 32, words: [0, 0x3f00_0000, 0x3f80_0000] })
  })

  test('of a network made by hand has these memories and words', () => {
    const made = makeHandGraph()
    const quant = { scale: 1, zeroPoint: 0, bits: 4 }
    const sum = {
      op: 'add' as const,
      name: 'sum',
      inputs: ['box', 'box'] as const,
      shape: [4, 2, 2] as const,
    }
    const nodes = [
      ...made.nodes.filter(({ name }) => name !== 'box'),
      { ...sum, quant, multipliers: [3, 0xfffe] as const, shift: 33 },
    ]
    const described = (own: IntegerGraph) =>
      emitPlainRoms(own).map((rom) => [rom.name, rom.width, unpackRom(rom).map(Number)])
    const sixteen = Array.from({ length: 16 }, (_, index) => index)
    const layers = [
      // -2 is 1110 in four bits.
      ['stem.weight', 4, [1, 14, 7]],
      ['stem.bias', 32, [0xffff_ffff, 258, 3]],
      ['stem.multiplier', 16, [4, 5, 0xff06]],
      ['stem.shift', 6, [7, 8, 9]],
      ['stem.table', 4, sixteen.flatMap((code) => [code, code])],
      ['cls.weight', 4, [15, 0, 1]],
      ['cls.bias', 32, [0xffff_fffe]],
      ['cls.multiplier', 16, [3]],
      ['cls.shift', 6, [47]],
      ['sum.multiplier', 16, [3, 0xfffe]],
      ['sum.shift', 6, [33]],
    ]
    expect(described({ ...made, nodes })).toEqual([
      ...layers,
      ['detect.exp', 16, sixteen.map((index) => 0x1000 + index)],
      ['detect.score', 16, sixteen.map((index) => 0x2000 + index)],
    ])
    expect(described({ ...made, nodes, head: null })).toEqual(layers)
  })

  test('an element that does not fit its word is refused by name', () => {
    expect(() => packWords('model.0.weight', 4, [7, -8, 15, -9])).toThrow(
      'model.0.weight: element 3 is -9, which does not fit 4 bits',
    )
    expect(packWords('x', 12, [-1, 2047]).bytes).toEqual(Uint8Array.of(0xff, 0x0f, 0xff, 0x07))
    expect(() => packWords('x', 4, [16])).toThrow('x: element 0 is 16, which does not fit 4 bits')
    const wide = packWords('x', 32, [-(2 ** 31), 2 ** 32 - 1, 0x0102_0304])
    expect([...wide.bytes]).toEqual([0, 0, 0, 128, 255, 255, 255, 255, 4, 3, 2, 1])
  })
})

test('feature words of the engine hold lane i in bits i·A', () => {
  const engine = { ...DEFAULT_ENGINE, inputLanes: 4, outputLanes: 4, pixels: 1, activationBits: 4 }
  const place = {
    base: 3,
    plane: 2,
    pitch: 1,
    width: 2,
    height: 2,
    blocks: 2,
    channels: Int32Array.of(0, 1, 2, 3, 4, -1, -1, -1),
    spaceToDepth: false,
  }
  const codes = Uint8Array.from({ length: 20 }, (_, i) => i % 16)
  const rom = engineActivation('t', codes, place, engine)
  expect([rom.width, rom.depth]).toEqual([16, 8])
  // Pixel (0, 0) of channels 0 to 3 are elements 0, 4, 8, 12; of channel 4 element 16.
  expect(readWord(rom, 0)).toBe(0xc840n)
  expect(readWord(rom, 4)).toBe(0n)
  expect(readWord(rom, 5)).toBe(1n)
  expect(rom.name).toBe('t')
  expect(plainActivation('t', Uint8Array.of(15, 0, 7), 4)).toEqual({
    ...{ name: 't', width: 4, depth: 3 },
    bytes: Uint8Array.of(15, 0, 7),
  })
})

test('feature words of 15 bits take two bytes, without the address of their beats', () => {
  const engine = { ...DEFAULT_ENGINE, inputLanes: 3, outputLanes: 3, pixels: 1, activationBits: 5 }
  const place = {
    ...{ base: 3, plane: 2, pitch: 1, width: 2, height: 1, blocks: 1, spaceToDepth: false },
    channels: Int32Array.of(0, 1, 2),
  }
  // Lanes of pixel 0 are elements 0, 2, 4: 10001 | 00011 | 00001.
  const rom = engineActivation('t', Uint8Array.of(0b00001, 1, 0b00011, 2, 0b10001, 31), place, engine)
  expect([rom.width, rom.depth, ...rom.bytes]).toEqual([15, 2, 0x61, 0x44, 0x41, 0x7c])
})
