/** This file runs one simulation, from a quantised model and an image to a result. */
import { join } from 'node:path'
import type { LabelledBox } from '../../image/draw.ts'
import { conclude } from '../../result/conclusion.ts'
import { settleCauses } from '../../result/joint-causes.ts'
import { joinWarnings } from '../../result/problem.ts'
import type { ShardRecord } from '../../result/record.ts'
import { isRed, type LayerResult, type SimResult, type StimulusResult } from '../../result/result.ts'
import { mergeOpened, type OpenedFile, type SimulateOptions } from '../../simulate/index.ts'
import type { MeaningCoverage } from '../../stimulus/coverage.ts'
import { describeHead, prepareSimulation, type SimulationBench } from '../bench/bench.ts'
import { type BoxesRun, detectStep } from '../bench/boxes.ts'
import { createLayerPool, type LayerPool } from '../bench/layer-pool.ts'
import type { IsolatedPlan, SimulationOptions } from '../bench/options.ts'
import type { Progress } from '../files/progress.ts'
import { decorate, writeResult } from '../report/decoration.ts'
import { countImage, runStimulusSets } from '../stimulus/stimulus.ts'
import { type ModeRun, runChain, runLayers } from './modes.ts'
import { checkPlan, planPowerUps, planShards } from './shards.ts'
import { traceFault } from './waveform.ts'

export interface Simulated {
  readonly bench: SimulationBench
  readonly result: SimResult
  readonly boxes: BoxesRun | null
  /** Files that the model read besides its ROMs. */
  readonly opened: readonly OpenedFile[]
}

/** Runs the layer diff in the chosen mode and writes `sim.json`. */
export async function runSimulation(options: SimulationOptions, progress: Progress): Promise<Simulated> {
  let pool: LayerPool | null = null
  // A run that has failed waits for no build.
  let fail = (_error: unknown): void => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  const { plan } = options
  const isPooled = plan.mode === 'isolated'
  const first = plan.mode === 'isolated' ? (plan.seeds?.[0] ?? null) : null
  const open = (simulation: Promise<SimulateOptions>, steps: number): void => {
    pool = createLayerPool(Promise.race([simulation, failed]), options, steps)
    for (const runner of pool.runners) runner.open(first)
  }
  const close = (): Promise<void> | undefined => pool?.close()
  try {
    const bench = await prepareSimulation(options, progress, isPooled ? open : undefined)
    return await runBench(bench, progress, pool)
  } catch (error) {
    fail(error)
    throw error
  } finally {
    await close()
  }
}

/** Runs the layer diff on a prepared bench. @param pool children that have opened its model; null: it opens its own. */
export async function runBench(
  bench: SimulationBench,
  progress: Progress,
  pool: LayerPool | null = null,
): Promise<Simulated> {
  const { rtl, plan, output } = bench
  const shard = plan.mode === 'isolated' ? planOwnShard(bench, plan) : undefined
  const running =
    plan.mode === 'isolated' ? runLayers(bench, plan, pool, progress) : runChain(bench, progress)
  // This process has nothing to do while the children simulate.
  const beside = startBeside(bench)
  const run = await running
  const plain: SimResult = { ...toSimResult(bench, run), shard }
  const isTraced = plain.verdict !== 'exact' && rtl.simulator !== 'icarus' && output.waveform !== false
  const waveform = await decorate('waveform', progress, async () =>
    isTraced ? traceFault(benchOfRed(bench, plain), plain, progress) : null,
  )
  const pictures = await decorate('picture', progress, async () =>
    drawPictures(bench, await beside.float, run.boxes, progress),
  )
  const generated =
    plan.stimulus === undefined
      ? null
      : await runStimulusSets(bench, plan.stimulus, beside.counted!, progress)
  const { layers, stimulus } = settleAll(plain.layers, generated?.result)
  const remarks = [...waveform.remarks, ...pictures.remarks]
  const result: SimResult = {
    ...plain,
    layers,
    stimulus,
    verdict: stimulus?.isRed === true ? 'mismatch' : plain.verdict,
    waveform: waveform.made,
    pictures: pictures.made ?? [],
    remarks: remarks.length === 0 ? undefined : remarks,
  }
  await writeResult(join(output.resultFolder ?? output.folder, 'sim.json'), result, progress)
  const opened = mergeOpened(run.opened, generated?.opened ?? [])
  return { bench, result, boxes: run.boxes, opened }
}

