/** The cost of generated stimulus, and of starting each layer from power-up. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareSimulation } from '../pipeline/bench/bench.ts'
import { runIsolated } from '../pipeline/bench/layer.ts'
import { silent } from '../pipeline/files/progress.ts'
import { simulateInChild } from '../simulate/index.ts'
import { realSimulation } from './first-light.ts'
import { atMost, type Bench, type BenchContext, type Measurement, median, timeMedian } from './measure.ts'
import { makeOut } from './out-folder.ts'
import { measureCommand } from './process.ts'

const PAIRS = 5

export const stimulusBench: Bench = {
  name: 'stimulus',
  run: async (context) => {
    const { real } = context
    if (real === null) return []
    return [await costOfStimulus(context, real), ...(await costOfRestart(context))]
  },
}

async function costOfStimulus(
  context: BenchContext,
  real: NonNullable<BenchContext['real']>,
): Promise<Measurement> {
  const { home } = context
  const out = await makeOut(context, 'stimulus')
  const run = async (choice: string): Promise<number> => {
    const args = ['sim', '--model', real.model, '--image', real.image, '--calibration', real.calibration]
    await rm(join(out, 'cache', 'evidence'), { recursive: true, force: true })
    const command = [join(home, 'dist', 'cli', 'main.js'), ...args, '--out', out, '--stimulus', choice]
    const { seconds, exitCode } = await measureCommand(process.execPath, command, { cwd: home })
    if (exitCode !== 0) throw new Error(`assay sim --stimulus ${choice} ended with ${exitCode}`)
    return seconds
  }
  // Stimuli and their golden outputs are kept by content.
  await run('all')
  const costs: number[] = []
  for (let pair = 0; pair < PAIRS; pair++) costs.push((await run('all')) - (await run('image')))
  return atMost(
    'generated stimulus on yolov8n, warm',
    median(costs),
    3,
    `median of ${PAIRS} pairs, with it less without it, wall-clock time`,
  )
}

async function costOfRestart(context: BenchContext): Promise<readonly Measurement[]> {
  const options = await realSimulation(context, 'restart')
  if (options === null) return []
  const bench = await prepareSimulation(options, silent)
  await using dut = await simulateInChild({ ...bench.simulation, restartable: true })
  const seconds: number[] = []
  for (let round = 0; round < 20; round++) {
    // The first layer writes more words than any other.
    await runIsolated(dut, bench, 0)
    seconds.push(await timeMedian(1, () => dut.restart()))
  }
  return [
    {
      what: 'back to power-up after the first layer of yolov8n',
      target: null,
      measured: `${(median(seconds) * 1000).toFixed(2)} ms`,
      met: null,
      note: 'median of 20, by a snapshot of the opened model',
    },
  ]
}
