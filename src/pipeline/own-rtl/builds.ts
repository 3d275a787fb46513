/** This file builds the user's module for every layer, several at a time: each combination of parameters is a model of its own. */
import { availableParallelism } from 'node:os'
import type { LayerInfo } from '../../operator/types.ts'
import { countLayers } from '../../report/conclusion.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import type { Progress } from '../files/progress.ts'
import type { LoadedConfig } from './config.ts'
import { type BuiltLayer, buildLayer, type OwnBench } from './open.ts'
import { isLayerError, type LayerError } from './result.ts'

export interface BuiltLayers {
  readonly built: readonly BuiltLayer[]
  /** Layers without a model, and why. */
  readonly failures: ReadonlyMap<LayerInfo, LayerError>
  /** What the first model read: the same in every shard. */
  readonly inputs: readonly BuildInput[]
  /** Wall time of all builds. */
  readonly seconds: number
}

/**
 * An error of one layer leaves the others alone.
 * @param own layers that are built @param all in the order of the network; the first of them that can be built is built in any case
 * @throws anything but an error of a layer
 */
export async function buildLayers(
  loaded: LoadedConfig,
  own: readonly LayerInfo[],
  all: readonly LayerInfo[],
  at: OwnBench,
  jobs: number | undefined,
  progress: Progress,
): Promise<BuiltLayers> {
  const task = progress.start(`build ${loaded.config.top} for ${countLayers(own.length)}`)
  const begin = performance.now()
  const built = new Map<LayerInfo, BuiltLayer>()
  const failures = new Map<LayerInfo, LayerError>()
  const models = new Set<string>()
  let done = 0
  const build = async (layer: LayerInfo): Promise<void> => {
    try {
      const made = await buildLayer(loaded, layer, at)
      built.set(layer, made)
      models.add(made.built.key)
    } catch (error) {
      if (!isLayerError(error)) throw error
      failures.set(layer, error)
    }
    done++
    task.update(done / own.length, `${layer.name} (${done} of ${own.length})`)
  }
  const waiting = [...own]
  const work = async (): Promise<void> => {
    for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) await build(layer)
  }
  const workers = Math.min(jobs ?? availableParallelism(), own.length)
  await Promise.all(Array.from({ length: workers }, work))
  const failed = failures.size === 0 ? '' : `, ${countLayers(failures.size)} failed`
  task.done(`${models.size} ${models.size === 1 ? 'model' : 'models'}${failed}`, failures.size > 0)
  const seconds = (performance.now() - begin) / 1000
  let first: BuiltLayer | undefined
  for (const layer of all) {
    if (!built.has(layer) && !failures.has(layer)) await build(layer)
    first = built.get(layer)
    if (first !== undefined) break
  }
  return {
    built: own.flatMap((layer) => built.get(layer) ?? []),
    failures: new Map([...failures].filter(([layer]) => own.includes(layer))),
    inputs: first?.built.inputs ?? [],
    seconds,
  }
}
