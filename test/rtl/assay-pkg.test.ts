/** `rtl/assay_pkg.sv` against the encoder in src/rom/program.ts: two statements of one program format. */
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { ASSAY, PROFILES } from '../../src/arithmetic/built-in.ts'
import { ROUNDINGS } from '../../src/arithmetic/stages.ts'
import {
  ADD_FIELDS,
  addsHalf,
  arithmeticWords,
  packAdd,
  packRequantise,
  REQUANTISE_FIELDS,
} from '../../src/rom/arithmetic-words.ts'
import {
  type AddInstruction,
  type ConvInstruction,
  type DetectInstruction,
  type DetectLevel,
  encodeInstruction,
  type Instruction,
  OPCODES,
  PROGRAM_MAGIC,
  PROGRAM_VERSION,
} from '../../src/rom/program.ts'
import { overflowOf, rtlArithmetic } from '../../src/rom/rtl-arithmetic.ts'

const source = await readFile('rtl/assay_pkg.sv', 'utf8')

/** Name, offset and width in bits of each field, as `localparam int Stride = 11 * 32 + 8;  // 8` says. */
const fields = Array.from(
  source.matchAll(/^ {2}localparam int (\w+) = (\d+) \* 32(?: \+ (\d+))?; {2}\/\/ (\d+)$/gm),
  ([, name, word, bit, width]) => ({
    name: name!,
    offset: Number(word) * 32 + Number(bit ?? 0),
    width: Number(width),
  }),
)
const offsetOf = (name: string): number => fields.find((field) => field.name === name)!.offset
function constantOf(name: string): number {
  const [, base, digits] = new RegExp(` ${name} = \\d+'([dh])([\\da-f_]+);`).exec(source)!
  return Number.parseInt(digits!.replaceAll('_', ''), base === 'h' ? 16 : 10)
}

const nowhere = { base: 0, plane: 0, pitch: 0 }
const walk = {
  input: nowhere, inputWidth: 0, inputHeight: 0, inputBlocks: 0,
  output: nowhere, outputWidth: 0, outputHeight: 0, outputBlocks: 0,
} // biome-ignore format: two operands
const conv: ConvInstruction = {
  op: 'conv', ...walk, kernel: 0, stride: 0, padding: 0, padCode: 0, zeroPoint: 0,
  weightBase: 0, paramBase: 0, tableBase: 0, hasTable: false, requantBits: 0,
} // biome-ignore format: nothing but zeros
const add: AddInstruction = {
  op: 'add', ...walk, second: nowhere, multipliers: [0, 0], shift: 0, inputZeroPoints: [0, 0], outputZeroPoint: 0,
  requantBits: 0,
} // biome-ignore format: nothing but zeros
const stages: NonNullable<AddInstruction['stages']> = { multipliers: [0, 0, 0], shifts: [0, 0] }
const staged: AddInstruction = { ...add, stages }
const level: DetectLevel = {
  boxBase: 0, classBase: 0, plane: 0, pitch: 0, width: 0, height: 0, log2Stride: 0,
} // biome-ignore format: nothing but zeros
const detect: DetectInstruction = {
  op: 'detect', minCode: 0, iouThreshold: 0, classes: 0, regMax: 0, multiLabel: false, maxDetections: 0,
  levels: [level, level, level, level, level],
} // biome-ignore format: nothing but zeros

