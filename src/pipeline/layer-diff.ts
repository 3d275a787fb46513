/** One run of the layer diff, from a quantised model and an image to a result. */
import { join } from 'node:path'
import type { IntegerGraph } from '../golden/types.ts'
import { isRed, type LayerResult, type SimResult } from '../report/result.ts'
import { formatCount } from '../report/table.ts'
import { emitRoms, type RomSet } from '../rom/emit.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { detectorOptions } from '../simulate/detector.ts'
import { buildModel, simulate as simulateInChild } from '../simulate/index.ts'
import { chooseNms } from './engine-choice.ts'
import { writeWhole } from './files.ts'
import { loadImage, runGolden } from './model-run.ts'
import type { Progress } from './progress.ts'
import { checkRomFiles, romBytes, romPaths, writeRomFiles } from './rom-files.ts'
import { readSourceList } from './rtl-sources.ts'
import { simulateIsolated } from './simulate-layers.ts'

export interface LayerDiffOptions {
  readonly modelName: string
  readonly modelHash: string
  readonly modelId: number
  readonly graph: IntegerGraph
  readonly imagePath: string
  readonly engine: EngineParameters
  /** Where ROMs and the result are written. */
  readonly folder: string
  /** Where built models are kept. */
  readonly cacheDir: string
  /** Chooses layers by index, given all names in order. */
  readonly choose: (names: readonly string[]) => readonly number[]
  /** RTL sources; ours by default. */
  readonly sources?: readonly string[]
}

export async function runLayerDiff(options: LayerDiffOptions, progress: Progress): Promise<SimResult> {
  const { graph, engine, folder } = options
  const roms = emitRoms(graph, engine, options.modelId, chooseNms(graph, engine))
  const diffable = roms.steps.flatMap((step, pc) => (step.writes === null ? [] : [{ name: step.name, pc }]))
  const chosen = options.choose(diffable.map(({ name }) => name)).map((index) => diffable[index]!.pc)

  const image = await loadImage(options.imagePath, graph)
  const golden = runGolden(graph, image.codes, progress)

  const writing = progress.start('write ROMs')
  const romFolder = join(folder, 'roms')
  await writeRomFiles(romFolder, roms, options.modelName)
  writing.done(`${formatCount(romBytes(roms))} bytes in ${romFolder}`)

  const sources = options.sources ?? (await readSourceList())
  const building = progress.start('build the RTL with Verilator')
  const buildBegin = performance.now()
  const simulation = { ...detectorOptions(roms, sources, romPaths(romFolder)), cacheDir: options.cacheDir }
  const built = await buildModel(simulation)
  const buildSeconds = (performance.now() - buildBegin) / 1000
  building.done(
    `${engine.inputLanes}x${engine.outputLanes}x${engine.pixels} array, model ${built.key.slice(0, 12)}`,
  )

  await checkRomFiles(romFolder, roms)
  await using dut = await simulateInChild(simulation)
  const layers = await simulateIsolated(dut, chosen, graph, golden, roms, progress)
  const result = toSimResult(options, roms, image.path, layers, buildSeconds)
  await writeWhole(join(folder, 'sim.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

function toSimResult(
  options: LayerDiffOptions,
  _roms: RomSet,
  image: string,
  layers: readonly LayerResult[],
  buildSeconds: number,
): SimResult {
  const sum = (value: (layer: LayerResult) => number): number =>
    layers.reduce((total, layer) => total + value(layer), 0)
  return {
    model: options.modelName,
    modelHash: options.modelHash,
    weightBits: options.graph.weightBits,
    activationBits: options.graph.activationBits,
    mode: 'isolated',
    image,
    verdict: layers.some(isRed) ? 'mismatch' : 'exact',
    layers,
    totals: {
      layers: layers.length,
      elements: sum((layer) => layer.elements),
      mismatches: sum((layer) => layer.mismatches),
      cycles: sum((layer) => layer.cycles),
      macs: sum((layer) => layer.macs),
      buildSeconds,
      simSeconds: sum((layer) => layer.seconds),
    },
  }
}
