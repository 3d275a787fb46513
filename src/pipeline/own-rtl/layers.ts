/** This file runs the layers of the user's module on their built models, several at a time, each from its power-ups. */
import { availableParallelism } from 'node:os'
import type { LayerInfo } from '../../operator/types.ts'
import { isRed, type LayerResult } from '../../result/result.ts'
import { createSeedJoin, markSeed } from '../../result/seeds.ts'
import type { OpenedFile } from '../../simulate/opened-files.ts'
import { isPassing, SimulationError } from '../../simulate/simulation-error.ts'
import { type EvidenceStore, evidenceKey } from '../../store/evidence.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { type Ledger, openLedgers } from '../proof/ledger.ts'
import { describeOutcome } from '../proof/outcomes.ts'
import { isFaulty } from '../sim/waveform.ts'
import type { BuiltLayers } from './builds.ts'
import { keyLayer } from './key.ts'
import { type BuiltLayer, type OpenLayer, type OwnBench, openLayer } from './open.ts'
import type { PowerUps } from './plan.ts'
import { failedOperator, isLayerError, type LayerError } from './result.ts'
import { type OnMoment, runOperator } from './run.ts'
import type { RedLayer } from './waveform.ts'

export interface RanLayers {
  readonly results: readonly LayerResult[]
  /** The first layer that is red by what it did in this run. */
  readonly red: RedLayer | null
}

interface LayersPlan {
  readonly powerUps: PowerUps
  readonly golden: Golden
  readonly at: OwnBench
  /** ISO 8601. */
  readonly startedAt: string
}

interface LayersOptions {
  readonly evidence?: EvidenceStore | undefined
  readonly reuse?: boolean | undefined
  readonly jobs?: number | undefined
}

/** An error of one layer becomes that layer's result, and the others still run. @throws LayerError if no layer could run. */
export async function runLayers(
  { evidence, reuse, jobs = availableParallelism() }: LayersOptions,
  { built, failures }: BuiltLayers,
  { powerUps, golden, at, startedAt }: LayersPlan,
  progress: Progress,
): Promise<RanLayers> {
  const layers = [...powerUps.keys()]
  const errors = new Map<LayerInfo, LayerError>(failures)
  const keys = built.map((each) => (evidence === undefined ? '' : keyLayer(evidence, each, golden, at)))
  const isSeeded = [...powerUps.values()].some((seeds) => seeds[0] !== null)
  const group = isSeeded && evidence !== undefined ? evidenceKey(evidence, 'designs', [keys]) : undefined
  const ledgers = await openLedgers({
    ...{ store: evidence, reuse, startedAt, group },
    layers: new Map(built.map((each, index) => [index, { name: each.layer.name, key: keys[index]! }])),
  })
  const top = built[0]?.own.config.top ?? 'the module'
  const task = progress.start(
    isSeeded ? `simulate ${top} from random power-ups` : `simulate ${top} layer by layer`,
  )
  const total = built.reduce((sum, { layer }) => sum + (powerUps.get(layer)?.length ?? 0), 0)
  const results = new Map<LayerInfo, LayerResult>()
  const ran = new Set<LayerInfo>()
  const counts = { done: 0, ran: 0 }
  const runOne = async (each: BuiltLayer, index: number): Promise<void> => {
    const { layer } = each
    const join = createSeedJoin<LayerResult>()
    const power = createPowerUps(each, golden, at)
    const seeds = powerUps.get(layer) ?? []
    try {
      for (const [turn, seed] of seeds.entries()) {
        const ledger: Ledger = await ledgers.open(seed, [index])
        const place =
          seed === null
            ? `${layer.name} (${counts.done + 1} of ${total})`
            : `${layer.name}, seed ${seed} (${turn + 1} of ${seeds.length})`
        if (!ledger.outcomes.has(index)) {
          task.update(counts.done / total, place)
          const { result, opened, passing } = await power.run(seed, (fraction, text) =>
            task.update((counts.done + fraction) / total, `${place}, ${text}`),
          )
          ledger.enter(index, { kind: 'layer', layer: result }, opened, passing)
          counts.ran++
        }
        counts.done++
        const outcome = ledger.outcomes.get(index)
        if (outcome?.kind !== 'layer') throw new Error(`Expected the outcome of ${layer.name}`)
        join.add(
          seed === null ? outcome.layer : markSeed(outcome.layer, seed, () => describeOutcome(outcome)),
        )
      }
      results.set(layer, join.joined()!)
      ran.add(layer)
    } catch (error) {
      if (!isLayerError(error)) throw error
      errors.set(layer, error)
    } finally {
      await power.close()
    }
  }
  const waiting = [...built.entries()].filter(([, { layer }]) => powerUps.has(layer))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await runOne(next[1], next[0])
  }
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, waiting.length) }, work))
  } finally {
    await ledgers.close()
  }
  for (const [layer, error] of errors) results.set(layer, failedOperator(layer, error))
  const [failure] = layers.flatMap((layer) => errors.get(layer) ?? [])
  if (failure !== undefined && errors.size === layers.length) throw failure
  const all = layers.map((layer) => results.get(layer)!)
  task.done(describeRun(all, counts.ran), all.some(isRed))
  const red = built.find(({ layer }) => ran.has(layer) && isFaulty(results.get(layer)!))
  return {
    results: all,
    red: red === undefined ? null : redLayer(red, results.get(red.layer)!, golden, at),
  }
}