/** What makes each field `v`; all else is 0. */
const settings: Readonly<Record<string, (v: number) => Instruction>> = {
  InBase: (v) => ({ ...conv, input: { ...nowhere, base: v } }),
  InPlane: (v) => ({ ...conv, input: { ...nowhere, plane: v } }),
  InPitch: (v) => ({ ...conv, input: { ...nowhere, pitch: v } }),
  InWidth: (v) => ({ ...conv, inputWidth: v }),
  InHeight: (v) => ({ ...conv, inputHeight: v }),
  InBlocks: (v) => ({ ...conv, inputBlocks: v }),
  OutBase: (v) => ({ ...conv, output: { ...nowhere, base: v } }),
  OutPlane: (v) => ({ ...conv, output: { ...nowhere, plane: v } }),
  OutPitch: (v) => ({ ...conv, output: { ...nowhere, pitch: v } }),
  OutWidth: (v) => ({ ...conv, outputWidth: v }),
  OutHeight: (v) => ({ ...conv, outputHeight: v }),
  OutBlocks: (v) => ({ ...conv, outputBlocks: v }),
  Kernel: (v) => ({ ...conv, kernel: v }),
  Stride: (v) => ({ ...conv, stride: v }),
  Padding: (v) => ({ ...conv, padding: v }),
  PadCode: (v) => ({ ...conv, padCode: v }),
  RequantZero: (v) => ({ ...conv, zeroPoint: v }),
  WeightBase: (v) => ({ ...conv, weightBase: v }),
  ParamBase: (v) => ({ ...conv, paramBase: v }),
  TableBase: (v) => ({ ...conv, tableBase: v }),
  HasTable: (v) => ({ ...conv, hasTable: v === 1 }),
  RequantBits: (v) => ({ ...conv, requantBits: v }),
  BBase: (v) => ({ ...add, second: { ...nowhere, base: v } }),
  BPlane: (v) => ({ ...add, second: { ...nowhere, plane: v } }),
  BPitch: (v) => ({ ...add, second: { ...nowhere, pitch: v } }),
  MultiplierA: (v) => ({ ...add, multipliers: [v, 0] }),
  MultiplierB: (v) => ({ ...add, multipliers: [0, v] }),
  Shift: (v) => ({ ...add, shift: v }),
  ZeroA: (v) => ({ ...add, inputZeroPoints: [v, 0] }),
  ZeroB: (v) => ({ ...add, inputZeroPoints: [0, v] }),
  ZeroY: (v) => ({ ...add, outputZeroPoint: v }),
  WideMultiplierA: (v) => ({ ...staged, stages: { ...stages, multipliers: [v, 0, 0] } }),
  WideMultiplierB: (v) => ({ ...staged, stages: { ...stages, multipliers: [0, v, 0] } }),
  MultiplierY: (v) => ({ ...staged, stages: { ...stages, multipliers: [0, 0, v] } }),
  ShiftA: (v) => ({ ...staged, stages: { ...stages, shifts: [v, 0] } }),
  ShiftB: (v) => ({ ...staged, stages: { ...stages, shifts: [0, v] } }),
  MinCode: (v) => ({ ...detect, minCode: v }),
  IouThreshold: (v) => ({ ...detect, iouThreshold: v }),
  Classes: (v) => ({ ...detect, classes: v }),
  Bins: (v) => ({ ...detect, regMax: v }),
  MultiLabel: (v) => ({ ...detect, multiLabel: v === 1 }),
  MaxDetections: (v) => ({ ...detect, maxDetections: v }),
}
const levelSettings: Readonly<Record<string, keyof DetectLevel>> = {
  LevelBoxBase: 'boxBase',
  LevelClassBase: 'classBase',
  LevelPlane: 'plane',
  LevelPitch: 'pitch',
  LevelWidth: 'width',
  LevelHeight: 'height',
  LevelLog2Stride: 'log2Stride',
}

/** Word k in bits 32 k and up, as on `instr_i`. */
const toBits = (instruction: Instruction): bigint =>
  encodeInstruction(instruction).reduceRight((bits, word) => (bits << 32n) | BigInt(word), 0n)
const ones = (width: number): number => 2 ** width - 1
const mask = (offset: number, width: number): bigint => BigInt(ones(width)) << BigInt(offset)

