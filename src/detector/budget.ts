/** This file computes the cycles after which a run of the detector counts as hung. */

import type { RomSet, Step } from '../rom/emit.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import type { DetectInstruction } from '../rom/program.ts'
import type { RunLimits } from './run.ts'

/** Cycles of DETECT at its slowest: two scans, the walks of the sort, and a comparison of every candidate with every kept box. */
function detectCycles(
  { levels, classes, multiLabel, maxDetections }: DetectInstruction,
  { inputLanes, activationBits, capacity }: EngineParameters,
): number {
  const anchors = levels.reduce((sum, { width, height }) => sum + width * height, 0)
  const scan = anchors * Math.ceil(classes / inputLanes) + (multiLabel ? anchors * classes : 0)
  const boxes = Math.min(capacity, anchors * (multiLabel ? classes : 1))
  return 2 * scan + 2 * 2 ** activationBits + boxes * Math.max(130, maxDetections + 10) + 200
}

/** Cycles after which a step counts as hung: several times what the slowest schedule needs. */
export function cycleBudget(step: Step, roms: RomSet): number {
  const { instruction } = step
  if (instruction.op === 'detect') return 100_000 + 2 * detectCycles(instruction, roms.engine)
  const { inputBlocks, outputBlocks, outputHeight, outputWidth } = instruction
  const kernel = instruction.op === 'conv' || instruction.op === 'max-pool' ? instruction.kernel : 1
  const pixels = outputHeight * (outputWidth + roms.engine.pixels)
  return 100_000 + 8 * pixels * outputBlocks * (kernel * kernel * inputBlocks + roms.engine.pixels)
}

export const limitsOf = (step: Step, roms: RomSet): RunLimits => ({
  withinCycles: cycleBudget(step, roms),
  noProgressCycles: step.instruction.op === 'detect' ? cycleBudget(step, roms) : 200_000,
})
