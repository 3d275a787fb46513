/** Messages for the detector's error codes and failures. Each names the layer and both sides. */
import type { ArithmeticWords } from '../rom/arithmetic-words.ts'
import type { RomSet } from '../rom/emit.ts'
import { PROGRAM_VERSION } from '../rom/program.ts'
import { describeArithmetic, describeEngine, hexWord, type ProgramEngine } from '../rom/program-header.ts'
import { SimulationError } from '../simulate/simulation-error.ts'
import type { BulkDut } from '../simulate/types.ts'

const ERRORS: Readonly<Record<number, (roms: RomSet) => string>> = {
  1: () => `the program ROM is not a program of format version ${PROGRAM_VERSION}`,
  2: ({ engine, arithmetic }) =>
    `the program ROM is for other parameters than ${describeEngine(engine)}${nameArithmetic(arithmetic)}`,
  3: ({ modelId }) => `the parameter ROM belongs to another model than the program's ${hexWord(modelId)}`,
  4: () => 'the program holds an unknown opcode, or the instruction is not in the program',
  5: () => 'the program needs more memory, or more levels of the detect head, than the detector has',
  6: () =>
    'the instruction has a size of 0, a field that the hardware does not have, or reaches beyond a memory',
  7: () => 'the memory of the weights answered with an error',
}

/** The parameters that a model of the detector was built with; null for another module. */
function builtEngine({ module }: BulkDut): ProgramEngine | null {
  const value = (name: string): number => Number(module.parameters.find((one) => one.name === name)?.value)
  const engine = {
    inputLanes: value('PI'),
    outputLanes: value('PO'),
    pixels: value('PX'),
    weightBits: value('WeightBits'),
    activationBits: value('ActivationBits'),
    tableBits: value('TableBits'),
  }
  return Object.values(engine).some(Number.isNaN) ? null : engine
}

/** As `builtEngine`. A copy of the RTL without these parameters computes as `assay`. */
function builtArithmetic({ module }: BulkDut): ArithmeticWords {
  const value = (name: string): number =>
    Number(module.parameters.find((one) => one.name === name)?.value ?? 0)
  return { requantise: value('RequantiseArithmetic'), add: value('AddArithmetic') }
}

/** Nothing for `assay`. */
const nameArithmetic = (words: ArithmeticWords): string =>
  words.requantise === 0 && words.add === 0 ? '' : `, arithmetic ${describeArithmetic(words)}`

/** Refuses, before the first cycle, what the detector would refuse with error 2; the message names both sides. */
export function checkBuilt(dut: BulkDut, roms: RomSet): void {
  const engine = builtEngine(dut)
  if (engine === null) return
  const built = `${describeEngine(engine)}${nameArithmetic(builtArithmetic(dut))}`
  const wanted = `${describeEngine(roms.engine)}${nameArithmetic(roms.arithmetic)}`
  if (built === wanted) return
  const message = `detector: the program is for ${wanted}, the model was built for ${built}`
  throw new SimulationError(message, { kind: 'assertion', top: dut.module.name, cycle: 0 })
}

const describeStep = (roms: RomSet, pc: number): string =>
  `instruction ${pc}, ${roms.steps[pc]?.name ?? 'which the program does not have'}`

/**
 * Adds the layer at which a run stopped to its failure, and counts the cycle that its message names from the start of the run, as that of
 * a difference is counted: the cycle in which `start_i` is high, one before the model's `run` begins, has number 0.
 */
export function nameStep(error: SimulationError, roms: RomSet): SimulationError {
  const { kind, top, cycle, startCycle, file, line, watched, output, message } = error
  const own =
    startCycle === null
      ? message
      : message.replace(`${top}, cycle ${cycle}`, `${top}, cycle ${cycle - startCycle + 1} of the run`)
  const text = typeof watched.pc_o === 'number' ? `${own} (at ${describeStep(roms, watched.pc_o)})` : own
  return new SimulationError(text, {
    kind,
    top,
    cycle,
    startCycle,
    file,
    line,
    watched,
    output,
    cause: error,
  })
}

/** Reads the error that the detector itself reports; null if there is none. @param ended the cycle of the model, and that of its start */
export async function readError(
  dut: BulkDut,
  roms: RomSet,
  { cycles, startCycle }: { readonly cycles: number; readonly startCycle: number },
): Promise<SimulationError | null> {
  const [error, pc] = await dut.read('error_o', 'pc_o')
  if (error === 0) return null
  const what = ERRORS[Number(error)]?.(roms) ?? `error ${error}`
  // A ROM is as deep as the detector can take; that a model's file is shorter is no news.
  const printed = (await dut.takeOutput()).replace(/^%Warning: .*: \$readmem file has .*\n?/gm, '').trim()
  const message = `detector: ${what} (error ${error} at ${describeStep(roms, Number(pc))})`
  return new SimulationError(printed === '' ? message : `${message}\n  ${printed}`, {
    kind: 'assertion',
    top: 'detector',
    cycle: startCycle + cycles,
    startCycle,
    watched: { pc_o: pc, error_o: error },
    output: printed,
  })
}
