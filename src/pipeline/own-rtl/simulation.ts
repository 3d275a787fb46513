/** `assay sim --module` runs the user's module on each layer that its configuration claims, from the layer's golden input. */
import { join, resolve } from 'node:path'
import type { IntegerGraph } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { listLayers } from '../../operator/layer-info.ts'
import { claims } from '../../operator/settle-config.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import { countLayers } from '../../report/conclusion.ts'
import { formatCount } from '../../report/table.ts'
import { conclude } from '../../result/conclusion.ts'
import { joinWarnings, type Problem } from '../../result/problem.ts'
import type { Origin } from '../../result/record.ts'
import { isRed, type LayerResult, type SimResult } from '../../result/result.ts'
import { DEFAULT_ENGINE } from '../../rom/parameters.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import { isPassing } from '../../simulate/simulation-error.ts'
import type { EvidenceStore } from '../../store/evidence.ts'
import { removePath } from '../../store/files.ts'
import { checkIcarusBudget, type Simulator } from '../bench/icarus-budget.ts'
import { describeNetwork, recordSimulation } from '../bench/record.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { loadImage, runGolden } from '../model/golden-run.ts'
import { openPlanned } from '../proof/ledger.ts'
import { decorate, writeResult } from '../report/decoration.ts'
import { isFaulty } from '../sim/waveform.ts'
import type { LoadedConfig } from './config.ts'
import { keyLayer } from './key.ts'
import { type BuiltLayer, buildLayer, type OwnBench, openLayer } from './open.ts'
import { failedOperator, isLayerError, type LayerError } from './result.ts'
import { type OnMoment, runOperator } from './run.ts'
import { type RedLayer, traceOperator } from './waveform.ts'

export interface OperatorSimulationOptions {
  readonly loaded: LoadedConfig
  readonly modelName: string
  readonly modelHash: string
  readonly graph: IntegerGraph
  readonly imagePath: string
  /** Folder for memory files and the result. */
  readonly folder: string
  readonly cacheDir: string
  readonly simulator?: Simulator
  /** Where exact layers are kept; nothing is kept without it. */
  readonly evidence?: EvidenceStore | undefined
  /** Take exact layers from there. Default: true. */
  readonly reuse?: boolean
  /** The environment as it was when the run began. */
  readonly environment: Environment
  /** Where the run comes from, as its result says it. */
  readonly origin?: Promise<Origin>
  /** false: no waveform of the first red layer. */
  readonly waveform?: boolean
  /** Chooses among the names of the layers that the configuration claims. */
  readonly choose: (names: readonly string[]) => readonly number[]
}

/** @throws InputError if the configuration claims no layer of the network. */
export async function runOperatorSimulation(
  options: OperatorSimulationOptions,
  progress: Progress,
): Promise<SimResult> {
  const startedAt = new Date()
  const { loaded, graph, folder, environment, simulator = 'verilator' } = options
  const layers = chooseClaimed(options)
  if (simulator === 'icarus') checkIcarusBudget(layers)
  const image = await loadImage(options.imagePath, graph)
  const golden = await runGolden(graph, image.codes, progress)
  const started = startedAt.toISOString()
  await removePath(join(folder, 'waves'))
  const { results, inputs, warnings, buildSeconds, red } = await runLayers(
    options,
    layers,
    golden,
    started,
    progress,
  )
  const isTraced = simulator !== 'icarus' && options.waveform !== false
  const waveform = await decorate('waveform', progress, async () =>
    red !== null && isTraced ? traceOperator(red, folder, progress) : null,
  )
  const watched = results.flatMap((layer) => layer.watched ?? [])
  const remarks = [...(watched.length === 0 ? [] : [describeWatched(watched)]), ...waveform.remarks]
  const { weightBits, activationBits } = graph
  // Assay's own array takes no part, so its sizes are 0.
  const engine = { ...DEFAULT_ENGINE, inputLanes: 0, outputLanes: 0, pixels: 0, weightBits, activationBits }
  const sources = loaded.config.sources.map((path) => resolve(loaded.folder, path))
  const result: SimResult = {
    model: options.modelName,
    modelHash: options.modelHash,
    weightBits,
    activationBits,
    mode: 'isolated',
    image: image.path,
    ...conclude({ layers: results, boxes: null }, buildSeconds),
    layers: results,
    boxes: null,
    replay: null,
    waveform: waveform.made,
    pictures: [],
    network: describeNetwork(graph),
    remarks: remarks.length === 0 ? undefined : remarks,
    warnings: joinWarnings([warnings]),
    run: await recordSimulation(environment, {
      ...{ sources, inputs, image: image.bytes, engine, startedAt, origin: options.origin },
    }),
  }
  await writeResult(join(folder, 'sim.json'), result, progress)
  return result
}

function chooseClaimed({
  loaded,
  graph,
  modelName,
  choose,
}: OperatorSimulationOptions): readonly LayerInfo[] {
  const all = listLayers(graph)
  const claimed = all.filter((layer) => claims(loaded.config, layer, loaded.path))
  if (claimed.length === 0)
    throw new InputError(
      `'layers' claims none of the ${all.length} layers of ${modelName}`,
      loaded.path,
      '`assay inspect` shows their sizes.',
    )
  return choose(claimed.map(({ name }) => name)).map((index) => claimed[index]!)
}

