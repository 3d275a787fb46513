/** An integer graph on the RTL: ROMs from the emitter, the whole program from the image, every tensor and the boxes against the spec. */

import { type DetectorBoxes, readBoxes } from '../../src/detector/boxes.ts'
import { detectorOptions } from '../../src/detector/options.ts'
import { loadTensor, runInstructions } from '../../src/detector/run.ts'
import { compareTensors } from '../../src/diff/compare.ts'
import { detectGeometry } from '../../src/golden/head-geometry.ts'
import { detectSpec } from '../../src/golden/head-spec.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { Codes, IntegerGraph, NmsOptions, NmsResult } from '../../src/golden/types.ts'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { romPaths } from '../../src/pipeline/roms/files.ts'
import { writeRomFiles } from '../../src/pipeline/roms/write.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { unpackTensor } from '../../src/rom/pack.ts'
import type { EngineParameters } from '../../src/rom/parameters.ts'
import { simulate } from '../../src/simulate/index.ts'
import { makeFolder } from './prepared.ts'
import { VERILATOR_CACHE } from './shared-data.ts'

export interface ProgramRun {
  /** Layers whose words differ in any way, described; empty where all is exact. */
  readonly red: readonly string[]
  /** Layers compared. */
  readonly layers: number
  /** What each DETECT found, and what the spec says. */
  readonly boxes: readonly { readonly received: DetectorBoxes; readonly expected: NmsResult }[]
}

const LIMITS = { withinCycles: 20_000_000, noProgressCycles: 1_000_000 }

/** Runs a graph chained from its image. With `nms`, the program ends with one DETECT for each. */
export async function runProgram(
  graph: IntegerGraph,
  engine: EngineParameters,
  image: Codes,
  nms: readonly NmsOptions[] = [],
): Promise<ProgramRun> {
  const roms = emitRoms(graph, engine, 0x1234abcd, nms)
  const folder = makeFolder()
  await writeRomFiles(folder, roms, 'random')
  const options = detectorOptions(roms, await readSourceList(), romPaths(folder))
  await using dut = await simulate({ ...options, cacheDir: VERILATOR_CACHE })
  const input = graph.nodes[0]!.name
  await loadTensor(dut, image, roms.placements.get(input)!, engine)

  const golden = runSpec(graph, image)
  const last = roms.steps.findLastIndex(({ writes }) => writes !== null)
  const { taps } = await runInstructions(dut, roms, 0, last, LIMITS)
  const red: string[] = []
  for (const [pc, step] of roms.steps.entries()) {
    if (step.writes === null || step.place === null) continue
    const expected = golden.get(step.writes)!
    const { shape } = graph.nodes.find(({ name }) => name === step.writes)!
    const words = taps.get(pc)
    if (words === undefined) {
      red.push(`${step.name} wrote nothing`)
      continue
    }
    const { codes, stray, repeated } = unpackTensor(words, expected.length, step.place, engine)
    const { mismatches } = compareTensors(expected, codes, shape)
    if (mismatches + stray + repeated > 0)
      red.push(`${step.name}: ${mismatches} differ, ${stray} stray, ${repeated} repeated`)
  }

  const boxes: { received: DetectorBoxes; expected: NmsResult }[] = []
  const logits = (of: 'box' | 'cls') => graph.detect.levels.map((level) => golden.get(level[of])!)
  for (const [index, own] of nms.entries()) {
    await runInstructions(dut, roms, last + 1 + index, last + 1 + index, LIMITS)
    const expected = detectSpec(detectGeometry(graph), graph.head!, logits('box'), logits('cls'), own)
    boxes.push({ received: await readBoxes(dut), expected })
  }
  return { red, layers: roms.steps.filter(({ writes }) => writes !== null).length, boxes }
}
