/**
 * The self-test shows that the diff can fail. It flips one bit at a time in the golden data of every layer and in every ROM, and plants
 * faults in the RTL. Each must go red where it was made, and nowhere else.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '../../golden/random.ts'
import type { Flip, SelftestResult } from '../../report/selftest.ts'
import { removePath, writeWhole } from '../../store/files.ts'
import { prepareSimulation, type SimulationBench } from '../bench/bench.ts'
import type { SimulationOptions } from '../bench/options.ts'
import type { Progress } from '../files/progress.ts'
import { flipBoxes, flipGolden } from './golden.ts'
import { flipRoms } from './roms.ts'
import { flipRtl } from './rtl.ts'
import { findRed, flipNothing, recordAll, selftestFolder } from './run.ts'

export interface SelftestOptions {
  /** Options of the simulation, which runs all layers in isolated mode. */
  readonly simulation: Omit<SimulationOptions, 'plan'>
  /** Seed of the choice of bits. */
  readonly seed: number
  /** false: skips the faults planted in the RTL, which take a build. */
  readonly rtl: boolean
}

export async function runSelftest(options: SelftestOptions, progress: Progress): Promise<SelftestResult> {
  const begin = performance.now()
  const { model, rtl, output } = options.simulation
  const path = join(output.folder, 'selftest.json')
  // If this run dies, an earlier result must not pass for its own.
  await removePath(path)
  const bench = await prepareSimulation({ ...options.simulation, plan: { mode: 'isolated' } }, progress)
  const task = progress.start('run every layer once')
  const recorded = await recordAll(bench, { romFolder: join(output.folder, 'roms') })
  task.done(`${recorded.runs.size} layers`)
  const reds = findRed(recorded, bench, bench.golden, bench.expectedBoxes)
  const { flips, skipped } =
    reds.length === 0 ? await flipAll(bench, recorded, options, progress) : { flips: [], skipped: [] }
  await rm(selftestFolder(bench), { recursive: true, force: true })
  const all = [flipNothing(reds), ...flips]
  const { inputLanes, outputLanes, pixels } = rtl.engine
  const result: SelftestResult = {
    model: model.name,
    image: bench.image.path,
    array: `${inputLanes}x${outputLanes}x${pixels}`,
    seed: options.seed,
    verdict: all.every(({ caught }) => caught) ? 'all caught' : 'something stayed green',
    flips: all,
    skipped: [
      ...skipped,
      ...(reds.length > 0
        ? ['everything else: something is red without a flip, so fix that first (assay sim)']
        : []),
      ...(bench.expectedBoxes?.boxes.length === 0
        ? ['boxes: this image has none, choose another with --image']
        : []),
    ],
    seconds: (performance.now() - begin) / 1000,
  }
  await writeWhole(path, `${JSON.stringify(result, null, 2)}\n`)
  return result
}

async function flipAll(
  bench: SimulationBench,
  recorded: Awaited<ReturnType<typeof recordAll>>,
  options: SelftestOptions,
  progress: Progress,
): Promise<{ readonly flips: readonly Flip[]; readonly skipped: readonly string[] }> {
  const random = createRandom(options.seed)
  const steps = progress.start('flip a bit of every golden tensor')
  const golden = [...flipGolden(bench, recorded, random), ...flipBoxes(bench, recorded, random)]
  steps.done(`${golden.length} flips`)
  const inRoms = progress.start('flip a bit of every ROM')
  const { flips, skipped } = await flipRoms(bench, random, (index, count, name) =>
    inRoms.update(index / count, name),
  )
  inRoms.done(`${flips.length} flips`)
  if (!options.rtl) return { flips: [...golden, ...flips], skipped }
  const inRtl = progress.start('wake the faults planted in the RTL')
  const rtl = await flipRtl(bench, random, (index, count, name) => inRtl.update(index / count, name))
  inRtl.done(`${rtl.flips.length} faults, one build`)
  return { flips: [...golden, ...flips, ...rtl.flips], skipped: [...skipped, ...rtl.skipped] }
}