describe('fields of an instruction', () => {
  test('are all set here', () => {
    const set = [...Object.keys(settings), ...Object.keys(levelSettings), 'Opcode', 'LevelCount', 'Levels']
    expect(fields.map(({ name }) => name).sort()).toEqual(set.sort())
  })

  test.each(fields.filter(({ name }) => name in settings))(
    '$name: $width bits at $offset',
    ({ name, offset, width }) => {
      const set = settings[name]!
      expect(toBits(set(ones(width))) ^ toBits(set(0))).toBe(mask(offset, width))
    },
  )

  test.each(fields.filter(({ name }) => name in levelSettings))(
    '$name: $width bits at $offset of each level',
    ({ name, offset, width }) => {
      const levelBits = Number(/LevelBits = (\d+) \* 32;/.exec(source)![1]) * 32
      for (const at of [0, 1, 2, 3, 4]) {
        const own = { ...level, [levelSettings[name]!]: ones(width) }
        const levels = detect.levels.map((zero, index) => (index === at ? own : zero))
        const changed = toBits({ ...detect, levels }) ^ toBits(detect)
        expect(changed).toBe(mask(offsetOf('Levels') + at * levelBits + offset, width))
      }
    },
  )

  test('LevelCount counts the levels', () => {
    const [none, five] = [toBits({ ...detect, levels: [] }), toBits(detect)]
    expect(five ^ none).toBe(5n << BigInt(offsetOf('LevelCount')))
  })
})

test.each([
  { name: 'OpConv', value: OPCODES.conv },
  { name: 'OpAdd', value: OPCODES.add },
  { name: 'OpMaxPool', value: OPCODES['max-pool'] },
  { name: 'OpUpsample', value: OPCODES.upsample },
  { name: 'OpDetect', value: OPCODES.detect },
  { name: 'Magic', value: PROGRAM_MAGIC },
  { name: 'FormatVersion', value: PROGRAM_VERSION },
])('$name is that of the encoder', ({ name, value }) => {
  expect(constantOf(name)).toBe(value)
})

describe('the words of an arithmetic', () => {
  test.each([
    { word: 'Requantise', fields: REQUANTISE_FIELDS as readonly (readonly [string, number])[] },
    { word: 'Add', fields: ADD_FIELDS as readonly (readonly [string, number])[] },
  ])('$word: fields one after the other, as the encoder has them', ({ word, fields }) => {
    const lines = Array.from(
      source.matchAll(new RegExp(`^  localparam int ${word}(\\w+) = (\\d+);  // (\\d+) bits$`, 'gm')),
      ([, name, at, bits]) => [name, Number(at), Number(bits)],
    )
    let at = 0
    const expected = fields.map(([name, bits]) => {
      at += bits
      return [name, at - bits, bits]
    })
    expect(lines).toEqual(expected)
  })

  test('of assay are the defaults', () => {
    const { requantise, add: sum } = rtlArithmetic(ASSAY)
    expect(constantOf('AssayRequantise')).toBe(packRequantise(requantise))
    expect(constantOf('AssayAdd')).toBe(packAdd(sum))
    expect(arithmeticWords(rtlArithmetic(ASSAY))).toEqual({ requantise: 0, add: 0 })
  })

  test('say whether the requantiser adds a half', () => {
    const adds = (name: string) =>
      addsHalf(arithmeticWords(rtlArithmetic(PROFILES.find((profile) => profile.name === name)!)))
    expect(['assay', 'tflite', 'tosa-double', 'power-of-two-round'].map(adds)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(adds('power-of-two-floor')).toBe(false)
  })

  test('name roundings and overflows by the same numbers', () => {
    const nameOf = (rounding: string) => rounding.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())
    for (const [index, rounding] of ROUNDINGS.entries())
      expect(source).toContain(`  localparam int Round${nameOf(rounding)} = ${index};\n`)
    for (const overflow of ['none', 'wrap', 'saturate'] as const)
      expect(source).toContain(`  localparam int Overflow${nameOf(overflow)} = ${overflowOf(overflow)};\n`)
  })
})

test('the opcode lies where it is looked for', () => {
  const words = encodeInstruction(conv)
  expect(words[offsetOf('Opcode') / 32]! & 0xff).toBe(OPCODES.conv)
})
