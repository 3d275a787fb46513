/**
 * This file makes the waveform of what is first wrong in the detector. The failing part runs again on a model with tracing, which
 * writes only the cycles around the wrong write.
 */
import { limitsOf } from '../../detector/budget.ts'
import { loadTensor, runInstructions } from '../../detector/run.ts'
import { describeBoxes } from '../../diff/boxes.ts'
import type { Mismatch } from '../../diff/compare.ts'
import { describeLayer } from '../../regress/from-result.ts'
import { accumulatorCount, detectorGroups, type Lane, tapTime } from '../../report/gtkwave.ts'
import {
  type BoxesResult,
  boxesAreRed,
  isRed,
  type LayerResult,
  type SimResult,
  statusOf,
  type WaveformResult,
} from '../../result/result.ts'
import { planConvLanes } from '../../rom/weights.ts'
import { type BulkDut, type SimulateOptions, simulateInChild } from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { detectStep } from '../bench/boxes.ts'
import { runIsolated } from '../bench/layer.ts'
import type { Progress } from '../files/progress.ts'
import { untilItEnds, writeWaveform } from '../report/waveform.ts'

type TracedBench = Pick<SimulationBench, 'graph' | 'roms' | 'golden' | 'simulation' | 'output'>

/** What is traced: one part from its golden input, or the chain up to it. */
interface Fault {
  readonly name: string
  readonly op: string
  /** What is wrong. */
  readonly title: string
  readonly lane: Lane | null
  /** Runs it, and returns the cycle of the model to look at. A failure of the model has its own. */
  readonly run: (dut: BulkDut) => Promise<number>
}

/** Whether the part is red by what it did in this run. */
export const isFaulty = (part: LayerResult | BoxesResult): boolean =>
  statusOf(part) === 'differs' || statusOf(part) === 'failed'

function chooseFault(bench: TracedBench, { mode, layers, boxes, replay }: SimResult): Fault | null {
  const red = layers.find(isFaulty)
  const isChained = mode === 'chained'
  if (red === undefined) {
    const wrong = boxesAreRed(boxes) && isFaulty(boxes!) ? boxes! : null
    return wrong === null ? null : faultOfBoxes(bench, wrong, isChained)
  }
  if (!isChained) return faultOf(bench, red, false)
  const alone = replay?.alone === true && isRed(replay.result)
  return alone ? faultOf(bench, replay.result, false) : faultOf(bench, red, true)
}

function faultOf(bench: TracedBench, layer: LayerResult, isChained: boolean): Fault {
  const { roms, graph, golden } = bench
  const { name, op, first } = layer
  const pc = roms.steps.findIndex((step) => step.name === name)
  const run = async (dut: BulkDut) => {
    if (!isChained) return runIsolated(dut, bench, pc)
    const input = graph.nodes[0]!.name
    await loadTensor(dut, golden.get(input)!, roms.placements.get(input)!, roms.engine)
    return runInstructions(dut, roms, 0, pc, { ...limitsOf(roms.steps[pc]!, roms), withinCycles: 1e9 })
  }
  return {
    name,
    op,
    title: describeLayer(layer),
    lane: first === null ? null : laneOf(bench, name, first),
    run: async (dut) => {
      const { startCycle, cycles } = await run(dut)
      // An element that was never written has no cycle: the end shows what came in its place.
      return startCycle + (first?.cycle ?? cycles)
    },
  }
}

/** Which accumulators of the array make an element of a convolution (docs/detector.md, "Order of work"). */
function laneOf({ graph, roms }: TracedBench, name: string, { channel, x }: Mismatch): Lane | null {
  const { placements, engine } = roms
  const node = graph.nodes.find((each) => each.name === name)
  if (node?.op !== 'conv') return null
  const [input, output] = [placements.get(node.inputs[0])!, placements.get(node.name)!]
  const { outputs } = planConvLanes(node, input, output, engine)
  return { pixel: x % engine.pixels, output: outputs.indexOf(channel) % engine.outputLanes }
}

/** Cycles after which the number of boxes is looked at. It is below what the waveform shows before its cycle. */
const LOOK = 256

function faultOfBoxes(bench: TracedBench, boxes: BoxesResult, isChained: boolean): Fault {
  const { roms, graph, golden } = bench
  const pc = detectStep(roms)
  const { first, error } = boxes
  // Totals are wrong at the end.
  const wrong =
    first === null || ['count', 'candidates', 'overflow'].includes(first.field) ? null : first.index
  const reads = isChained ? [graph.nodes[0]!.name] : [...new Set(roms.steps[pc]!.reads)]
  const run = async (dut: BulkDut): Promise<number> => {
    for (const name of reads)
      await loadTensor(dut, golden.get(name)!, roms.placements.get(name)!, roms.engine)
    await dut.write({ first_i: isChained ? 0 : pc, last_i: pc, start_i: 1 })
    await dut.step()
    await dut.write({ start_i: 0 })
    const { startCycle, cycles } = await dut.run({ until: 'busy_o', withinCycles: 1000 })
    let cycle = startCycle + cycles
    const { withinCycles } = limitsOf(roms.steps[pc]!, roms)
    for (const end = cycle + (isChained ? 1e9 : withinCycles); cycle < end; cycle += LOOK) {
      const [busy, count] = await dut.read('busy_o', 'box_count_o')
      if (busy === 0 || (wrong !== null && Number(count) > wrong)) break
      await dut.step(LOOK)
    }
    return cycle
  }
  return { name: 'boxes', op: 'detect', title: error ?? describeBoxes(boxes), lane: null, run }
}

/** The accumulators are an array that is larger than what Verilator traces by itself. */
const traced = (bench: TracedBench, waveform: SimulateOptions['waveform'] & {}): Promise<BulkDut> => {
  const { verilatorFlags = [] } = bench.simulation
  const largest = ['--trace-max-array', String(accumulatorCount(bench.roms.engine))]
  return simulateInChild({ ...bench.simulation, verilatorFlags: [...largest, ...verilatorFlags], waveform })
}

/** @returns null if nothing is wrong that a run could show. */
export async function traceFault(
  bench: TracedBench,
  result: SimResult,
  progress: Progress,
): Promise<WaveformResult | null> {
  const fault = chooseFault(bench, result)
  if (fault === null) return null
  const { name, op, title, lane, run } = fault
  const task = progress.start(`build with tracing, trace ${name}`)
  try {
    // A fresh model without tracing shows at which of its cycles the fault lies; a traced model then comes to the same.
    const plain = await simulateInChild(bench.simulation)
    const end = await untilItEnds(() => run(plain)).finally(() => plain.close())
    const cycle = end instanceof SimulationError ? end.cycle : end
    const groups = () => detectorGroups(`${title}, ${tapTime(cycle)} ps`, op, bench.roms.engine, lane)
    const open = (waveform: SimulateOptions['waveform'] & {}) => traced(bench, waveform)
    const made = await writeWaveform(
      { name, cycle, open, run, groups },
      bench.output.waveFolder ?? bench.output.folder,
    )
    task.done(`${made.toCycle - made.fromCycle + 1} cycles around it`)
    return made
  } catch (error) {
    task.done('none')
    throw error
  }
}