interface RanLayers {
  readonly results: readonly LayerResult[]
  readonly inputs: readonly BuildInput[]
  readonly warnings: readonly Problem[]
  /** The first layer that is red by what it did in this run. */
  readonly red: RedLayer | null
  readonly buildSeconds: number
}

/** An error of one layer becomes that layer's result, and the others still run. @throws LayerError if no layer could run. */
async function runLayers(
  options: OperatorSimulationOptions,
  layers: readonly LayerInfo[],
  golden: Golden,
  startedAt: string,
  progress: Progress,
): Promise<RanLayers> {
  const { loaded, folder, cacheDir, environment, simulator = 'verilator', evidence, reuse } = options
  const at = { folder: resolve(folder, 'memories'), cacheDir, simulator, environment }
  const results = new Map<LayerInfo, LayerResult>()
  const failures: LayerError[] = []
  /** An error of one layer, which leaves the others alone. */
  const fail = (layer: LayerInfo, error: unknown): void => {
    if (!isLayerError(error)) throw error
    failures.push(error)
    results.set(layer, failedOperator(layer, error))
  }
  const built = await buildLayers(loaded, layers, at, fail, progress)
  const ledger = await openPlanned(
    {
      ...{ store: evidence, reuse, startedAt },
      layers: new Map(
        built.map((each, index) => {
          const key = evidence === undefined ? '' : keyLayer(evidence, each, golden, at)
          return [index, { name: each.layer.name, key }]
        }),
      ),
    },
    progress,
  )
  const left = [...built.entries()].filter(([index]) => !ledger.outcomes.has(index))
  const task = progress.start(`simulate ${loaded.config.top} layer by layer`)
  for (const [turn, [index, each]] of left.entries()) {
    const place = `${each.layer.name} (${turn + 1} of ${left.length})`
    task.update(turn / left.length, place)
    try {
      const ran = await runBuilt(each, golden, at, (fraction, text) =>
        task.update((turn + fraction) / left.length, `${place}, ${text}`),
      )
      ledger.enter(index, { kind: 'layer', layer: ran.result }, ran.opened, ran.passing)
    } catch (error) {
      fail(each.layer, error)
    }
  }
  await ledger.close()
  const ran = new Set<LayerInfo>()
  for (const [index, { layer }] of built.entries()) {
    const outcome = ledger.outcomes.get(index)
    if (outcome?.kind !== 'layer') continue
    results.set(layer, outcome.layer)
    ran.add(layer)
  }
  const [failure] = failures
  if (failure !== undefined && failures.length === layers.length) throw failure
  const all = layers.map((layer) => results.get(layer)!)
  task.done(describeRun(all, left.length), all.some(isRed))
  const red = built.find((each) => isFaulty(results.get(each.layer)!) && ran.has(each.layer))
  return {
    results: all,
    red: red === undefined ? null : redLayer(red, results.get(red.layer)!, golden, at),
    inputs: built.flatMap((each) => each.built.inputs),
    warnings: built.flatMap((each) => each.built.warnings),
    buildSeconds: built.reduce((sum, each) => sum + each.buildSeconds, 0),
  }
}

/** Builds the module for every layer, each combination of parameters once. */
async function buildLayers(
  loaded: LoadedConfig,
  layers: readonly LayerInfo[],
  at: OwnBench,
  fail: (layer: LayerInfo, error: unknown) => void,
  progress: Progress,
): Promise<readonly BuiltLayer[]> {
  const task = progress.start(`build ${loaded.config.top} for ${countLayers(layers.length)}`)
  const built: BuiltLayer[] = []
  for (const [index, layer] of layers.entries()) {
    task.update(index / layers.length, `${layer.name} (${index + 1} of ${layers.length})`)
    try {
      built.push(await buildLayer(loaded, layer, at))
    } catch (error) {
      fail(layer, error)
    }
  }
  const models = new Set(built.map((each) => each.built.key)).size
  const failed = layers.length - built.length
  const failures = failed === 0 ? '' : `, ${countLayers(failed)} failed`
  task.done(`${models} ${models === 1 ? 'model' : 'models'}${failures}`, failed > 0)
  return built
}

/** Runs a layer on its built module. A module that hangs or fails is a red layer. */
async function runBuilt(each: BuiltLayer, golden: Golden, at: OwnBench, onMoment: OnMoment) {
  const { layer, own } = each
  await using open = await openLayer(each, golden, at)
  const { result, error } = await runOperator(open.dut, own, layer, golden, onMoment)
  // The files that the module read are part of what it did. If they are unknown, a failure is not kept.
  const opened = await (error === null ? open.openedFiles() : open.openedFiles().catch(() => null))
  return { result, opened: opened ?? [], passing: opened === null || isPassing(error) }
}

const redLayer = (each: BuiltLayer, result: LayerResult, golden: Golden, at: OwnBench): RedLayer => ({
  result,
  open: async (waveform) => (await openLayer(each, golden, { ...at, waveform })).dut,
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

/** Says how long the run waited for a surplus beat. */
function describeWatched(watched: readonly number[]): string {
  const [least, most] = [Math.min(...watched), Math.max(...watched)].map(formatCount)
  const cycles = least === most ? least : `${least} to ${most}`
  return `After its last beat the module was watched for ${cycles} more cycles, longer than it was ever silent in the layer.`
}
