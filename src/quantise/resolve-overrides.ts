/** The layers that overrides name, in a network. */
import type { FloatGraph } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import { preActivationKey } from './integer-graph.ts'
import type { Observer } from './observers.ts'
import type { Overrides } from './overrides.ts'
import { findScaleGroups } from './scale-groups.ts'

/** The overrides in the terms of the quantiser. */
export interface ResolvedOverrides {
  readonly layerWeightBits: ReadonlyMap<string, number>
  /** By key of the range slot. */
  readonly observers: ReadonlyMap<string, Observer>
}

/**
 * Finds the layers, by name or alias (`model.2` for `model.2.cv2`).
 *
 * @throws InputError for a layer that is not there, weight bits of a layer without weights, or two observers for layers that share
 * one scale
 */
export function resolveOverrides(graph: FloatGraph, overrides: Overrides, where: string): ResolvedOverrides {
  const groups = findScaleGroups(graph)
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const layerWeightBits = new Map<string, number>()
  const observers = new Map<string, Observer>()
  const decidedBy = new Map<string, string>()
  for (const [layer, { weightBits, observer }] of Object.entries(overrides)) {
    const node = nodes.get(graph.aliases.get(layer) ?? layer)
    if (node === undefined || node.op === 'input')
      throw new InputError(`the model has no layer ${layer}.`, where, nearest(layer, [...nodes.keys()]))
    if (weightBits !== undefined) {
      if (node.op !== 'conv')
        throw new InputError(
          `${layer} has no weights: it is of kind ${node.op}.`,
          where,
          'Remove its weightBits.',
        )
      layerWeightBits.set(node.name, weightBits)
    }
    if (observer === undefined) continue
    if (node.op === 'conv' && node.activation === 'silu') observers.set(preActivationKey(node.name), observer)
    const group = groups.get(node.name)!
    const before = observers.get(group)
    if (before !== undefined && before !== observer)
      throw new InputError(
        `${decidedBy.get(group)} and ${layer} share one scale, but have the observers ${before} and ${observer}.`,
        where,
        'Give both the same observer.',
      )
    observers.set(group, observer)
    decidedBy.set(group, layer)
  }
  return { layerWeightBits, observers }
}

/** Names that begin alike, or where to find them all. */
function nearest(layer: string, names: readonly string[]): string {
  const meant = suggest(layer, names)
  if (meant !== '') return meant
  const stem = layer.split('.').slice(0, 2).join('.')
  const near = names.filter((name) => name === stem || name.startsWith(`${stem}.`)).slice(0, 6)
  return near.length === 0 ? '`assay inspect` lists the layers.' : `Near it: ${near.join(', ')}.`
}
