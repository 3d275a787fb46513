/** What a random power-up costs beside its simulation. */
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { checkJson } from '../input/schema.ts'
import { resultSchema } from '../result/result.ts'
import type { Bench, BenchContext, Measurement } from './measure.ts'
import { makeOut } from './out-folder.ts'
import { measureCommand } from './process.ts'

const SEEDS = 40

export const seedsBench: Bench = {
  name: 'seeds',
  run: async (context) => {
    const out = await makeOut(context, 'seeds')
    const measured = [await measureSeeds(context, out, [], 'the embedded model')]
    const { real } = context
    if (real === null) return measured
    const { model, image, calibration } = real
    const words = ['--model', model, '--image', image, '--calibration', calibration]
    return [...measured, await measureSeeds(context, out, words, 'yolov8n', 4)]
  },
}

async function measureSeeds(
  { home }: BenchContext,
  out: string,
  words: readonly string[],
  name: string,
  seeds = SEEDS,
): Promise<Measurement> {
  const run = async (first: number, count: number) => {
    const own = [
      'sim',
      ...words,
      '--seeds',
      `${first}..${first + count - 1}`,
      '--out',
      out,
      '--no-pictures',
      '--json',
    ]
    const ran = await measureCommand(process.execPath, [join(home, 'dist', 'cli', 'main.js'), ...own], {
      cwd: home,
    })
    if (ran.exitCode !== 0) throw new Error(`the run from ${count} seeds was not exact`)
    return { seconds: ran.seconds, text: ran.stdout }
  }
  // Builds, and draws from what no other run has kept.
  await run(1, 1)
  const one = await run(2, 1)
  const many = await run(3, seeds + 1)
  const { totals } = checkJson(resultSchema, many.text, 'assay sim', '')
  const jobs = availableParallelism()
  const seed = (many.seconds - one.seconds) / seeds
  const simulated = totals.simSeconds / (seeds + 1)
  const most = 1.5
  const ratio = seed / simulated
  return {
    what: `wall time of a random power-up of ${name}, in times of its simulated seconds`,
    target: `${most}`,
    measured: ratio.toFixed(2),
    met: ratio <= most,
    note: `${Math.round(1000 * seed)} ms a seed, ${Math.round(1000 * simulated)} ms from start to done, on ${jobs} jobs; load ${loadavg()[0]!.toFixed(1)}`,
  }
}
