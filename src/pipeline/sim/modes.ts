/** What each mode runs of the network: layers and boxes, each from its golden input or as the image flows through them. */
import { type BoxesResult, isRed, type LayerResult, type Replay, statusOf } from '../../result/result.ts'
import { createSeedJoin, markSeed, type SeedJoin } from '../../result/seeds.ts'
import { type OpenedFile, simulateInChild } from '../../simulate/index.ts'
import type { SimulationBench } from '../bench/bench.ts'
import type { BoxesRun } from '../bench/boxes.ts'
import { simulateChained } from '../bench/chain.ts'
import { diffStep, runIsolated } from '../bench/layer.ts'
import { createLayerPool, type LayerPool } from '../bench/layer-pool.ts'
import { listOpened } from '../bench/opened.ts'
import type { IsolatedPlan } from '../bench/options.ts'
import type { Progress } from '../files/progress.ts'
import { type OnPowerUp, type PowerUpPlan, simulateChanged } from '../proof/changed-layers.ts'
import { describeOutcome } from '../proof/outcomes.ts'
import { judgeChain } from '../proof/red-chains.ts'
import { planPowerUps } from './shards.ts'

export interface ModeRun {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
  readonly replay: Replay | null
  readonly opened: readonly OpenedFile[]
}

/** Isolated mode: each layer from its golden input, from each power-up. @param pool children that have opened the model; null: it opens its own. */
export async function runLayers(
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

/** Chained mode: what the layers hand on from the image to the boxes. */
export async function runChain(bench: SimulationBench, progress: Progress): Promise<ModeRun> {
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
