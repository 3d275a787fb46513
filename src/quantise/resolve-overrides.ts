/** The layers that overrides name, in a network. */
import type { Profile } from '../arithmetic/profile.ts'
import type { FloatGraph } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import { findEnds } from './activation-bits.ts'
import { preActivationKey } from './integer-graph.ts'
import type { Observer } from './observers.ts'
import type { Overrides } from './overrides.ts'
import { findScaleGroups, passesCodes } from './scale-groups.ts'

/** The overrides in the terms of the quantiser. */
export interface ResolvedOverrides {
  readonly layerWeightBits: ReadonlyMap<string, number>
  /** By key of the range slot. */
  readonly observers: ReadonlyMap<string, Observer>
  /** A of the scale groups that have bits of their own, by the group's first tensor. */
  readonly groupBits: ReadonlyMap<string, number>
}

/**
 * Finds the layers, by name or alias (`model.2` for `model.2.cv2`).
 *
 * @param endBits A of the image and of the head's logits where no override names them
 * @throws InputError for a layer that is not there, weight bits of a layer without weights, activation bits of a layer that passes codes
 * on, an observer of the image, or two observers or activation bits for layers that share one scale
 */
export function resolveOverrides(
  graph: FloatGraph,
  overrides: Overrides,
  where: string,
  { endBits, profile }: { readonly endBits?: number | undefined; readonly profile?: Profile | undefined },
): ResolvedOverrides {
  const groups = findScaleGroups(graph, profile)
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const layerWeightBits = new Map<string, number>()
  const observers = new SharedSetting<Observer>('observer', where)
  const bits = new SharedSetting<number>('activationBits', where)
  for (const [layer, { weightBits, activationBits, observer }] of Object.entries(overrides)) {
    const node = nodes.get(graph.aliases.get(layer) ?? layer)
    if (node === undefined)
      throw new InputError(`the model has no layer ${layer}.`, where, nearest(layer, [...nodes.keys()]))
    const group = groups.get(node.name)!
    if (weightBits !== undefined) {
      if (node.op !== 'conv')
        throw new InputError(
          `${layer} has no weights: it is of kind ${node.op}.`,
          where,
          'Remove its weightBits.',
        )
      layerWeightBits.set(node.name, weightBits)
    }
    if (activationBits !== undefined) {
      if (passesCodes(node, profile))
        throw new InputError(
          `${layer} (${node.op}) passes the codes of ${group} on, with its scale and its bits (A-7).`,
          where,
          `Give the activationBits to ${group}.`,
        )
      bits.set(group, layer, activationBits)
    }
    if (observer === undefined) continue
    if (node.op === 'input')
      throw new InputError(
        `the scale of ${layer} is fixed, 1 / (2^A - 1) (A-1): it has no observer.`,
        where,
        'Remove its observer.',
      )
    if (node.op === 'conv' && node.activation !== 'none')
      observers.decided.set(preActivationKey(node.name), observer)
    observers.set(group, layer, observer)
  }
  const ends = endBits === undefined ? [] : findEnds(graph, profile).map((group) => [group, endBits] as const)
  return { layerWeightBits, observers: observers.decided, groupBits: new Map([...ends, ...bits.decided]) }
}

/** A setting that all layers of a scale group share. */
class SharedSetting<Value extends string | number> {
  readonly decided = new Map<string, Value>()
  readonly #name: string
  readonly #where: string
  readonly #layers = new Map<string, string>()

  constructor(name: string, where: string) {
    this.#name = name
    this.#where = where
  }

  set(group: string, layer: string, value: Value): void {
    const before = this.decided.get(group)
    if (before !== undefined && before !== value)
      throw new InputError(
        `${this.#layers.get(group)} and ${layer} share one scale (A-7), but have the ${this.#name} ${before} and ${value}.`,
        this.#where,
        `Give both the same ${this.#name}.`,
      )
    this.decided.set(group, value)
    this.#layers.set(group, layer)
  }
}

/** Names that begin alike, or where to find them all. */
function nearest(layer: string, names: readonly string[]): string {
  const meant = suggest(layer, names)
  if (meant !== '') return meant
  const stem = layer.split('.').slice(0, 2).join('.')
  const near = names.filter((name) => name === stem || name.startsWith(`${stem}.`)).slice(0, 6)
  return near.length === 0 ? '`assay inspect` lists the layers.' : `Near it: ${near.join(', ')}.`
}
