/** The chained diff runs the whole program from the image and compares every layer's output as the detector writes it. */

import { readBoxes } from '../../detector/boxes.ts'
import { cycleBudget } from '../../detector/budget.ts'
import { countForeign, loadTensor, tryInstructions } from '../../detector/run.ts'
import type { NmsResult } from '../../golden/types.ts'
import { type BoxesResult, isRed, type LayerResult } from '../../result/result.ts'
import type { RomSet } from '../../rom/emit.ts'
import type { SimulationError } from '../../simulate/simulation-error.ts'
import type { BulkDut } from '../../simulate/types.ts'
import type { Progress } from '../files/progress.ts'
import { type BoxesRun, detectStep, failedBoxes, toBoxesResult } from './boxes.ts'
import { diffStep, failedLayer } from './layer.ts'
import type { Reference } from './reference.ts'

export interface ChainedRun {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
  /** Cycles and time of the whole run, start to done. */
  readonly cycles: number
  readonly seconds: number
}

/** Runs the whole program. A layer's cycles count from the last write of the previous layer to its own last write. */
export async function simulateChained(
  dut: BulkDut,
  reference: Reference,
  progress: Progress,
): Promise<ChainedRun> {
  const { graph, golden, expectedBoxes, roms } = reference
  const { steps } = roms
  const input = graph.nodes[0]!.name
  await loadTensor(dut, golden.get(input)!, roms.placements.get(input)!, roms.engine)
  const budget = steps.reduce((sum, step) => sum + cycleBudget(step, roms), 0)
  const task = progress.start('simulate the whole network from the image')
  const run = await tryInstructions(dut, roms, 0, steps.length - 1, {
    withinCycles: budget,
    noProgressCycles: longestSilence(roms),
    onProgress: (cycle) => task.update(Math.min(1, cycle / (budget / 10)), `cycle ${cycle}`),
  })
  const { failure } = run
  const stopped = failure === null ? steps.length : stepOf(failure)
  const layers: LayerResult[] = []
  const writers = steps.flatMap((step, pc) => (step.writes === null ? [] : [pc]))
  // Words that no instruction should have written count as the last layer's.
  const foreign = countForeign(run, new Set(writers)) + run.idle
  let last = 0
  for (const pc of writers) {
    if (failure !== null && pc >= stopped) {
      layers.push(stoppedLayer(reference, pc, failure, pc === stopped))
      continue
    }
    const end = run.taps.get(pc)?.cycles.at(-1) ?? last
    const cycles = end - last
    const seconds = (run.seconds * cycles) / run.cycles
    last = end
    const own = pc === writers.at(-1) ? foreign : 0
    layers.push(diffStep(reference, pc, { ...run, cycles, seconds }, own))
  }
  let boxes: BoxesRun | null = null
  if (expectedBoxes !== null && failure !== null)
    boxes = { result: stoppedBoxes(expectedBoxes, failure, steps[stopped]?.writes === null), detected: null }
  else if (expectedBoxes !== null) {
    const cycles = run.cycles - last
    const detected = await readBoxes(dut)
    const own = { cycles, seconds: (run.seconds * cycles) / run.cycles }
    boxes = { result: toBoxesResult(reference, detectStep(roms), detected, own), detected }
  }
  const red = layers.filter(isRed).length
  task.done(`${layers.length} layers${red === 0 ? '' : `, ${red} red`}`)
  return { layers, boxes, cycles: run.cycles, seconds: run.seconds }
}

/** Cycles that may pass without a written word. DETECT writes none, so its whole budget counts. */
function longestSilence(roms: RomSet): number {
  const pc = detectStep(roms)
  return Math.max(200_000, pc < 0 ? 0 : cycleBudget(roms.steps[pc]!, roms))
}

/** Index of the instruction at which a run stopped. */
const stepOf = ({ watched }: SimulationError): number => Number(watched.pc_o ?? 0)

const waitedFor = ({ message }: SimulationError): string =>
  `not run: the chain stopped before it (${message})`

/** Makes the result of the layer at which a run stopped, or of a layer after it. */
function stoppedLayer(
  reference: Reference,
  pc: number,
  error: SimulationError,
  isFirst: boolean,
): LayerResult {
  if (isFirst) return failedLayer(reference, pc, error)
  return { ...failedLayer(reference, pc, { message: waitedFor(error), cycle: 0 }), notRun: true }
}

function stoppedBoxes(expected: NmsResult, error: SimulationError, isFirst: boolean): BoxesResult {
  if (isFirst) return failedBoxes(expected, error)
  return { ...failedBoxes(expected, { message: waitedFor(error), cycle: 0 }), notRun: true }
}
