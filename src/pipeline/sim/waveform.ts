/**
 * This file makes the waveform of the first mismatch. The failing layer runs again on a model with tracing, which writes only the cycles
 * around the wrong write. Only red runs take this time.
 */

import { mkdir, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { limitsOf } from '../../detector/budget.ts'
import { loadTensor, runInstructions } from '../../detector/run.ts'
import { pathName } from '../../input/path-name.ts'
import { ToolError } from '../../input/tool-error.ts'
import { renderSaveFile } from '../../report/gtkwave.ts'
import { isRed, type LayerResult, type SimResult, type WaveformResult } from '../../result/result.ts'
import { type BulkDut, type SimulateOptions, simulateInChild } from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import { writeWhole } from '../../store/files.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { runIsolated } from '../bench/layer.ts'
import type { Progress } from '../files/progress.ts'

const CYCLES_BEFORE = 300
const CYCLES_AFTER = 50

/** What is traced: one layer from its golden input, or the chain up to it. */
interface Scene {
  readonly layer: LayerResult
  readonly run: (dut: BulkDut) => Promise<{ readonly startCycle: number }>
}

type TracedBench = Pick<SimulationBench, 'graph' | 'roms' | 'golden' | 'simulation' | 'output'>

function chooseScene(bench: TracedBench, result: SimResult): Scene | null {
  const { roms, golden } = bench
  const red = result.layers.find((layer) => isRed(layer) && layer.first !== null)
  if (red === undefined) return null
  const pc = roms.steps.findIndex((step) => step.name === red.name)
  if (result.mode === 'isolated') return { layer: red, run: (dut) => runIsolated(dut, bench, pc) }
  if (result.replay?.alone === true && result.replay.result.first !== null)
    return { layer: result.replay.result, run: (dut) => runIsolated(dut, bench, pc) }
  const input = bench.graph.nodes[0]!.name
  return {
    layer: red,
    run: async (dut) => {
      await loadTensor(dut, golden.get(input)!, roms.placements.get(input)!, roms.engine)
      return runInstructions(dut, roms, 0, pc, { ...limitsOf(roms.steps[pc]!, roms), withinCycles: 1e9 })
    },
  }
}

const openTraced = (bench: TracedBench, waveform: SimulateOptions['waveform'] & {}): Promise<BulkDut> =>
  simulateInChild({ ...bench.simulation, waveform })

const describe = ({ output, message }: ToolError): string =>
  `${output}${message}`.includes('zlib.h')
    ? 'Verilator needs zlib.h for waveforms, and it is missing (Debian, Ubuntu: zlib1g-dev; Fedora: zlib-devel).'
    : message

/** @returns null if nothing differs, if the traced model cannot be built, or if the mismatch has no cycle to look at. */
export async function traceMismatch(
  bench: TracedBench,
  result: SimResult,
  progress: Progress,
): Promise<WaveformResult | null> {
  const scene = chooseScene(bench, result)
  const relative = scene?.layer.first?.cycle ?? null
  if (scene === null || relative === null) return null
  const task = progress.start(`trace the first mismatch of ${scene.layer.name}`)
  // A fresh model without tracing shows at which of its cycles the run starts; a traced model then starts at the same cycle.
  const plain = await simulateInChild(bench.simulation)
  const { startCycle } = await scene.run(plain).finally(() => plain.close())
  const cycle = startCycle + relative
  const [fromCycle, toCycle] = [Math.max(0, cycle - CYCLES_BEFORE), cycle + CYCLES_AFTER]
  const folder = join(bench.output.folder, 'waves')
  await mkdir(folder, { recursive: true })
  const file = resolve(folder, pathName(`${scene.layer.name}.fst`, 'layer'))
  // Another run may trace the same layer. Each run writes its own file, and the last one stays.
  const own = `${file}.${process.pid}`
  const traced = await openTraced(bench, { file: own, fromCycle, toCycle }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error
    return error
  })
  if (traced instanceof ToolError) {
    task.done('none')
    // The verdict stands without a waveform.
    progress.warn(`no waveform: ${describe(traced)}`)
    return null
  }
  try {
    await scene.run(traced)
  } catch (error) {
    // A run that fails after the traced cycles has a whole waveform.
    if (!(error instanceof SimulationError)) throw error
  } finally {
    await traced.close()
  }
  await rename(own, file)
  const save = resolve(folder, pathName(`${scene.layer.name}.gtkw`, 'layer'))
  await writeWhole(
    save,
    renderSaveFile({
      file,
      cycle,
      op: scene.layer.op,
      engine: bench.roms.engine,
      mismatch: scene.layer.first!,
    }),
  )
  task.done(`cycles ${fromCycle} to ${toCycle}`)
  return { layer: scene.layer.name, file, save, fromCycle, cycle, toCycle }
}
