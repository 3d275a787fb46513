/** This file runs all layers that the user's module claims as one: each reads what those before it left in memory. */
import type { LayerInfo } from '../../operator/types.ts'
import { countLayers } from '../../report/conclusion.ts'
import { isRed, type LayerResult, type Replay, statusOf } from '../../result/result.ts'
import type { BulkDut } from '../../simulate/index.ts'
import { type OpenedFile, SimulationError } from '../../simulate/index.ts'
import { type EvidenceStore, evidenceKey } from '../../store/evidence.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { judgeRun } from '../proof/red-chains.ts'
import type { LoadedConfig } from './config.ts'
import { keyLayer } from './key.ts'
import { type BuiltLayer, buildLayer, type OwnBench, openLayer } from './open.ts'
import { describeReceived, failedOperator } from './result.ts'
import { driveRun, runOperator } from './run.ts'
import { comparedLayers, readFinished } from './run-memory.ts'
import type { RedLayer } from './waveform.ts'

export interface OwnChain {
  readonly results: readonly LayerResult[]
  /** The first layer that differs, run alone. */
  readonly replay: Replay | null
  readonly red: RedLayer | null
  /** Layers whose outputs later ones take the place of. */
  readonly hidden: readonly LayerInfo[]
}

interface ChainPlan {
  readonly loaded: LoadedConfig
  readonly golden: Golden
  readonly at: OwnBench
  readonly evidence: EvidenceStore | undefined
  /** ISO 8601. */
  readonly startedAt: string
}

export async function buildChain(
  loaded: LoadedConfig,
  run: readonly LayerInfo[],
  at: OwnBench,
  progress: Progress,
): Promise<BuiltLayer> {
  const task = progress.start(`build ${loaded.config.top} for a run of ${countLayers(run.length)}`)
  try {
    const built = await buildLayer(loaded, run[0]!, at, run)
    task.done()
    return built
  } catch (error) {
    task.done('failed', true)
    throw error
  }
}

/** @throws InputError or ToolError if the module cannot be opened: then nothing was compared. */
export async function runOwnChain(
  built: BuiltLayer,
  run: readonly LayerInfo[],
  plan: ChainPlan,
  progress: Progress,
): Promise<OwnChain> {
  const { loaded, golden, at, evidence, startedAt } = plan
  const { top } = built.own.config
  const task = progress.start(`simulate ${top}: ${countLayers(run.length)} in one run`)
  await using open = await openLayer(built, golden, at)
  const compared = comparedLayers(built.own, run)
  const found = await runAll(open.dut, built, run, golden)
  const opened: readonly OpenedFile[] = await open.openedFiles().catch(() => [])
  const plain = compared.map((layer) => found.get(layer)!)
  const judged =
    evidence === undefined
      ? { layers: plain }
      : await judgeRun(
          { store: evidence, startedAt, key: keyChain(evidence, built, run, golden, at) },
          { layers: plain, boxes: null },
          opened,
        )
  const results = judged.layers
  const red = results.find(isRed)
  task.done(
    red === undefined ? countLayers(results.length) : `${results.filter(isRed).length} red`,
    red !== undefined,
  )
  const layer = run.find(({ name }) => name === red?.name)
  const alone =
    red === undefined || layer === undefined || statusOf(red) !== 'differs'
      ? null
      : await runAlone(loaded, layer, golden, at)
  const isAlone = alone !== null && isRed(alone.result)
  const chain: RedLayer | null =
    red === undefined
      ? null
      : {
          result: red,
          open: async (waveform) => (await openLayer(built, golden, { ...at, waveform })).dut,
          run: (dut) => driveRun(dut, built.own, run, golden),
        }
  return {
    results,
    replay: alone === null ? null : { layer: alone.result.name, alone: isAlone, result: alone.result },
    red: isAlone ? alone : chain,
    hidden: run.filter((each) => !compared.includes(each)),
  }
}

/** The run, with a failure of the model as that of the layer at which it stopped. */
async function runAll(
  dut: BulkDut,
  { own }: BuiltLayer,
  run: readonly LayerInfo[],
  golden: Golden,
): Promise<ReadonlyMap<LayerInfo, LayerResult>> {
  try {
    const received = await driveRun(dut, own, run, golden)
    return new Map([...received].map(([layer, one]) => [layer, describeReceived(one, own, layer, golden)]))
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    const finished = await readFinished(dut, own, run).catch(() => new Map<LayerInfo, never>())
    const results = new Map<LayerInfo, LayerResult>()
    const stopped = run.find((layer) => !finished.has(layer)) ?? run.at(-1)
    for (const layer of run) {
      const one = finished.get(layer)
      if (layer === stopped) results.set(layer, failedOperator(layer, error))
      else if (one !== undefined) results.set(layer, describeReceived(one, own, layer, golden))
      else results.set(layer, { ...failedOperator(layer, error), ...stoppedBefore(error) })
    }
    return results
  }
}

const stoppedBefore = ({ message }: SimulationError): Partial<LayerResult> => ({
  error: `not run: the run stopped before it (${message})`,
  broken: undefined,
  notRun: true,
})

async function runAlone(
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
  at: OwnBench,
): Promise<RedLayer> {
  const each = await buildLayer(loaded, layer, at)
  const run = (dut: BulkDut) => runOperator(dut, each.own, layer, golden)
  await using open = await openLayer(each, golden, at)
  const { result } = await run(open.dut)
  return { result, open: async (waveform) => (await openLayer(each, golden, { ...at, waveform })).dut, run }
}

function keyChain(
  store: EvidenceStore,
  built: BuiltLayer,
  run: readonly LayerInfo[],
  golden: Golden,
  at: OwnBench,
): string {
  const keys = run.map((layer) => keyLayer(store, { ...built, layer }, golden, at))
  return evidenceKey(store, "red chain of one's own", [keys])
}
