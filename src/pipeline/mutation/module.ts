/** `assay mutate --module`: the golden data of some layers against every mutant of the user's own module. */
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { compareTensors } from '../../diff/compare.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { type MutationSummary, summarise } from '../../mutation/score.ts'
import { outputOffset } from '../../operator/beats.ts'
import { listLayers } from '../../operator/layer-info.ts'
import { claims } from '../../operator/settle-config.ts'
import type { LayerInfo } from '../../operator/types.ts'
import { countMutants } from '../../report/mutation.ts'
import { formatSeconds } from '../../report/table.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { loadImage, runGolden } from '../model/golden-run.ts'
import { type LayerConfig, type LoadedConfig, settleLayer } from '../own-rtl/config.ts'
import {
  type BuiltLayer,
  buildLayer,
  buildOptions,
  type OpenLayer,
  type OwnBench,
  openLayer,
} from '../own-rtl/open.ts'
import type { Received } from '../own-rtl/result.ts'
import { driveOperator } from '../own-rtl/run.ts'
import type { MutationOptions } from './campaign.ts'
import { chooseMutants } from './choose.ts'
import type { Kill } from './journal.ts'
import { buildMutated, describeIncluded } from './models.ts'
import { scoreFiles, warnOfStale } from './score.ts'
import { checkNamed, findMutants } from './sources.ts'

export interface ModuleMutationOptions extends Omit<MutationOptions, 'tests'> {
  readonly loaded: LoadedConfig
  readonly graph: IntegerGraph
  readonly imagePath: string
  /** Folder of memory files. */
  readonly folder: string
  readonly cacheDir: string
  /** Chooses among the names of the layers that the configuration claims; null: the smallest of each combination of parameters. */
  readonly choose: ((names: readonly string[]) => readonly number[]) | null
}

/** @throws InputError if a layer is not exact without a mutant */
export async function runModuleMutation(
  options: ModuleMutationOptions,
  progress: Progress,
): Promise<MutationSummary> {
  const started = performance.now()
  const { loaded, graph, out, environment, cacheDir, folder } = options
  const own = loaded.config.sources.map((path) => relative('.', resolve(loaded.folder, path)))
  const sources = await findMutants(options.sources.length > 0 ? options.sources : own, out)
  if (options.sources.length > 0) checkNamed(sources)
  warnOfStale(sources.files, options.explanations, progress)
  const chosen = chooseMutants(sources.files, options.only, options.sample)
  const layers = chooseLayers(options)
  const image = await loadImage(options.imagePath, graph)
  const golden = await runGolden(graph, image.codes, progress)
  const at = { folder: join(folder, 'operator'), cacheDir, simulator: 'verilator', environment } as const
  const models = layers.map((layer) => buildOptions(settleLayer(loaded, layer), layer, at))
  const unbuildable = await buildMutated(models, sources, environment, progress)
  const included = await describeIncluded(models, sources, environment)
  const killed = new Map<number, Kill>()
  const witnesses: { name: string; killed: number; remarks: string[] }[] = []
  const mutated = { ...environment, mutation: sources.folder, mutant: '0' }
  for (const layer of layers) {
    const alive = chosen.map(({ id }) => id).filter((id) => !unbuildable.has(id) && !killed.has(id))
    const before = killed.size
    const task = progress.start(`${countMutants(alive.length)} on ${layer.name}`)
    const own = { ...at, environment: mutated }
    const bench: LayerBench = { built: await buildLayer(loaded, layer, own), golden, at: own }
    const { limits, seconds } = await measureUnbroken(bench, options.timeoutSeconds)
    await askMutants(limits, alive, (mutant, kill) => {
      if (kill !== null) killed.set(mutant, kill)
      task.update((killed.size - before) / Math.max(1, alive.length), `${killed.size - before} noticed`)
    })
    task.done(`${killed.size - before} noticed`)
    const remarks = [`runs in ${formatSeconds(seconds)} without a mutant`]
    witnesses.push({ name: layer.name, killed: killed.size - before, remarks })
  }
  const fates = { chosen, unbuildable, killed, seconds: (performance.now() - started) / 1000 }
  return summarise(scoreFiles(sources.files, fates, options.explanations), witnesses, included)
}

