/** This file runs all layers of a model once and lists what is red against given golden data. */
import { join } from 'node:path'
import { detectorOptions } from '../../detector/options.ts'
import type { StepRun } from '../../detector/run.ts'
import { compareBoxes } from '../../diff/boxes.ts'
import type { Mismatch } from '../../diff/compare.ts'
import type { NmsResult } from '../../golden/types.ts'
import type { Flip } from '../../report/selftest.ts'
import { isRed } from '../../result/result.ts'
import { simulateInChild } from '../../simulate/index.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { runDetectIsolated } from '../bench/boxes.ts'
import { diffStep, runIsolated } from '../bench/layer.ts'
import type { Golden } from '../bench/reference.ts'
import { romPaths } from '../roms/files.ts'

/** What the RTL computed, indexed by instruction. */
export interface Recorded {
  readonly runs: ReadonlyMap<number, StepRun>
  readonly boxes: NmsResult | null
}

/** One red layer, or the red boxes. */
export interface Red {
  readonly layer: string
  readonly mismatches: number
  /** Null for boxes, and for a layer that is red only for stray words. */
  readonly first: Mismatch | null
  /** The first wrong field of the boxes; null for a layer. */
  readonly field: string | null
}

/** Opens the RTL on the ROMs of a folder and runs every layer from its golden input. */
export async function recordAll(
  bench: SimulationBench,
  at: { readonly romFolder: string; readonly sources?: readonly string[] },
): Promise<Recorded> {
  const { roms, simulation, expectedBoxes } = bench
  const options = {
    ...detectorOptions(roms, at.sources ?? simulation.sources, romPaths(at.romFolder)),
    includeDirs: bench.rtl.includeDirs,
    cacheDir: bench.store.cacheDir,
    environment: bench.environment,
    // RTL that was broken on purpose is no mistake.
    warnings: at.sources === undefined ? ('show' as const) : ('ignore' as const),
  }
  await using dut = await simulateInChild(options)
  const runs = new Map<number, StepRun>()
  for (const [pc, step] of roms.steps.entries())
    if (step.writes !== null) runs.set(pc, await runIsolated(dut, bench, pc))
  const boxes = expectedBoxes === null ? null : await runDetectIsolated(dut, bench)
  if (boxes?.result.error != null) throw new Error(`DETECT did not end: ${boxes.result.error}`)
  return { runs, boxes: boxes?.detected ?? null }
}

/** Lists everything that is red against the given golden data, in order. */
export function findRed(
  recorded: Recorded,
  bench: SimulationBench,
  golden: Golden,
  expectedBoxes: NmsResult | null,
): readonly Red[] {
  const red: Red[] = []
  for (const [pc, run] of recorded.runs) {
    const layer = diffStep({ ...bench, golden }, pc, run)
    if (isRed(layer))
      red.push({ layer: layer.name, mismatches: layer.mismatches, first: layer.first, field: null })
  }
  if (expectedBoxes !== null && recorded.boxes !== null) {
    const { mismatches, first } = compareBoxes(expectedBoxes, recorded.boxes)
    if (first !== null)
      red.push({
        layer: bench.graph.detect.name,
        mismatches,
        first: null,
        field: `box ${first.index} ${first.field}`,
      })
  }
  return red
}

export const describePlace = ({ layer, first, field }: Pick<Red, 'layer' | 'first' | 'field'>): string => {
  if (field !== null) return `${layer} ${field}`
  return first === null ? layer : `${layer} c${first.channel} y${first.y} x${first.x}`
}

export const describeReds = (reds: readonly Red[]): string => {
  const [first] = reds
  if (first === undefined) return 'nowhere'
  return reds.length === 1 ? describePlace(first) : `${describePlace(first)} and ${reds.length - 1} more`
}

/** What comes first of every selftest: without a flip nothing may be red. */
export const flipNothing = (reds: readonly Red[]): Flip => ({
  ...{ kind: 'nothing', what: 'flipped', expected: 'nowhere' },
  found: describeReds(reds),
  caught: reds.length === 0,
})

export const selftestFolder = (bench: SimulationBench): string => join(bench.output.folder, 'selftest')

/** Chooses a whole number below `count` with a source of 32-bit numbers. */
export const pick = (random: () => number, count: number): number => random() % count

export type Random = () => number
