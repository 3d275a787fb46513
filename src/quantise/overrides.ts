/** Mixed precision: settings of single layers that differ from the rest. Read from JSON: `{ "model.0": { "weightBits": 8, "observer": "max" } }`. */
import type { FloatGraph } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { preActivationKey } from './integer-graph.ts'
import { OBSERVERS, type Observer } from './observers.ts'
import { findScaleGroups } from './scale-groups.ts'

export interface LayerOverride {
  readonly weightBits?: number
  /** For the layer's pre-activation and output. */
  readonly observer?: Observer
}

/** By layer name, in the order of the names. */
export type Overrides = Readonly<Record<string, LayerOverride>>

/** The overrides in the terms of the quantiser. */
export interface ResolvedOverrides {
  readonly layerWeightBits: ReadonlyMap<string, number>
  /** By key of the range slot. */
  readonly observers: ReadonlyMap<string, Observer>
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function checkWeightBits(bits: unknown, where: string): number {
  if (typeof bits === 'number' && Number.isInteger(bits) && ((bits >= 2 && bits <= 8) || bits === 16))
    return bits
  throw new InputError(`expected 2 to 8, or 16 in the reference model, got ${String(bits)}.`, where)
}

/** @throws InputError that names the entry at fault. */
export function parseOverrides(json: unknown, where: string): Overrides {
  if (!isRecord(json))
    throw new InputError('expected an object of layers.', where, 'E.g. {"model.0": {"weightBits": 8}}.')
  const entries = Object.entries(json).map(([layer, value]): [string, LayerOverride] => {
    const place = `${where}: ${layer}`
    if (!isRecord(value)) throw new InputError('expected an object.', place, 'E.g. {"weightBits": 8}.')
    for (const key of Object.keys(value))
      if (key !== 'weightBits' && key !== 'observer')
        throw new InputError(`unknown setting ${key}.`, place, 'A layer may have weightBits and observer.')
    const observer = OBSERVERS.find((one) => one === value.observer)
    if (value.observer !== undefined && observer === undefined)
      throw new InputError(
        `expected one of ${OBSERVERS.join(', ')}, got ${String(value.observer)}.`,
        `${place}.observer`,
      )
    const { weightBits } = value
    return [
      layer,
      {
        weightBits: weightBits === undefined ? undefined : checkWeightBits(weightBits, `${place}.weightBits`),
        observer,
      },
    ]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
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
      throw new InputError(`the model has no layer ${layer}.`, where, suggest(layer, [...nodes.keys()]))
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
function suggest(layer: string, names: readonly string[]): string {
  const stem = layer.split('.').slice(0, 2).join('.')
  const near = names.filter((name) => name === stem || name.startsWith(`${stem}.`)).slice(0, 6)
  return near.length === 0 ? '`assay inspect` lists the layers.' : `Near it: ${near.join(', ')}.`
}
