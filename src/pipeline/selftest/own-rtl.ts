/**
 * This file is the self-test of the user's module. It flips one bit of every layer's golden data, which must go red at that element. It
 * flips one bit of what the module is sent, which must go red where the reference model gives another code with the same bit flipped in
 * its own parameters. It does not change the module itself.
 */
import { join, resolve } from 'node:path'
import { compareTensors } from '../../diff/compare.ts'
import { createRandom } from '../../golden/random.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { outputOffset } from '../../operator/beats.ts'
import { listLayers } from '../../operator/layer-info.ts'
import type { OperatorConfig } from '../../operator/operator-config.ts'
import { claims } from '../../operator/settle-config.ts'
import type { LayerInfo, TensorName } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import type { Flip, SelftestResult } from '../../report/selftest.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import { writeWhole } from '../../store/files.ts'
import type { Golden } from '../bench/reference.ts'
import type { Progress } from '../files/progress.ts'
import { loadImage, runGolden } from '../model/golden-run.ts'
import type { LoadedConfig } from '../own-rtl/config.ts'
import { buildLayer, openLayer } from '../own-rtl/open.ts'
import type { Received } from '../own-rtl/result.ts'
import { driveOperator } from '../own-rtl/run.ts'
import { flipCodes, planLoad } from './own-rtl-loads.ts'
import { describeReds, flipNothing, type Random, type Red } from './run.ts'

export interface OperatorSelftestOptions {
  readonly loaded: LoadedConfig
  readonly modelName: string
  readonly graph: IntegerGraph
  readonly imagePath: string
  readonly folder: string
  readonly cacheDir: string
  readonly environment: Environment
  /** Seed of the choice of bits. */
  readonly seed: number
}

/** A layer, and what the module computed for it without a flip. */
interface Recorded {
  readonly layer: LayerInfo
  readonly received: Received
}

