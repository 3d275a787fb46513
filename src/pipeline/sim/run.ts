/** This file runs one simulation, from a quantised model and an image to a result. */
import { join } from 'node:path'
import type { LabelledBox } from '../../image/draw.ts'
import { conclude } from '../../result/conclusion.ts'
import type { ShardRecord } from '../../result/record.ts'
import {
  type BoxesResult,
  isRed,
  type LayerResult,
  type Replay,
  type SimResult,
  statusOf,
} from '../../result/result.ts'
import { createSeedJoin, markSeed, type SeedJoin } from '../../result/seeds.ts'
import { mergeOpened, type OpenedFile, type SimulateOptions, simulateInChild } from '../../simulate/index.ts'
import type { MeaningCoverage } from '../../stimulus/coverage.ts'
import { describeHead, prepareSimulation, type SimulationBench } from '../bench/bench.ts'
import { type BoxesRun, detectStep } from '../bench/boxes.ts'
import { simulateChained } from '../bench/chain.ts'
import { diffStep, runIsolated } from '../bench/layer.ts'
import { createLayerPool, type LayerPool } from '../bench/layer-pool.ts'
import { listOpened } from '../bench/opened.ts'
import type { IsolatedPlan, SimulationOptions } from '../bench/options.ts'
import type { Progress } from '../files/progress.ts'
import { type OnPowerUp, type PowerUpPlan, simulateChanged } from '../proof/changed-layers.ts'
import { describeOutcome } from '../proof/outcomes.ts'
import { judgeChain } from '../proof/red-chains.ts'
import { decorate, writeResult } from '../report/decoration.ts'
import { countImage, runStimulusSets } from '../stimulus/stimulus.ts'
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
  const running = plan.mode === 'isolated' ? isolated(bench, plan, pool, progress) : chained(bench, progress)
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
  const stimulus = generated?.result
  const remarks = [...waveform.remarks, ...pictures.remarks]
  const result: SimResult = {
    ...plain,
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

interface ModeRun {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
  readonly replay: Replay | null
  readonly opened: readonly OpenedFile[]
}

async function isolated(
  bench: SimulationBench,
  plan: IsolatedPlan,
  pool: LayerPool | null,
  progress: Progress,
): Promise<ModeRun> {
  const layers = new Map<number, SeedJoin<LayerResult>>()
  const boxes = createSeedJoin<BoxesResult>()
  let detected: BoxesRun['detected'] = null
  const opened = await simulatePooled(bench, planPowerUps(bench, plan), pool, progress, (seed, outcomes) => {
    for (const [pc, outcome] of outcomes) {
      const mark = <Part extends LayerResult | BoxesResult>(part: Part): Part =>
        seed === null ? part : markSeed(part, seed, () => describeOutcome(outcome))
      if (outcome.kind === 'boxes') {
        // The picture shows the boxes of the first red seed, or of the first seed if none is red.
        if (boxes.add(mark(outcome.boxes.result))) detected = outcome.boxes.detected
        continue
      }
      const joined = layers.get(pc) ?? createSeedJoin<LayerResult>()
      layers.set(pc, joined)
      joined.add(mark(outcome.layer))
    }
  })
  const inOrder = [...layers].sort(([a], [b]) => a - b)
  const result = boxes.joined()
  return {
    layers: inOrder.map(([, joined]) => joined.joined()!),
    boxes: result === null ? null : { result, detected },
    replay: null,
    opened,
  }
}

async function simulatePooled(
  bench: SimulationBench,
  plan: readonly PowerUpPlan[],
  pool: LayerPool | null,
  progress: Progress,
  onPowerUp: OnPowerUp,
): Promise<readonly OpenedFile[]> {
  if (pool !== null) return simulateChanged(bench, plan, pool, progress, onPowerUp)
  const steps = plan.reduce((sum, { chosen }) => sum + chosen.length, 0)
  const own = createLayerPool(Promise.resolve(bench.simulation), bench, steps)
  try {
    return await simulateChanged(bench, plan, own, progress, onPowerUp)
  } finally {
    await own.close()
  }
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

async function chained(bench: SimulationBench, progress: Progress): Promise<ModeRun> {
  await using dut = await simulateInChild(bench.simulation)
  const ran = await simulateChained(dut, bench, progress)
  // A model that failed and no longer answers leaves no evidence, and its run is red.
  const opened = await listOpened(bench, dut).catch(() => [])
  const run = await judgeChain(bench, ran, opened)
  const red = run.layers.find(isRed)
  const replay =
    red === undefined || statusOf(red) !== 'differs' || red.mismatches === 0
      ? null
      : await replayAlone(bench, red.name)
  return { layers: run.layers, boxes: run.boxes, replay, opened }
}

/** Runs the first divergent layer of a chained run again from its golden input. */
async function replayAlone(bench: SimulationBench, name: string): Promise<Replay> {
  // A new model starts from power-up, as in isolated mode.
  await using dut = await simulateInChild(bench.simulation)
  const pc = bench.roms.steps.findIndex((step) => step.name === name)
  const result = diffStep(bench, pc, await runIsolated(dut, bench, pc))
  return { layer: name, alone: isRed(result), result }
}

function toSimResult(bench: SimulationBench, run: ModeRun): SimResult {
  const { buildSeconds } = bench
  const { layers } = run
  const boxes = run.boxes?.result ?? null
  return {
    ...describeHead(bench),
    ...conclude({ layers, boxes }, buildSeconds),
    layers,
    boxes,
    replay: run.replay,
    waveform: null,
    pictures: [],
  }
}