/** @throws InputError if the configuration claims no layer */
function chooseLayers({ loaded, graph, choose }: ModuleMutationOptions): readonly LayerInfo[] {
  const claimed = listLayers(graph).filter((layer) => claims(loaded.config, layer, loaded.path))
  if (claimed.length === 0) throw new InputError("'layers' claims no layer of this model", loaded.path)
  if (choose !== null) return choose(claimed.map(({ name }) => name)).map((index) => claimed[index]!)
  const smallest = new Map<string, LayerInfo>()
  for (const layer of claimed) {
    const { parameters } = settleLayer(loaded, layer).config
    const key = JSON.stringify(parameters, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    const known = smallest.get(key)
    if (known === undefined || layer.macs < known.macs) smallest.set(key, layer)
  }
  return [...smallest.values()].sort((a, b) => a.macs - b.macs)
}

/** Everything that runs one layer. */
interface LayerBench {
  readonly built: BuiltLayer
  readonly golden: Golden
  readonly at: OwnBench
}

/** A mutant that takes so many times the cycles of the module as it is makes no progress. */
const SLOWEST = 4

/** Runs the layer without a mutant, and sets limits by it. @throws InputError if it is not exact */
async function measureUnbroken(
  bench: LayerBench,
  timeoutSeconds: number | undefined,
): Promise<{ readonly limits: LayerBench; readonly seconds: number }> {
  const { built, golden, at } = bench
  await using opened = await openLayer(built, golden, at)
  const begin = performance.now()
  const run = await driveLayer(opened, bench).catch((error: unknown) => {
    if (error instanceof SimulationError) return error
    throw error
  })
  const reason = run instanceof SimulationError ? run.message : describeFault(run, bench)
  if (reason !== null)
    throw new InputError(
      `${built.layer.name} is not exact without a mutant: ${reason}`,
      built.own.path,
      'Run `assay sim --module` first.',
    )
  const seconds = (performance.now() - begin) / 1000
  const cycles = SLOWEST * (run as Received).cycles + 10_000
  const { config } = built.own
  const withinCycles = Math.min(cycles, config.withinCycles ?? cycles)
  const own: LayerConfig = { ...built.own, config: { ...config, withinCycles } }
  const deadlineMs = 1000 * (timeoutSeconds ?? 10 + 20 * seconds)
  return { seconds, limits: { built: { ...built, own }, golden, at: { ...at, deadlineMs } } }
}

const driveLayer = ({ dut }: OpenLayer, { built: { own, layer }, golden }: LayerBench): Promise<Received> =>
  driveOperator(dut, own, layer, golden)

/** Asks the layer of each mutant, as many at a time as there are cores. A child that ended is replaced. */
async function askMutants(
  bench: LayerBench,
  mutants: readonly number[],
  answer: (mutant: number, kill: Kill | null) => void,
): Promise<void> {
  const { built, golden, at } = bench
  const waiting = [...mutants]
  const work = async (): Promise<void> => {
    let own: OpenLayer | null = null
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        own ??= await openLayer(built, golden, at)
        const kill = await askOne(own, bench, mutant)
        answer(mutant, kill)
        if (kill?.ended !== true) continue
        await own.dut.close()
        own = null
      }
    } finally {
      await own?.dut.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), mutants.length) }, work))
}

async function askOne(own: OpenLayer, bench: LayerBench, mutant: number): Promise<Kill | null> {
  const { layer } = bench.built
  try {
    await own.dut.restart({ ...own.plusargs, assay_mutant: String(mutant) })
    const reason = describeFault(await driveLayer(own, bench), bench)
    return reason === null ? null : { test: layer.name, reason, ended: false }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    const reason = error.message.split('\n')[0]!.slice(0, 200)
    // A model that failed as it was opened is none.
    return { test: layer.name, reason, ended: error.kind === 'deadline' || error.kind === 'crash' }
  }
}

/** What is wrong with what came out; null if every code is right. */
function describeFault(run: Received, { built: { layer }, golden }: LayerBench): string | null {
  const { first } = compareTensors(
    golden.get(layer.name)!,
    run.codes,
    layer.node.shape,
    run.cycleOf,
    outputOffset(layer),
  )
  if (first !== null)
    return `c${first.channel} y${first.y} x${first.x}: expected ${first.expected}, received ${first.actual ?? 'nothing'}`
  if (run.stray > 0) return `${run.stray} beats too many`
  if (run.repeated > 0) return `${run.repeated} elements came twice`
  return run.error
}
