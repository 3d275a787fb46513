/** The cost of quantisation: calibration, a whole run of `assay quantise`, and the ROM files of every format. */
import { rm } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { decodeImage } from '../image/decode.ts'
import { letterbox } from '../image/letterbox.ts'
import { listImages, spread } from '../image/list-images.ts'
import { toNchwFloat } from '../image/planes.ts'
import { silent } from '../pipeline/files/progress.ts'
import { loadModel } from '../pipeline/model/prepare.ts'
import { type CalibrationImage, calibrate } from '../quantise/calibrate.ts'
import { openSampled } from '../quantise/sampled-threads.ts'
import { atMost, type Bench, type BenchContext, cpuSeconds } from './measure.ts'
import { measureCommand, needSuccess } from './process.ts'

const IMAGES = 25
/** The goals are for so many cores. */
const CORES = 2

export const calibrationBench: Bench = {
  name: 'calibration',
  run: async ({ real }) => {
    if (real === null) return []
    const { graph } = await loadModel(real.model, {}, silent)
    const [, height, width] = graph.nodes[0]!.shape
    const paths = spread(await listImages(real.calibration), IMAGES)
    await using network = await openSampled(graph, IMAGES, CORES)
    async function* images(): AsyncGenerator<CalibrationImage> {
      for (const path of paths)
        yield { real: toNchwFloat(letterbox(await decodeImage(path), { height, width })) }
    }
    await calibrate(graph, network, [{ real: new Float32Array(3 * height * width) }])
    const begin = performance.now()
    const cpu = await cpuSeconds(() => calibrate(graph, network, images()))
    const seconds = (performance.now() - begin) / 1000
    const note = `of ${IMAGES}, decoding included; ${((cpu / IMAGES) * 1000).toFixed(0)} ms of CPU`
    return [atMost('calibration of yolov8n, per image', seconds / IMAGES, 0.15, note)]
  },
}

/** Runs `assay` on yolov8n; what it writes is to be removed. */
function runnerOf(home: string, { model, calibration }: NonNullable<BenchContext['real']>, folder: string) {
  const main = join(home, 'dist', 'cli', 'main.js')
  const own = ['-m', model, '-c', calibration, '--calibration-images', String(IMAGES)]
  return async (...args: readonly string[]) => {
    const words = [main, ...args, ...own, '--out', folder, '--quiet']
    const measured = await measureCommand(process.execPath, words, { cwd: home })
    needSuccess(measured, `assay ${args.join(' ')}`)
    return measured
  }
}

export const bestBench: Bench = {
  name: 'best',
  run: async ({ real, home, scratch }) => {
    if (real === null) return []
    const folder = join(scratch, 'best')
    const run = runnerOf(home, real, folder)
    const { seconds } = await run('quantise', '--weight-bits', '4', '--effort', 'best', '--files', 'none')
    await rm(folder, { recursive: true })
    const what = `quantise yolov8n to W4A8, ${IMAGES} images, --effort best`
    return [atMost(what, seconds, 600, `${cpus().length} cores; calibration, refinement, distillation`)]
  },
}

export const quantiseBench: Bench = {
  name: 'quantise',
  run: async ({ real, home, scratch }) => {
    if (real === null) return []
    const folder = join(scratch, 'quantise')
    const run = runnerOf(home, real, folder)
    const quantised = await run('quantise', '--effort', 'fast')
    const layouts = []
    for (const layout of ['engine', 'plain']) {
      const { seconds } = await run('roms', '--format', 'all', '--layout', layout)
      const what = `ROM files of yolov8n in every format, ${layout} layout`
      layouts.push(atMost(what, seconds, 5, 'the whole command, its model quantised before'))
    }
    await rm(folder, { recursive: true })
    return [
      atMost(
        `quantise yolov8n, ${IMAGES} images, --effort fast`,
        quantised.seconds,
        60,
        `${cpus().length} cores; calibration, refinement, every file`,
      ),
      {
        what: 'memory of that run',
        target: '2 GB',
        measured: `${(quantised.peakBytes / 1e9).toFixed(2)} GB`,
        met: quantised.peakBytes <= 2e9,
        note: 'peak of the process',
      },
      ...layouts,
    ]
  },
}
