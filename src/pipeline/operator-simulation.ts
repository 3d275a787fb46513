/** `assay sim --config`: the layers that somebody else's module claims, each from its golden input. */
import { join, resolve } from 'node:path'
import { InputError } from '../checkpoint/input-error.ts'
import { pathName } from '../checkpoint/path-name.ts'
import type { IntegerGraph } from '../golden/types.ts'
import { claims } from '../operator/check-config.ts'
import { listLayers } from '../operator/layer-info.ts'
import { conclude } from '../report/conclusion.ts'
import { isRed, type LayerResult, type SimResult } from '../report/result.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import type { BuildInput } from '../simulate/build.ts'
import { buildModel, simulateInChild } from '../simulate/index.ts'
import { removePath, writeWhole } from './files.ts'
import { checkIcarusBudget, type Simulator } from './icarus-budget.ts'
import { loadImage, runGolden } from './model-run.ts'
import type { LoadedConfig } from './operator-config.ts'
import { operatorOptions, runOperator } from './operator-run.ts'
import type { Progress } from './progress.ts'
import { describeNetwork, recordSimulation } from './sim-record.ts'

export interface OperatorSimulationOptions {
  readonly loaded: LoadedConfig
  readonly modelName: string
  readonly modelHash: string
  readonly graph: IntegerGraph
  readonly imagePath: string
  /** Where memory files and the result are written. */
  readonly folder: string
  readonly cacheDir: string
  readonly simulator?: Simulator
  /** Chooses among the names of the layers that the configuration claims. */
  readonly choose: (names: readonly string[]) => readonly number[]
}

/** @throws InputError where the configuration claims no layer of the network. */
export async function runOperatorSimulation(
  options: OperatorSimulationOptions,
  progress: Progress,
): Promise<SimResult> {
  const startedAt = new Date()
  const name = pathName(`sim-${options.loaded.config.top}.json`, options.loaded.path)
  const resultPath = join(options.folder, name)
  await removePath(resultPath)
  const { loaded, graph, folder, cacheDir, simulator = 'verilator' } = options
  const all = listLayers(graph)
  const claimed = all.filter((layer) => claims(loaded.config, layer))
  if (claimed.length === 0)
    throw new InputError(
      `'layers' claims none of the ${all.length} layers of ${options.modelName}`,
      loaded.path,
      'Their sizes are in `assay inspect`.',
    )
  const layers = options.choose(claimed.map(({ name }) => name)).map((index) => claimed[index]!)
  if (simulator === 'icarus') checkIcarusBudget(layers)
  const image = await loadImage(options.imagePath, graph)
  const golden = await runGolden(graph, image.codes, progress)

  const task = progress.start(`simulate ${loaded.config.top} in the place of ${layers.length} layers`)
  const results: LayerResult[] = []
  const inputs: BuildInput[] = []
  let buildSeconds = 0
  for (const [index, layer] of layers.entries()) {
    task.update(index / layers.length, `${layer.name} (${index + 1} of ${layers.length})`)
    const own = await operatorOptions(loaded, layer, golden, join(folder, 'operator'))
    const begin = performance.now()
    inputs.push(...(await buildModel({ ...own, cacheDir, simulator })).inputs)
    buildSeconds += (performance.now() - begin) / 1000
    await using dut = await simulateInChild({ ...own, cacheDir, simulator })
    results.push(await runOperator(dut, loaded, layer, golden))
  }
  const red = results.filter(isRed).length
  task.done(`${results.length} layers${red === 0 ? '' : `, ${red} red`}`)

  const { weightBits, activationBits } = graph
  // There is no array of ours in it.
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
    waveform: null,
    pictures: [],
    network: describeNetwork(graph),
    run: await recordSimulation(sources, inputs, image.bytes, engine, startedAt),
  }
  await writeWhole(resultPath, `${JSON.stringify(result, null, 2)}\n`)
  return result
}
