/** From a checkpoint to the diff of every convolution. */

import { execFileSync } from 'node:child_process'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { limitsOf } from '../detector/budget.ts'
import { loadTensor, runInstructions } from '../detector/run.ts'
import { Engine } from '../golden/engine.ts'
import { prepareSimulation } from '../pipeline/bench/bench.ts'
import { runIsolated } from '../pipeline/bench/layer.ts'
import type { SimulationOptions } from '../pipeline/bench/options.ts'
import { silent } from '../pipeline/files/progress.ts'
import { readSourceList } from '../pipeline/files/rtl-sources.ts'
import { DEFAULT_NMS } from '../pipeline/model/engine-choice.ts'
import { loadModel } from '../pipeline/model/prepare.ts'
import { readEnvironment } from '../process/environment.ts'
import { type EngineCrew, openCrew } from '../quantise/engine-crew.ts'
import { formatCount, formatSi } from '../report/table.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import { simulate } from '../simulate/index.ts'
import { copyEdited } from './changed-rtl.ts'
import { atMost, type Bench, type BenchContext, cpuSeconds, median, timeMedian } from './measure.ts'
import { prepareBenchModel } from './model.ts'
import { measureCommand, needSuccess } from './process.ts'

export const helpBench: Bench = {
  name: 'help',
  run: async ({ home }) => {
    const main = join(home, 'dist', 'cli', 'main.js')
    const seconds = await timeMedian(20, () => execFileSync(process.execPath, [main, '--help']))
    return [atMost('assay --help', seconds, 0.15, 'median of 20')]
  },
}

export const readBench: Bench = {
  name: 'read',
  run: async ({ real }) => {
    if (real === null) return []
    const seconds = await timeMedian(7, () => loadModel(real.model, {}, silent))
    return [atMost('read and fuse yolov8n.pt', seconds, 0.5, 'median of 7')]
  },
}

export const goldenBench: Bench = {
  name: 'golden',
  run: async (context) => {
    const prepared = await prepareBenchModel(context)
    if (prepared === null) return []
    const { graph, image } = prepared
    const measure = async (crew: EngineCrew | null): Promise<number> => {
      const engine = Engine.create(graph, { crew })
      return await timeMedian(9, () => engine.run(image))
    }
    // As every command computes it: with a thread for each core.
    using crew = openCrew(graph)
    const what = 'golden, 640x640, every tensor'
    return [
      atMost(what, await measure(crew), 0.3, `median of 9, ${availableParallelism()} cores`),
      atMost(`${what}, one core`, await measure(null), 0.3, 'median of 9'),
    ]
  },
}

/** Options of a simulation of the real network. */
export async function realSimulation(
  context: BenchContext,
  folder: string,
): Promise<SimulationOptions | null> {
  const prepared = await prepareBenchModel(context)
  if (prepared === null) return null
  return {
    model: {
      name: basename(prepared.path),
      hash: prepared.hash,
      id: prepared.modelId,
      graph: prepared.graph,
    },
    input: { imagePath: prepared.imagePath },
    rtl: { engine: { ...DEFAULT_ENGINE, tableBits: prepared.tableBits }, nms: DEFAULT_NMS },
    plan: { mode: 'isolated' },
    store: { cacheDir: join(context.home, 'build', 'cache', 'verilator') },
    output: { folder: join(context.scratch, folder) },
    environment: readEnvironment(),
  }
}

export const rtlBench: Bench = {
  name: 'rtl',
  run: async (context) => {
    const options = await realSimulation(context, 'rtl')
    if (options === null) return []
    const bench = await prepareSimulation(options, silent)
    await using dut = await simulate(bench.simulation)
    const totals: number[] = []
    let cycles = 0
    let macs = 0
    for (let round = 0; round < 3; round++) {
      let cpu = 0
      cycles = 0
      macs = 0
      for (const [pc, step] of bench.roms.steps.entries()) {
        if (step.instruction.op !== 'conv') continue
        // Loading the golden input is not the RTL's work; it is timed with the rest of `make sim`.
        for (const name of step.reads) {
          await loadTensor(dut, bench.golden.get(name)!, bench.roms.placements.get(name)!, bench.roms.engine)
        }
        let ran = 0
        cpu += await cpuSeconds(async () => {
          ran = (await runInstructions(dut, bench.roms, pc, pc, limitsOf(step, bench.roms))).cycles
        })
        cycles += ran
        macs += step.macs
      }
      totals.push(cpu)
    }
    const seconds = median(totals)
    const perCycle = ((seconds / cycles) * 1e9).toFixed(0)
    const note = `median of 3; ${formatCount(cycles)} cycles, ${perCycle} ns each, ${formatSi(macs / seconds)}MAC/s`
    return [atMost('RTL simulation of the 63 convolutions of a 640x640 frame', seconds, 2, `CPU, ${note}`)]
  },
}

