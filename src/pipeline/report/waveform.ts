/** This file writes the waveform of what went wrong, with a save file for GTKWave. Only red runs take this time. */
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathName } from '../../input/path-name.ts'
import { renderSaveFile, type SignalGroup } from '../../report/gtkwave.ts'
import type { WaveformResult } from '../../result/result.ts'
import type { BulkDut, ModuleInterface, SimulateOptions } from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import { writeWhole } from '../../store/files.ts'

const CYCLES_BEFORE = 300
const CYCLES_AFTER = 50

/** What is traced. */
export interface Scene {
  /** A layer, or `boxes`: it names the files. */
  readonly name: string
  /** Cycle of the model to look at. */
  readonly cycle: number
  readonly open: (waveform: SimulateOptions['waveform'] & {}) => Promise<BulkDut>
  /** The same run again. */
  readonly run: (dut: BulkDut) => Promise<unknown>
  readonly groups: (module: ModuleInterface) => readonly SignalGroup[]
}

/** Runs a scene on a model that traces the cycles around its own. @param folder of the run. */
export async function writeWaveform(scene: Scene, folder: string): Promise<WaveformResult> {
  const { name, cycle, groups } = scene
  const [fromCycle, toCycle] = [Math.max(0, cycle - CYCLES_BEFORE), cycle + CYCLES_AFTER]
  const waves = join(folder, 'waves')
  await mkdir(waves, { recursive: true })
  const [fst, gtkw] = [pathName(`${name}.fst`, 'layer'), pathName(`${name}.gtkw`, 'layer')]
  const [file, save] = [resolve(waves, fst), resolve(waves, gtkw)]
  // Another run may trace the same layer. Each run writes its own file, and the last one stays.
  const own = `${file}.${process.pid}`
  let module: ModuleInterface
  try {
    const dut = await scene.open({ file: own, fromCycle, toCycle })
    module = dut.module
    // A run that fails after the traced cycles has a whole waveform.
    await untilItEnds(() => scene.run(dut)).finally(() => dut.close())
    if ((await stat(own)).size === 0) throw new Error('nothing was recorded')
    await rename(own, file)
  } finally {
    await rm(own, { force: true })
  }
  await writeWhole(save, renderSaveFile({ file: fst, save: gtkw, cycle, groups: groups(module) }))
  return { layer: name, file, save, fromCycle, cycle, toCycle }
}

/**
 * Runs until the end or a failure of the model.
 * @returns the failure, or what the run returns.
 * @throws what is no failure of the model, and one that leaves no model behind.
 */
export async function untilItEnds<Value>(run: () => Promise<Value>): Promise<Value | SimulationError> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof SimulationError) || error.kind === 'crash') throw error
    return error
  }
}
