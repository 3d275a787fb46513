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
import { describeReceived, failedOperator, isLayerError, type Received } from './result.ts'
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
  readonly remarks: readonly string[]
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
  const remarks: string[] = []
  const found = await runAll(open.dut, built, run, golden)
  const opened: readonly OpenedFile[] = await open.openedFiles().catch(() => [])
  const plain = compared.map((layer) => found.results.get(layer)!)
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
      : await runAlone(loaded, layer, golden, at, (text) => void remarks.push(text))
  const isAlone = alone !== null && isRed(alone.result)
  const chain: RedLayer | null =
    red === undefined
      ? null
      : {
          result: red,
          lookAt: found.lookAt.get(red.name),
          open: async (waveform) => (await openLayer(built, golden, { ...at, waveform })).dut,
          run: (dut) => driveRun(dut, built.own, run, golden),
        }
  return {
    results,
    replay: alone === null ? null : { layer: alone.result.name, alone: isAlone, result: alone.result },
    red: isAlone ? alone : chain,
    hidden: run.filter((each) => !compared.includes(each)),
    remarks,
  }
}

interface Found {
  readonly results: ReadonlyMap<LayerInfo, LayerResult>
  /** Cycle of the model to look at, by the name of the layer. */
  readonly lookAt: ReadonlyMap<string, number | undefined>
}

/** The run, with a failure of the model as that of the first layer that was not whole by then. */
async function runAll(
  dut: BulkDut,
  { own }: BuiltLayer,
  run: readonly LayerInfo[],
  golden: Golden,
): Promise<Found> {
  const results = new Map<LayerInfo, LayerResult>()
  const lookAt = new Map<string, number | undefined>()
  const enter = (layer: LayerInfo, received: Received): void => {
    results.set(layer, describeReceived(received, own, layer, golden, run))
    lookAt.set(layer.name, received.lookAt)
  }
  try {
    for (const [layer, received] of await driveRun(dut, own, run, golden)) enter(layer, received)
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    const compared = comparedLayers(own, run)
    const finished = await readFinished(dut, own, run).catch(() => new Map<LayerInfo, Received>())
    // All may be whole, and the run has failed all the same.
    const stopped = compared.find((layer) => !finished.has(layer)) ?? compared.at(-1)!
    const last = Math.max(0, ...[...finished.values()].map((received) => received.lookAt ?? 0))
    for (const layer of compared) {
      const failed = failedOperator(layer, error)
      if (layer === stopped) results.set(layer, { ...failed, cycles: Math.max(0, error.cycle - last) })
      else if (compared.indexOf(layer) < compared.indexOf(stopped)) enter(layer, finished.get(layer)!)
      else results.set(layer, { ...failed, ...stoppedBefore(error) })
    }
    lookAt.set(stopped.name, error.cycle)
  }
  return { results, lookAt }
}

const stoppedBefore = ({ message }: SimulationError): Partial<LayerResult> => ({
  error: `not run: the run stopped before it (${message})`,
  cycles: 0,
  broken: undefined,
  notRun: true,
})

/** @param remark hears why it could not run */
async function runAlone(
  loaded: LoadedConfig,
  layer: LayerInfo,
  golden: Golden,
  at: OwnBench,
  remark: (text: string) => void,
): Promise<RedLayer | null> {
  try {
    const each = await buildLayer(loaded, layer, at)
    const run = (dut: BulkDut) => runOperator(dut, each.own, layer, golden)
    await using open = await openLayer(each, golden, at)
    const { result } = await run(open.dut)
    return { result, open: async (waveform) => (await openLayer(each, golden, { ...at, waveform })).dut, run }
  } catch (error) {
    if (!isLayerError(error)) throw error
    remark(
      `${layer.name} could not run alone, which would say whether it or what it read is at fault: ${error.message}`,
    )
    return null
  }
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