interface RanLayer {
  readonly result: LayerResult
  readonly opened: readonly OpenedFile[]
  readonly passing: boolean
}

/** A layer on its built module, from one power-up after another. */
function createPowerUps(each: BuiltLayer, golden: Golden, at: OwnBench) {
  let open: OpenLayer | null = null
  const close = async (): Promise<void> => {
    const own = open
    open = null
    await own?.[Symbol.asyncDispose]()
  }
  const powerUp = async (seed: number | null): Promise<OpenLayer> => {
    if (open === null) return openLayer(each, golden, { ...at, seed: seed ?? undefined })
    await open.dut.restart(undefined, seed ?? undefined)
    return open
  }
  /** A module that hangs or fails is a red layer. */
  const run = async (seed: number | null, onMoment: OnMoment): Promise<RanLayer> => {
    const { layer, own } = each
    try {
      open = await powerUp(seed)
    } catch (error) {
      if (seed === null || !(error instanceof SimulationError)) throw error
      // Another power-up may come up.
      await close()
      return { result: failedOperator(layer, error), opened: [], passing: true }
    }
    const { result, error } = await runOperator(open.dut, own, layer, golden, onMoment)
    // The files that the module read are part of what it did. If they are unknown, a failure is not kept.
    const opened = await (error === null ? open.openedFiles() : open.openedFiles().catch(() => null))
    // C code may keep what a power-up does not reset: such a module, and one that failed, gets a process of its own.
    if (error !== null || opened?.some(({ sha256 }) => sha256 === 'unknown') === true) await close()
    return { result, opened: opened ?? [], passing: opened === null || isPassing(error) }
  }
  return { run, close }
}

const redLayer = (each: BuiltLayer, result: LayerResult, golden: Golden, at: OwnBench): RedLayer => ({
  result,
  open: async (waveform) =>
    (await openLayer(each, golden, { ...at, waveform, seed: result.seeds?.red[0] })).dut,
  run: (dut) => runOperator(dut, each.own, each.layer, golden),
})

function describeRun(results: readonly LayerResult[], ran: number): string {
  const before = results.filter(({ evidence }) => evidence?.before === true).length
  const red = results.filter(isRed).length
  return [
    `${ran} run`,
    ...(before === 0 ? [] : [`${before} proved before`]),
    ...(red === 0 ? [] : [`${red} red`]),
  ].join(', ')
}
