/** The chained diff: the detector runs the whole program from the image, and every layer's output is compared as it was written. */
import type { IntegerGraph, NmsResult } from '../golden/types.ts'
import { isRed, type LayerResult } from '../report/result.ts'
import type { RomSet } from '../rom/emit.ts'
import { countForeign, loadTensor, readBoxes, runInstructions, type StepRun } from '../simulate/detector.ts'
import { SimulationError } from '../simulate/errors.ts'
import type { BulkDut } from '../simulate/types.ts'
import { type BoxesRun, detectStep, toBoxesResult } from './boxes.ts'
import { cycleBudget, diffStep, failedLayer, type Golden } from './isolated.ts'
import type { Progress } from './progress.ts'

export interface ChainedRun {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
  /** Cycles and time of the whole run, start to done. */
  readonly cycles: number
  readonly seconds: number
}

/** Runs the whole program. Cycles of a layer are counted from the last write of the one before to its own last write. */
export async function simulateChained(
  dut: BulkDut,
  graph: IntegerGraph,
  golden: Golden,
  expectedBoxes: NmsResult | null,
  roms: RomSet,
  progress: Progress,
): Promise<ChainedRun> {
  const { steps } = roms
  const input = graph.nodes[0]!.name
  await loadTensor(dut, golden.get(input)!, roms.placements.get(input)!, roms.engine)
  const budget = steps.reduce((sum, step) => sum + cycleBudget(step, roms), 0)
  const task = progress.start('simulate the whole network from the image')
  let run: StepRun
  try {
    run = await runInstructions(dut, roms, 0, steps.length - 1, {
      withinCycles: budget,
      noProgressCycles: longestSilence(roms),
      onProgress: (cycle) => task.update(Math.min(1, cycle / (budget / 10)), `cycle ${cycle}`),
    })
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    task.done('failed')
    const layers = [failedLayer(stepAt(error, steps), graph, error)]
    return { layers, boxes: null, cycles: error.cycle, seconds: 0 }
  }
  const layers: LayerResult[] = []
  const writers = steps.flatMap((step, pc) => (step.writes === null ? [] : [pc]))
  // What nobody should have written is laid to the last layer's charge.
  const foreign = countForeign(run, new Set(writers)) + run.late
  let last = 0
  for (const pc of writers) {
    const step = steps[pc]!
    const end = run.taps.get(pc)?.cycles.at(-1) ?? last
    const cycles = end - last
    const seconds = (run.seconds * cycles) / run.cycles
    last = end
    const own = pc === writers.at(-1) ? foreign : 0
    layers.push(diffStep(step, pc, { ...run, cycles, seconds }, graph, golden, roms, own))
  }
  let boxes: BoxesRun | null = null
  if (expectedBoxes !== null) {
    const cycles = run.cycles - last
    const detected = await readBoxes(dut)
    const own = { cycles, seconds: (run.seconds * cycles) / run.cycles }
    boxes = { result: toBoxesResult(expectedBoxes, detected, own), detected }
  }
  const red = layers.filter(isRed).length
  task.done(`${layers.length} layers${red === 0 ? '' : `, ${red} red`}`)
  return { layers, boxes, cycles: run.cycles, seconds: run.seconds }
}

/** Cycles without a word written: DETECT writes none. */
function longestSilence(roms: RomSet): number {
  const pc = detectStep(roms)
  return Math.max(200_000, pc < 0 ? 0 : cycleBudget(roms.steps[pc]!, roms))
}

/** The layer at which a run stopped; the last one before it where that is DETECT, which writes none. */
function stepAt(error: SimulationError, steps: RomSet['steps']): RomSet['steps'][number] {
  const pc = Number(error.watched.pc_o ?? 0)
  const until = steps.slice(0, pc + 1).findLast(({ writes }) => writes !== null)
  return until ?? steps.find(({ writes }) => writes !== null)!
}
