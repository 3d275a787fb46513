/** The program's words, field by field, as the tables of docs/detector.md place them. */
import { describe, expect, test } from 'vitest'
import { disassemble } from '../../src/rom/disassemble.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { encodeInstruction, encodeProgram, type Instruction } from '../../src/rom/program.ts'

/** Every field of a walk has a value of its own, so that two that change places are seen. */
const walk = {
  input: { base: 101, plane: 102, pitch: 103 },
  inputWidth: 0x104,
  inputHeight: 0xa105,
  inputBlocks: 106,
  output: { base: 107, plane: 108, pitch: 109 },
  outputWidth: 0x10a,
  outputHeight: 0xb10b,
  outputBlocks: 112,
}
const WALK_WORDS = [101, 102, 103, 0xa105_0104, 106, 107, 108, 109, 0xb10b_010a, 112]
const WALK_TEXT = '106x41221x260 @101+102c+103y -> 112x45323x266 @107+108c+109y'

interface Case {
  readonly what: string
  readonly instruction: Instruction
  /** Words by index; all others are zero. */
  readonly words: Readonly<Record<number, number>>
  readonly text: readonly string[]
}

const levels = [
  { boxBase: 1, classBase: 2, plane: 3, pitch: 4, width: 5, height: 6, log2Stride: 3 },
  { boxBase: 11, classBase: 12, plane: 13, pitch: 14, width: 15, height: 16, log2Stride: 4 },
  { boxBase: 21, classBase: 22, plane: 23, pitch: 24, width: 25, height: 26, log2Stride: 5 },
  { boxBase: 31, classBase: 32, plane: 33, pitch: 34, width: 35, height: 36, log2Stride: 6 },
  { boxBase: 41, classBase: 42, plane: 43, pitch: 44, width: 45, height: 46, log2Stride: 7 },
]
const detect = {
  op: 'detect' as const,
  minCode: 31,
  iouThreshold: 717,
  classes: 80,
  regMax: 16,
  multiLabel: true,
  maxDetections: 300,
  levels,
}
const conv = {
  op: 'conv' as const,
  ...walk,
  kernel: 3,
  stride: 2,
  padding: 1,
  padCode: 0x21,
  zeroPoint: 0xfedc,
  weightBase: 0x8000_0001,
  paramBase: 35,
  tableBase: 36,
  hasTable: true,
  requantBits: 10,
}

const cases: readonly Case[] = [
  {
    what: 'CONV with a table',
    instruction: conv,
    words: { 0: 1, 11: 0x01_02_03, 12: 0xfedc_0021, 13: 0x8000_0001, 14: 35, 15: 36, 16: 0x0a01 },
    text: ['k3 s2 p1=33 z=65244 n=10 w@2147483649 b@35 table@36', WALK_TEXT],
  },
  {
    what: 'CONV without a table',
    instruction: { ...conv, hasTable: false, requantBits: 8 },
    words: { 0: 1, 11: 0x01_02_03, 12: 0xfedc_0021, 13: 0x8000_0001, 14: 35, 15: 36, 16: 0x0800 },
    text: ['k3 s2 p1=33 z=65244 n=8 w@2147483649 b@35 no table', WALK_TEXT],
  },
  {
    what: 'ADD',
    instruction: {
      op: 'add',
      ...walk,
      second: { base: 117, plane: 118, pitch: 119 },
      multipliers: [0x1234, 0x9876],
      shift: 21,
      inputZeroPoints: [0x22, 0xc0de],
      outputZeroPoint: 23,
      requantBits: 5,
    },
    words: {
      ...{ 0: 2, 11: 0x00_01_01, 17: 117, 18: 118, 19: 119 },
      ...{ 16: 0x0500, 20: 0x9876_1234, 21: 21, 22: 0xc0de_0022, 23: 23 },
    },
    text: ['(a-34)*4660 + (b-49374)*39030 >> 21 z=23 n=5', WALK_TEXT, 'b: @117+118c+119y'],
  },
  {
    what: 'ADD with stages of its operands',
    instruction: {
      op: 'add',
      ...walk,
      second: { base: 117, plane: 118, pitch: 119 },
      multipliers: [0x1234, 0x9876],
      shift: 21,
      stages: { multipliers: [0x4000_0001, 0x7fff_fffe, 0x5432_1000], shifts: [-3, 9] },
      inputZeroPoints: [0x22, 0xc0de],
      outputZeroPoint: 23,
      requantBits: 5,
    },
    words: {
      ...{ 0: 2, 11: 0x00_01_01, 17: 117, 18: 118, 19: 119 },
      ...{ 16: 0x0500, 21: 21, 22: 0xc0de_0022, 23: 23 },
      ...{ 24: 0x4000_0001, 25: 0x7fff_fffe, 26: 0x5432_1000, 27: 0x09fd },
    },
    text: [
      '(a-34)*1073741825 >> -3 + (b-49374)*2147483646 >> 9, *1412567040 >> 21 z=23 n=5',
      WALK_TEXT,
      'b: @117+118c+119y',
    ],
  },
  {
    what: 'MAX-POOL',
    instruction: { op: 'max-pool', ...walk, kernel: 5, stride: 1, padding: 2 },
    words: { 0: 3, 11: 0x02_01_05 },
    text: ['k5 s1 p2', WALK_TEXT],
  },
  {
    what: 'UPSAMPLE that doubles',
    instruction: { op: 'upsample', factor: 2, ...walk },
    words: { 0: 4, 11: 0x00_02_01 },
    text: ['x2', WALK_TEXT],
  },
  {
    what: 'UPSAMPLE that copies',
    instruction: { op: 'upsample', factor: 1, ...walk },
    words: { 0: 4, 11: 0x00_01_01 },
    text: ['copy', WALK_TEXT],
  },
]

