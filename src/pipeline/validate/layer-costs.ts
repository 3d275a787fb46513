/** This file measures every layer's noise and its cost at the logits or in accuracy, over a few images and on all cores. */
import { join } from 'node:path'
import type { IntegerGraph } from '../../golden/types.ts'
import { addPower, decibelsOf, NO_POWER, type Power } from '../../quantise/signal-power.ts'
import type { BlameResult, LayerBlame, LayerNoiseResult } from '../../report/layer-cost.ts'
import { plotBars } from '../../report/plot-svg.ts'
import { writeWhole } from '../../store/files.ts'
import type { Dataset } from '../../validate/dataset.ts'
import { evaluate } from '../../validate/evaluate.ts'
import { unpackDetections } from '../../validate/packed-boxes.ts'
import type { Progress } from '../files/progress.ts'
import type { LoadedModel, PreparedModel } from '../model/prepare.ts'
import type { LayerTask, LogitCost } from './layer-runner.ts'
import { checkIntegerHead } from './rtl.ts'
import type { BoxChoice } from './stages.ts'
import { startPool } from './worker-pool.ts'

export interface LayerCostRequest {
  /** The images to measure on, with their annotations. */
  readonly dataset: Dataset
  readonly model: LoadedModel
  readonly prepared: PreparedModel
  readonly choice: BoxChoice
  /** Folder for results. */
  readonly folder: string
  readonly jobs: number
}

/** Measures the signal-to-noise ratio of every layer, chained and isolated; writes `noise.json` and `noise.svg`. */
export async function measureLayerNoise(
  request: LayerCostRequest,
  progress: Progress,
): Promise<readonly LayerNoiseResult[]> {
  const { dataset, model, prepared, folder } = request
  checkIntegerHead(prepared.integer, 'layer noise')
  const tasks = dataset.images.map(({ path }): LayerTask => ({ analysis: 'noise', path }))
  const task = progress.start(`measure the noise of every layer on ${tasks.length} images`)
  const sums = new Map<string, { op: string; chained: Power; isolated: Power }>()
  const setup = { kind: 'layers', fused: model.graph, integer: prepared.integer, choice: null } as const
  await using pool = await startPool<'layers'>(setup, Math.min(request.jobs, tasks.length))
  let done = 0
  await pool.run(tasks, (_index, result) => {
    if (result.analysis !== 'noise') throw new Error('Expected the noise of layers')
    for (const { name, op, chained, isolated } of result.layers) {
      const known = sums.get(name) ?? { op, chained: NO_POWER, isolated: NO_POWER }
      sums.set(name, {
        op,
        chained: addPower(known.chained, chained),
        isolated: addPower(known.isolated, isolated),
      })
    }
    done++
    task.update(done / tasks.length, `${done} of ${tasks.length} images`)
  })
  const layers = [...sums].map(([name, { op, chained, isolated }]) => {
    return { name, op, chained: decibelsOf(chained), isolated: decibelsOf(isolated) }
  })
  await writeWhole(join(folder, 'noise.json'), `${JSON.stringify(layers, null, 1)}\n`)
  const values = (pick: (layer: LayerNoiseResult) => number | null): readonly number[] =>
    layers.map((layer) => pick(layer) ?? Number.NaN)
  const plot = plotBars({
    isFile: true,
    title: 'Signal-to-noise ratio by layer, float against integer',
    yLabel: 'dB',
    names: layers.map(({ name }) => name),
    series: [
      { name: 'chained', values: values(({ chained }) => chained) },
      { name: 'isolated', values: values(({ isolated }) => isolated) },
    ],
  })
  await writeWhole(join(folder, 'noise.svg'), String(plot))
  task.done(join(folder, 'noise.svg'))
  return layers
}

/** Makes one layer at a time integer, then all layers but one; writes `blame.json`. */
export async function blameLayers(
  request: LayerCostRequest,
  measure: 'noise' | 'map',
  progress: Progress,
): Promise<BlameResult> {
  const { dataset, model, prepared, folder } = request
  const { integer } = prepared
  checkIntegerHead(integer, 'blame')
  const paths = dataset.images.map(({ path }) => path)
  const names = listComputing(integer)
  const tasks: readonly LayerTask[] = [
    { analysis: 'all', paths },
    { analysis: 'none', paths },
    ...names.flatMap(({ name }): LayerTask[] => [
      { analysis: 'only', layer: name, paths },
      { analysis: 'but', layer: name, paths },
    ]),
  ]
  const task = progress.start(`quantise one layer at a time on ${paths.length} images`)
  const choice = measure === 'map' ? request.choice : null
  const setup = { kind: 'layers', fused: model.graph, integer, choice } as const
  await using pool = await startPool<'layers'>(setup, Math.min(request.jobs, tasks.length))
  const costs = new Array<LogitCost>(tasks.length)
  let done = 0
  await pool.run(tasks, (index, result) => {
    if (result.analysis !== 'logits') throw new Error('Expected the cost of a layer')
    costs[index] = result
    done++
    task.update(done / tasks.length, `${done} of ${tasks.length} networks`)
  })
  const accuracy = async (cost: LogitCost): Promise<number | null> =>
    measure === 'map' ? measureMap(dataset, cost) : null
  const [all, none] = [costs[0]!, costs[1]!]
  const [allMap, floatMap] = [await accuracy(all), await accuracy(none)]
  const less = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a - b
  const whole = logitDecibels(all)
  const layers: LayerBlame[] = []
  for (const [index, { name, op }] of names.entries()) {
    const [only, but] = [costs[2 + 2 * index]!, costs[3 + 2 * index]!]
    layers.push({
      name,
      op,
      only: logitDecibels(only),
      gain: less(logitDecibels(but), whole),
      onlyMap: less(await accuracy(only), floatMap),
      butMap: less(await accuracy(but), allMap),
    })
  }
  const rank = ({ only, onlyMap }: LayerBlame): number =>
    measure === 'map' ? (onlyMap ?? 0) : (only ?? Number.POSITIVE_INFINITY)
  const result: BlameResult = {
    images: paths.length,
    measure,
    all: whole,
    floatMap,
    allMap,
    layers: layers.toSorted((a, b) => rank(a) - rank(b)),
  }
  await writeWhole(join(folder, 'blame.json'), `${JSON.stringify(result, null, 1)}\n`)
  task.done(`${tasks.length} networks`)
  return result
}

const listComputing = (graph: IntegerGraph): readonly { readonly name: string; readonly op: string }[] =>
  graph.nodes.filter(({ op }) => op === 'conv' || op === 'add')

/** The mean of the noise shares of box and class logits, in dB. Both weigh alike. */
function logitDecibels({ box, cls }: LogitCost): number | null {
  const share = ({ signal, noise }: Power): number => noise / signal
  return decibelsOf({ signal: 1, noise: (share(box) + share(cls)) / 2 })
}

async function measureMap(dataset: Dataset, { boxes }: LogitCost): Promise<number | null> {
  const detections = boxes.flatMap((packed, index) => unpackDetections(packed, dataset.images[index]!))
  return (await evaluate(dataset, detections)).map
}
