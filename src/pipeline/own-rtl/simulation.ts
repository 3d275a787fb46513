/** `assay sim --module` runs the user's module on each layer that its configuration claims, from the layer's golden input. */
import { join, resolve } from 'node:path'
import type { IntegerGraph } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { claims } from '../../operator/check-config.ts'
import { listLayers } from '../../operator/layer-info.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import { formatCount } from '../../report/table.ts'
import { conclude } from '../../result/conclusion.ts'
import { isRed, type LayerResult, type SimResult } from '../../result/result.ts'
import { DEFAULT_ENGINE } from '../../rom/parameters.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import { removePath } from '../../store/files.ts'
import { checkIcarusBudget, type Simulator } from '../bench/icarus-budget.ts'
import { describeNetwork, recordSimulation } from '../bench/record.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { loadImage, runGolden } from '../model/golden-run.ts'
import { decorate, writeResult } from '../report/decoration.ts'
import type { LoadedConfig } from './config.ts'
import { openOperator } from './open.ts'
import { failedOperator, isLayerError, type LayerError } from './result.ts'
import { runOperator } from './run.ts'
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
  /** The environment as it was when the run began. */
  readonly environment: Environment
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
  const resultPath = join(folder, pathName(`sim-${loaded.config.top}.json`, loaded.path))
  await Promise.all([removePath(resultPath), removePath(join(folder, 'waves'))])
  const layers = chooseClaimed(options)
  if (simulator === 'icarus') checkIcarusBudget(layers)
  const image = await loadImage(options.imagePath, graph)
  const golden = await runGolden(graph, image.codes, progress)
  const { results, inputs, quiet, buildSeconds, red } = await runLayers(options, layers, golden, progress)
  const isTraced = simulator !== 'icarus' && options.waveform !== false
  const waveform = await decorate('waveform', progress, async () =>
    red !== null && isTraced ? traceOperator(red, folder, progress) : null,
  )
  const remarks = [...(quiet.length === 0 ? [] : [describeQuiet(quiet)]), ...waveform.remarks]
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
    run: await recordSimulation(environment, { sources, inputs, image: image.bytes, engine, startedAt }),
  }
  await writeResult(resultPath, result, progress)
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
  /** Cycles for which each layer was watched after its last beat. */
  readonly quiet: readonly number[]
  /** The first layer that ran and is red. */
  readonly red: RedLayer | null
  readonly buildSeconds: number
}

/** An error of one layer becomes that layer's result, and the others still run. @throws LayerError if no layer could run. */
async function runLayers(
  { loaded, folder, cacheDir, environment, simulator = 'verilator' }: OperatorSimulationOptions,
  layers: readonly LayerInfo[],
  golden: Golden,
  progress: Progress,
): Promise<RanLayers> {
  const task = progress.start(`simulate ${loaded.config.top} instead of ${layers.length} layers`)
  const results: LayerResult[] = []
  const failures: LayerError[] = []
  const inputs: BuildInput[] = []
  const quiet: number[] = []
  let first: RedLayer | null = null
  let buildSeconds = 0
  const at = { folder: join(folder, 'operator'), cacheDir, simulator, environment }
  for (const [index, layer] of layers.entries()) {
    task.update(index / layers.length, `${layer.name} (${index + 1} of ${layers.length})`)
    try {
      await using own = await openOperator(loaded, layer, golden, at)
      inputs.push(...own.inputs)
      buildSeconds += own.buildSeconds
      const run = await runOperator(own.dut, loaded, layer, golden)
      results.push(run.result)
      if (first === null && isRed(run.result))
        first = {
          result: run.result,
          open: async (waveform) => (await openOperator(loaded, layer, golden, { ...at, waveform })).dut,
          run: (dut) => runOperator(dut, loaded, layer, golden),
        }
      if (run.quiet !== null) quiet.push(run.quiet)
    } catch (error) {
      if (!isLayerError(error)) throw error
      failures.push(error)
      results.push(failedOperator(layer, error))
    }
  }
  const [failure] = failures
  if (failure !== undefined && failures.length === layers.length) throw failure
  const red = results.filter(isRed).length
  task.done(`${results.length} layers${red === 0 ? '' : `, ${red} red`}`)
  return { results, inputs, quiet, red: first, buildSeconds }
}

/** Says how long the run waited for a surplus beat. */
function describeQuiet(quiet: readonly number[]): string {
  const [least, most] = [Math.min(...quiet), Math.max(...quiet)].map(formatCount)
  const cycles = least === most ? least : `${least} to ${most}`
  return `After its last beat the module was watched for ${cycles} more cycles, longer than it was ever silent in the layer.`
}
