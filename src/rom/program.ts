/** The detector's program: encoding of format version 3 (docs/detector.md, "Program"). */
import type { ArithmeticWords } from './arithmetic-words.ts'
import type { EngineParameters } from './parameters.ts'

export const PROGRAM_MAGIC = 0x59415341
export const PROGRAM_VERSION = 3
export const INSTRUCTION_WORDS = 32

/** Where an operand lies: rows of the feature memory. */
export interface Operand {
  readonly base: number
  readonly plane: number
  readonly pitch: number
}

interface Walk {
  readonly input: Operand
  readonly inputWidth: number
  readonly inputHeight: number
  readonly inputBlocks: number
  readonly output: Operand
  readonly outputWidth: number
  readonly outputHeight: number
  readonly outputBlocks: number
}

export interface ConvInstruction extends Walk {
  readonly op: 'conv'
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly padCode: number
  readonly zeroPoint: number
  readonly weightBase: number
  readonly paramBase: number
  readonly tableBase: number
  readonly hasTable: boolean
  /** Of the table's index, or of the output where there is no table. */
  readonly requantBits: number
}

export interface AddInstruction extends Walk {
  readonly op: 'add'
  readonly second: Operand
  readonly multipliers: readonly [number, number]
  readonly shift: number
  readonly inputZeroPoints: readonly [number, number]
  readonly outputZeroPoint: number
  /** Of the output. */
  readonly requantBits: number
  /** Where the arithmetic is not that of `assay`: M of both operands and of their sum, s of both operands. `shift` is that of the sum. */
  readonly stages?: {
    readonly multipliers: readonly [a: number, b: number, sum: number]
    readonly shifts: readonly [a: number, b: number]
  }
}

export interface MaxPoolInstruction extends Walk {
  readonly op: 'max-pool'
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

export interface UpsampleInstruction extends Walk {
  readonly op: 'upsample'
  /** 1 copies. */
  readonly factor: 1 | 2
}

export interface DetectLevel {
  readonly boxBase: number
  readonly classBase: number
  readonly plane: number
  readonly pitch: number
  readonly width: number
  readonly height: number
  readonly log2Stride: number
}

export interface DetectInstruction {
  readonly op: 'detect'
  readonly minCode: number
  readonly iouThreshold: number
  readonly classes: number
  readonly regMax: number
  readonly multiLabel: boolean
  readonly maxDetections: number
  /** At most 5: an instruction has no room for more. */
  readonly levels: readonly DetectLevel[]
}

export type Instruction =
  | ConvInstruction
  | AddInstruction
  | MaxPoolInstruction
  | UpsampleInstruction
  | DetectInstruction

export const OPCODES = { conv: 1, add: 2, 'max-pool': 3, upsample: 4, detect: 5 } as const

export interface ProgramHeader {
  readonly engine: EngineParameters
  /** First 32 bits of the SHA-256 of the integer graph. */
  readonly modelId: number
  readonly featureRows: number
  readonly weightWords: number
  readonly paramWords: number
  readonly tableEntries: number
  readonly arithmetic: ArithmeticWords
}

const pair = (low: number, high: number): number => (high << 16) | low

/** Levels that the detect head of a program needs: those of its largest DETECT. */
export const countLevels = (instructions: readonly Instruction[]): number =>
  Math.max(0, ...instructions.map((one) => (one.op === 'detect' ? one.levels.length : 0)))

/** The program ROM: a header and 32 words per instruction. */
export function encodeProgram(header: ProgramHeader, instructions: readonly Instruction[]): Uint32Array {
  const words = new Uint32Array(INSTRUCTION_WORDS * (instructions.length + 1))
  const { engine } = header
  words.set([
    PROGRAM_MAGIC,
    PROGRAM_VERSION,
    pair(engine.inputLanes, engine.outputLanes),
    pair(engine.pixels, engine.weightBits),
    pair(engine.activationBits, engine.tableBits),
    header.modelId,
    pair(instructions.length, countLevels(instructions)),
    header.featureRows,
    header.weightWords,
    header.paramWords,
    header.tableEntries,
    header.arithmetic.requantise,
    header.arithmetic.add,
  ])
  instructions.forEach((instruction, index) => {
    words.set(encodeInstruction(instruction), INSTRUCTION_WORDS * (index + 1))
  })
  return words
}

function encodeWalk(words: Uint32Array, walk: Walk): void {
  words.set(
    [
      walk.input.base,
      walk.input.plane,
      walk.input.pitch,
      pair(walk.inputWidth, walk.inputHeight),
      walk.inputBlocks,
    ],
    1,
  )
  words.set(
    [
      walk.output.base,
      walk.output.plane,
      walk.output.pitch,
      pair(walk.outputWidth, walk.outputHeight),
      walk.outputBlocks,
    ],
    6,
  )
}

export function encodeInstruction(instruction: Instruction): Uint32Array {
  const words = new Uint32Array(INSTRUCTION_WORDS)
  words[0] = OPCODES[instruction.op]
  switch (instruction.op) {
    case 'conv':
      encodeWalk(words, instruction)
      words[11] = instruction.kernel | (instruction.stride << 8) | (instruction.padding << 16)
      words[12] = pair(instruction.padCode, instruction.zeroPoint)
      words.set([instruction.weightBase, instruction.paramBase, instruction.tableBase], 13)
      words[16] = (instruction.hasTable ? 1 : 0) | (instruction.requantBits << 8)
      break
    case 'add':
      encodeWalk(words, instruction)
      words[11] = 1 | (1 << 8)
      words[16] = instruction.requantBits << 8
      words.set([instruction.second.base, instruction.second.plane, instruction.second.pitch], 17)
      if (instruction.stages === undefined)
        words[20] = pair(instruction.multipliers[0], instruction.multipliers[1])
      else {
        const { multipliers, shifts } = instruction.stages
        words.set([...multipliers, (shifts[0] & 0xff) | ((shifts[1] & 0xff) << 8)], 24)
      }
      words[21] = instruction.shift
      words[22] = pair(instruction.inputZeroPoints[0], instruction.inputZeroPoints[1])
      words[23] = instruction.outputZeroPoint
      break
    case 'max-pool':
      encodeWalk(words, instruction)
      words[11] = instruction.kernel | (instruction.stride << 8) | (instruction.padding << 16)
      break
    case 'upsample':
      encodeWalk(words, instruction)
      words[11] = 1 | (instruction.factor << 8)
      break
    case 'detect':
      words.set(
        [
          instruction.minCode,
          instruction.iouThreshold,
          pair(instruction.levels.length, instruction.multiLabel ? 1 : 0),
          instruction.classes,
          instruction.regMax,
          instruction.maxDetections,
        ],
        1,
      )
      instruction.levels.forEach((level, index) => {
        const { boxBase, classBase, plane, width, height, pitch, log2Stride } = level
        words.set([boxBase, classBase, plane, pair(width, height), pair(pitch, log2Stride)], 7 + 5 * index)
      })
      break
  }
  return words
}
