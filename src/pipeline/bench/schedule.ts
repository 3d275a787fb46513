/** This file decides in which order layers run. */
import type { RomSet, Step } from '../../rom/emit.ts'

/** Estimates the cycles of an instruction from its sizes. The estimate orders work and appears in no report. */
export function estimateCycles(step: Step, roms: RomSet): number {
  const { instruction } = step
  // Decode and scores take a few cycles per anchor and class; suppression depends on the image.
  if (instruction.op === 'detect')
    return instruction.levels.reduce((sum, { width, height }) => sum + 10 * width * height, 20_000)
  const { inputBlocks, outputBlocks, outputHeight, outputWidth } = instruction
  const kernel = instruction.op === 'conv' || instruction.op === 'max-pool' ? instruction.kernel : 1
  const groups = outputHeight * Math.ceil(outputWidth / roms.engine.pixels)
  return groups * outputBlocks * kernel * kernel * (instruction.op === 'conv' ? inputBlocks : 1)
}

/** Puts layers that failed last time first, then the slowest, so that no long layer is left for the end. */
export function orderLayers(
  chosen: readonly number[],
  roms: RomSet,
  failed: ReadonlySet<string>,
): readonly number[] {
  const rank = (pc: number): number => (failed.has(roms.steps[pc]!.name) ? 0 : 1)
  const cycles = new Map(chosen.map((pc) => [pc, estimateCycles(roms.steps[pc]!, roms)]))
  return [...chosen].sort((a, b) => rank(a) - rank(b) || cycles.get(b)! - cycles.get(a)! || a - b)
}