/** The image and the generated stimulus are of one RTL: what is too little to tell in one may be told by the other. */
function settleAll(
  layers: readonly LayerResult[],
  stimulus: StimulusResult | undefined,
): Pick<SimResult, 'layers' | 'stimulus'> {
  const all = settleCauses([...layers, ...(stimulus?.red ?? [])])
  const own = all.slice(0, layers.length)
  return { layers: own, stimulus: stimulus && { ...stimulus, red: all.slice(layers.length) } }
}

/** Plans the shard of a sharded run and checks that it belongs to the requested plan. */
function planOwnShard(bench: SimulationBench, { shard, identity }: IsolatedPlan): ShardRecord | undefined {
  if (shard === undefined) return undefined
  const planned = planShards(bench, shard)
  if (identity !== undefined) checkPlan(planned, identity)
  return planned
}

/** What needs no simulation. */
interface Beside {
  /** Null if no picture is wanted. */
  readonly float: Promise<readonly LabelledBox[]> | null
  /** What the image exercises; null if nobody asks. */
  readonly counted: Promise<MeaningCoverage> | null
}

function startBeside(bench: SimulationBench): Beside {
  const { model, rtl, image, plan, chosen, expectedBoxes, roms } = bench
  const { floatGraph } = model
  const own = plan.mode === 'isolated' ? planPowerUps(bench, plan) : [{ chosen }]
  const isDrawn = expectedBoxes !== null && own.some((each) => each.chosen.includes(detectStep(roms)))
  const float =
    floatGraph === undefined || image.letterboxed === null || !isDrawn
      ? null
      : import('./pictures.ts').then(({ detectFloat }) => detectFloat(floatGraph, image, rtl.nms))
  const counted = plan.stimulus === undefined ? null : countImage(bench, plan.stimulus)
  // A run that fails before it needs them says why itself.
  for (const work of [float, counted]) work?.catch(() => {})
  return { float, counted }
}

async function drawPictures(
  { model, rtl, output, image }: SimulationBench,
  float: readonly LabelledBox[] | null,
  boxes: BoxesRun | null,
  progress: Progress,
): Promise<readonly string[]> {
  const { floatGraph } = model
  const isWanted = floatGraph !== undefined && image.letterboxed !== null && float !== null
  if (!isWanted || boxes === null || boxes.detected === null) return []
  const task = progress.start('draw detections')
  // A check of RTL against a frozen set must work without a float runtime.
  const { writeDetections } = await import('./pictures.ts')
  const path = await writeDetections(output.folder, floatGraph, image, float, boxes.detected, rtl.nms)
  task.done()
  return [path]
}

const withSeed = (bench: SimulationBench, seed: number): SimulationBench => ({
  ...bench,
  simulation: { ...bench.simulation, seed },
})

/** Returns the bench with the seed at which the first red layer was red, so that the waveform shows that run. */
function benchOfRed(bench: SimulationBench, { layers }: SimResult): SimulationBench {
  const seed = layers.find(isRed)?.seeds?.red[0]
  return seed === undefined ? bench : withSeed(bench, seed)
}

function toSimResult(bench: SimulationBench, run: ModeRun): SimResult {
  const { buildSeconds, warnings } = bench
  const { layers } = run
  const boxes = run.boxes?.result ?? null
  return {
    ...describeHead(bench),
    warnings: joinWarnings([warnings]),
    ...conclude({ layers, boxes }, buildSeconds),
    layers,
    boxes,
    replay: run.replay,
    waveform: null,
    pictures: [],
  }
}
