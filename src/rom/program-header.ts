/** The header of a program (docs/detector.md, "Program"), and whether it fits a run. */
import type { ArithmeticWords } from './arithmetic-words.ts'
import type { EngineParameters } from './parameters.ts'
import { PROGRAM_MAGIC, PROGRAM_VERSION } from './program.ts'

/** Parameters that a program depends on. */
export type ProgramEngine = Omit<EngineParameters, 'capacity' | 'maxDetections'>

export interface ProgramIdentity {
  readonly magic: number
  readonly version: number
  readonly engine: ProgramEngine
  readonly modelId: number
  readonly arithmetic: ArithmeticWords
}

/** Words of the header that `readIdentity` takes. */
export const IDENTITY_WORDS = 13

export const hexWord = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/** `16x16x4, W8A8P10`. */
export const describeEngine = (engine: ProgramEngine): string =>
  `${engine.inputLanes}x${engine.outputLanes}x${engine.pixels}, W${engine.weightBits}A${engine.activationBits}P${engine.tableBits}`

/** Header words 11 and 12; `assay` has 0 in both. */
export const describeArithmetic = ({ requantise, add }: ArithmeticWords): string =>
  `${hexWord(requantise)} ${hexWord(add)}`

/** @param words the header's first 13 at least */
export function readIdentity(words: ArrayLike<number>): ProgramIdentity {
  const word = (index: number): number => (words[index] ?? 0) >>> 0
  const low = (index: number): number => word(index) & 0xffff
  const high = (index: number): number => word(index) >>> 16
  return {
    magic: word(0),
    version: word(1),
    engine: {
      inputLanes: low(2),
      outputLanes: high(2),
      pixels: low(3),
      weightBits: high(3),
      activationBits: low(4),
      tableBits: high(4),
    },
    modelId: word(5),
    arithmetic: { requantise: word(11), add: word(12) },
  }
}

/** Why a program does not fit a run, naming what it is and what was expected; null if it fits. */
export function describeMisfit(
  program: ProgramIdentity,
  expected: Pick<ProgramIdentity, 'engine' | 'modelId' | 'arithmetic'>,
): string | null {
  if (program.magic !== PROGRAM_MAGIC)
    return `it begins with ${hexWord(program.magic)}, a program with ${hexWord(PROGRAM_MAGIC)}`
  if (program.version !== PROGRAM_VERSION)
    return `the program has format version ${program.version}, the run is for version ${PROGRAM_VERSION}`
  const [own, wanted] = [describeEngine(program.engine), describeEngine(expected.engine)]
  if (own !== wanted) return `the program is for ${own}, the run is for ${wanted}`
  const [did, does] = [describeArithmetic(program.arithmetic), describeArithmetic(expected.arithmetic)]
  if (did !== does) return `the program is for arithmetic ${did}, the run is for ${does}`
  if (program.modelId !== expected.modelId)
    return `the program belongs to model ${hexWord(program.modelId)}, the run is for model ${hexWord(expected.modelId)}`
  return null
}