/** @throws InputError if the configuration claims no layer of the network. */
export async function runOperatorSelftest(
  options: OperatorSelftestOptions,
  progress: Progress,
): Promise<SelftestResult> {
  const begin = performance.now()
  const { loaded, graph, seed } = options
  const layers = listLayers(graph).filter((layer) => claims(loaded.config, layer, loaded.path))
  if (layers.length === 0)
    throw new InputError(
      `'layers' claims no layer of ${options.modelName}: there is nothing to test`,
      loaded.path,
      '`assay inspect` shows their sizes.',
    )
  const image = await loadImage(options.imagePath, graph)
  const golden = await runGolden(graph, image.codes, progress)
  const random = createRandom(seed)

  const task = progress.start(`run ${loaded.config.top} once on each layer`)
  const recorded: Recorded[] = []
  for (const [index, layer] of layers.entries()) {
    task.update(index / layers.length, layer.name)
    recorded.push({ layer, received: await runOnce(options, layer, golden, golden) })
  }
  task.done(`${layers.length} layers`)
  const reds = findReds(recorded, golden)
  const skipped: string[] = [`a change of ${loaded.config.top} itself: it runs as it is`]
  const flips: Flip[] = [flipNothing(reds)]
  if (reds.length === 0) {
    for (const { layer } of recorded) flips.push(flipGolden(recorded, layer, golden, random))
    const loads = await flipLoads(options, recorded, golden, random, progress)
    flips.push(...loads.flips)
    skipped.push(...loads.skipped)
  } else skipped.push('everything else: something is red without a flip, so fix that first (assay sim)')
  const result: SelftestResult = {
    model: options.modelName,
    image: image.path,
    array: '',
    module: loaded.config.top,
    seed,
    verdict: flips.every(({ caught }) => caught) ? 'all caught' : 'something stayed green',
    flips,
    skipped,
    seconds: (performance.now() - begin) / 1000,
  }
  await writeWhole(join(options.folder, 'selftest.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

/** @param sent what the module is sent, which may differ from the golden data by a bit. */
async function runOnce(
  { loaded, folder, cacheDir, environment }: OperatorSelftestOptions,
  layer: LayerInfo,
  golden: Golden,
  sent: Golden,
): Promise<Received> {
  const at = { folder: resolve(folder, 'memories'), cacheDir, simulator: 'verilator', environment } as const
  const built = await buildLayer(loaded, layer, at)
  await using open = await openLayer(built, sent, at)
  try {
    return await driveOperator(open.dut, built.own, layer, sent)
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    const nothing = new Int32Array(golden.get(layer.name)!.length).fill(-1)
    const cycleOf = () => Number.NaN
    return {
      codes: nothing,
      cycleOf,
      stray: 0,
      repeated: 0,
      cycles: error.cycle,
      seconds: 0,
      error: error.message,
      quiet: 0,
    }
  }
}

/** Lists everything that is red against the given golden data. */
function findReds(recorded: readonly Recorded[], golden: Golden): readonly Red[] {
  return recorded.flatMap(({ layer, received }): Red[] => {
    const { stray, repeated, error } = received
    const { name, node } = layer
    const { mismatches, first } = compareTensors(
      golden.get(name)!,
      received.codes,
      node.shape,
      received.cycleOf,
      outputOffset(layer),
    )
    const isRed = mismatches > 0 || stray > 0 || repeated > 0 || error !== null
    return isRed ? [{ layer: name, mismatches, first, field: null }] : []
  })
}

function flipGolden(recorded: readonly Recorded[], layer: LayerInfo, golden: Golden, random: Random): Flip {
  const { name, node } = layer
  const { codes, element, bit } = flipCodes(golden.get(name)!, node.quant.bits, random)
  const expected = compareTensors(codes, golden.get(name)!, node.shape, undefined, outputOffset(layer))
  const reds = findReds(recorded, new Map(golden).set(name, codes))
  const place: Red = { layer: name, mismatches: 1, first: expected.first, field: null }
  return judge('golden', `bit ${bit} of ${element}`, place, reds)
}

function judge(kind: Flip['kind'], what: string, place: Red, reds: readonly Red[]): Flip {
  const [red] = reds
  const caught =
    reds.length === 1 &&
    describeReds(reds) === describeReds([place]) &&
    red!.mismatches === place.mismatches &&
    red!.first?.actual === place.first?.actual &&
    red!.first?.expected === place.first?.expected
  return { kind, what, expected: describeReds([place]), found: describeReds(reds), caught }
}

/** Flips a bit for every layer once, and in every sent tensor at least once. */
async function flipLoads(
  options: OperatorSelftestOptions,
  recorded: readonly Recorded[],
  golden: Golden,
  random: Random,
  progress: Progress,
): Promise<Pick<SelftestResult, 'flips' | 'skipped'>> {
  const tensors = sentTensors(options.loaded.config)
  const task = progress.start(`flip a bit of what ${options.loaded.config.top} is sent`)
  const flips: Flip[] = []
  const skipped: string[] = []
  const count = Math.max(recorded.length, tensors.length)
  /** @returns false if no bit of the layer's tensor changes its output. */
  const flip = async (layer: LayerInfo, tensor: TensorName): Promise<boolean> => {
    const planned = planLoad(options.graph, layer, tensor, golden, random)
    if (planned === null) return false
    const received = await runOnce(options, planned.layer, golden, planned.sent)
    const reds = findReds([{ layer, received }], golden)
    flips.push(judge('load', tensor, planned.expected, reds))
    return true
  }
  const flipped = new Set<TensorName>()
  for (let turn = 0; turn < count; turn++) {
    const { layer } = recorded[turn % recorded.length]!
    const tensor = tensors[turn % tensors.length]!
    task.update(turn / count, `${tensor} of ${layer.name}`)
    if (await flip(layer, tensor)) flipped.add(tensor)
    else skipped.push(`a bit of ${tensor} of ${layer.name}: no bit was found that changes its output`)
  }
  // A tensor whose turns fell on layers that do not have it.
  for (const tensor of tensors.filter((each) => !flipped.has(each)))
    for (const { layer } of recorded) if (await flip(layer, tensor)) break
  task.done(`${flips.length} flips`)
  return { flips, skipped }
}

const sentTensors = ({
  inputs,
  load = [],
  memories = [],
  regions = [],
}: OperatorConfig): readonly TensorName[] => [
  ...new Set(
    [...inputs, ...load, ...memories, ...regions].flatMap(
      (sent) => ('tensor' in sent ? sent.tensor : undefined) ?? [],
    ),
  ),
]