const fill = (words: Readonly<Record<number, number>>): number[] =>
  Array.from({ length: 32 }, (_, index) => words[index] ?? 0)

describe('an instruction', () => {
  test.each(cases)('of $what has these words and this text', ({ instruction, words, text }) => {
    const walked = Object.fromEntries(WALK_WORDS.map((word, index) => [index + 1, word]))
    expect(Array.from(encodeInstruction(instruction))).toEqual(fill({ ...walked, ...words }))
    expect(disassemble(instruction)).toEqual(text)
  })

  test('of DETECT has five words for each of five levels', () => {
    const settings = [5, 31, 717, 0x0001_0005, 80, 16, 300]
    const first = [1, 2, 3, 0x0006_0005, 0x0003_0004]
    const second = [11, 12, 13, 0x0010_000f, 0x0004_000e]
    const third = [21, 22, 23, 0x001a_0019, 0x0005_0018]
    const fourth = [31, 32, 33, 0x0024_0023, 0x0006_0022]
    const fifth = [41, 42, 43, 0x002e_002d, 0x0007_002c]
    expect(Array.from(encodeInstruction(detect))).toEqual(
      fill(Object.fromEntries([...settings, ...first, ...second, ...third, ...fourth, ...fifth].entries())),
    )
    expect(disassemble(detect)).toEqual([
      'min=31 T=717 classes=80 bins=16 max=300 multi-label',
      '6x5 stride 8 box@1 class@2 +3c+4y',
      '16x15 stride 16 box@11 class@12 +13c+14y',
      '26x25 stride 32 box@21 class@22 +23c+24y',
      '36x35 stride 64 box@31 class@32 +33c+34y',
      '46x45 stride 128 box@41 class@42 +43c+44y',
    ])
  })

  test('of DETECT with one label an anchor has nothing beside the number of levels', () => {
    const single = { ...detect, multiLabel: false, levels: levels.slice(0, 1) }
    expect(Array.from(encodeInstruction(single).subarray(0, 7))).toEqual([5, 31, 717, 1, 80, 16, 300])
    expect(disassemble(single)[0]).toBe('min=31 T=717 classes=80 bins=16 max=300')
  })
})

test('a program is a header and its instructions, 32 words each', () => {
  const engine = {
    ...DEFAULT_ENGINE,
    ...{ inputLanes: 16, outputLanes: 32, pixels: 4, weightBits: 7, activationBits: 6, tableBits: 10 },
  }
  const header = {
    engine,
    modelId: 0xdead_beef,
    ...{ featureRows: 1001, weightWords: 1002, paramWords: 1003, tableEntries: 1004 },
    arithmetic: { requantise: 1005, add: 1006 },
  }
  const single = { ...detect, levels: levels.slice(0, 1) }
  const three: readonly Instruction[] = [conv, detect, single]
  expect(Array.from(encodeProgram(header, three))).toEqual([
    // "ASAY" in little-endian bytes: 41 53 41 59.
    ...fill(
      Object.fromEntries(
        [0x5941_5341, 3, 0x0020_0010, 0x0007_0004, 0x000a_0006, 0xdead_beef, 0x0005_0003]
          .concat([1001, 1002, 1003, 1004, 1005, 1006])
          .entries(),
      ),
    ),
    ...encodeInstruction(conv),
    ...encodeInstruction(detect),
    ...encodeInstruction(single),
  ])
})