export const chainedBench: Bench = {
  name: 'chained',
  run: async (context) => {
    const options = await realSimulation(context, 'chained')
    if (options === null) return []
    const bench = await prepareSimulation(options, silent)
    await using dut = await simulate(bench.simulation)
    const { roms, golden } = bench
    const times: number[] = []
    let cycles = 0
    for (let round = 0; round < 3; round++) {
      await loadTensor(dut, golden.get('images')!, roms.placements.get('images')!, roms.engine)
      const limits = { withinCycles: 50_000_000, noProgressCycles: 50_000_000 }
      let run: Awaited<ReturnType<typeof runInstructions>> | null = null
      const cpu = await cpuSeconds(async () => {
        run = await runInstructions(dut, roms, 0, roms.steps.length - 1, limits)
      })
      cycles = run!.cycles
      times.push(cpu)
    }
    return [
      atMost(
        'chained yolov8n at 640x640, image to boxes',
        median(times),
        3,
        `CPU, median of 3; ${formatCount(cycles)} cycles`,
      ),
    ]
  },
}

export const editBench: Bench = {
  name: 'edit',
  run: async (context) => {
    const options = await realSimulation(context, 'edit')
    if (options === null) return []
    await prepareSimulation(options, silent)
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      const folder = join(context.scratch, `rtl-${round}`)
      await copyEdited(context.home, folder)
      const sources = await readSourceList(join(folder, 'rtl.f'))
      const begin = performance.now()
      const bench = await prepareSimulation({ ...options, rtl: { ...options.rtl, sources } }, silent)
      await using dut = await simulate(bench.simulation)
      await runIsolated(dut, bench, 0)
      times.push((performance.now() - begin) / 1000)
    }
    return [
      atMost(
        'from one changed line of RTL to the first simulated layer',
        median(times),
        5,
        'median of 3, golden data and ROMs included',
      ),
    ]
  },
}

export const simBench: Bench = {
  name: 'sim',
  run: async ({ real, home, scratch }) => {
    if (real === null) return []
    const args = [
      'sim',
      `MODEL=${real.model}`,
      `IMAGE=${real.image}`,
      `CALIB=${real.calibration}`,
      `OUT=${join(scratch, 'sim')}`,
    ]
    const cold = await measureCommand('make', args, { cwd: home })
    const warm: Awaited<ReturnType<typeof measureCommand>>[] = []
    for (let i = 0; i < 3; i++) warm.push(await measureCommand('make', args, { cwd: home }))
    for (const run of [cold, ...warm]) needSuccess(run, 'make sim')
    const peak = Math.max(cold.peakBytes, ...warm.map(({ peakBytes }) => peakBytes))
    return [
      atMost(
        '`make sim` on yolov8n, nothing to build',
        median(warm.map(({ seconds }) => seconds)),
        8,
        'median of 3',
      ),
      {
        what: '`make sim` on yolov8n, empty build folder',
        target: null,
        measured: `${cold.seconds.toFixed(1)} s`,
        met: null,
        note: 'calibration on 32 images, cold RTL build',
      },
      {
        what: 'memory of `make sim` on yolov8n',
        target: '2 GB',
        measured: `${(peak / 1e9).toFixed(2)} GB`,
        met: peak <= 2e9,
        note: 'peak of the process tree',
      },
    ]
  },
}

export const cloneBench: Bench = {
  name: 'clone',
  run: async ({ home, scratch }) => {
    const clone = join(scratch, 'clone')
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${home}`, clone])
    await mkdir(join(clone, 'node_modules'), { recursive: true }).catch(() => {})
    await cp(join(home, 'package-lock.json'), join(clone, 'package-lock.json'))
    execFileSync('rm', ['-r', join(clone, 'node_modules')])
    await symlink(join(home, 'node_modules'), join(clone, 'node_modules'))
    execFileSync('touch', [join(home, 'node_modules', '.stamp')])
    const run = await measureCommand('make', ['sim'], {
      cwd: clone,
      env: { ...process.env, CCACHE_DISABLE: '1' },
    })
    needSuccess(run, 'make sim in the fresh clone')
    const { seconds } = run
    return [
      atMost(
        'fresh clone, dependencies installed, `make sim`',
        seconds,
        60,
        'compile, calibrate, build, simulate; ccache off',
      ),
    ]
  },
}
