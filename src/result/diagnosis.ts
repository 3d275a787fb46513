/** This file groups what is red by what it has in common, so that one fault of the RTL is told once, whatever the number of its layers. */
import type { Cause } from '../diff/fault-kinds.ts'
import { jointCauses } from './joint-causes.ts'
import type { NetworkNode } from './record.ts'
import { isBroken, isRed, type LayerResult, type SimResult, statusOf } from './result.ts'

/** Layers that are red in the same way, in the order of the network; at least one. */
export type RedGroup = readonly [LayerResult, ...LayerResult[]]

/** How many layers of an operator are red. */
export interface OperatorCount {
  readonly op: string
  readonly red: number
  readonly all: number
}

/** What the red layers have and the exact ones have not. */
export type Common =
  /** Every layer of these operators is red, and no other. */
  | { readonly kind: 'operators' }
  /** The first layer alone. */
  | { readonly kind: 'first' }
  /** In a chain, this layer and all after it. */
  | { readonly kind: 'from'; readonly layer: string }
  /** `exact`: layers of the same operators that have the traits, too, and are exact. */
  | { readonly kind: 'traits'; readonly traits: readonly string[]; readonly exact: number }

export interface Extent {
  /** Of the operators that have a red layer, in the order of the network. */
  readonly operators: readonly OperatorCount[]
  /** Layers of all other operators that are red, exact, and without a result. */
  readonly others: { readonly red: number; readonly exact: number; readonly notRun: number }
  /** Null if nothing that the result tells of the layers divides the red ones from the exact ones. */
  readonly common: Common | null
}

type Told = Pick<SimResult, 'layers' | 'network' | 'mode' | 'run'>

/** A line of the RTL: what fails at another one is another fault. */
const SOURCE = /\.\w+:\d+:?$/

/** What layers that are red in the same way have in common: a cause, a kind of fault, or an error's text. */
export function keyOf(layer: LayerResult, cause: Cause | undefined = layer.kind?.cause): string | null {
  const { name, kind, error, stray, repeated, lost, seeds } = layer
  // Numbers and names differ where the sentence is the same.
  if (error !== null) {
    const words = error.split(/\s+/).filter((word) => word.replace(/[,:]$/, '') !== name)
    return words.map((word) => (SOURCE.test(word) ? word : word.replace(/\d\w*/g, '#'))).join(' ')
  }
  if (statusOf(layer) === 'unsteady') return 'unsteady'
  const also = [stray > 0, repeated > 0, (lost ?? 0) > 0, (seeds?.red.length ?? 0) > 0]
  if (kind === null) return also.includes(true) ? also.join() : null
  return `${cause?.id ?? kind.name} ${also.join()}`
}

/**
 * Groups of red layers: those that are explained first, then the largest, and of equal ones the first in the network. In a chain the
 * first comes first, because what is red behind it may only have taken its fault along. A layer of which nothing is known is alone.
 */
export function groupRed(
  layers: readonly LayerResult[],
  mode?: SimResult['mode'],
  causes = jointCauses(layers),
): readonly RedGroup[] {
  const groups = new Map<unknown, [LayerResult, ...LayerResult[]]>()
  for (const layer of layers.filter(isRed)) {
    const key = keyOf(layer, causes.get(layer)) ?? layer
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [layer])
    else group.push(layer)
  }
  if (mode === 'chained') return [...groups.values()]
  const isTold = ([first]: RedGroup): number => Number(causes.has(first))
  return [...groups.values()].sort((a, b) => isTold(b) - isTold(a) || b.length - a.length)
}

/** Says of some red layers which of the network's they are. Layers that are red otherwise, or have no result, count on neither side. */
export function extentOf(red: readonly LayerResult[], told: Told): Extent {
  const { layers } = told
  const names = new Set(red.map(({ name }) => name))
  const ops = [...new Set(red.map(({ op }) => op))]
  const others = layers.filter(({ op }) => !ops.includes(op))
  return {
    operators: ops.map((op) => ({
      op,
      red: red.filter((layer) => layer.op === op).length,
      all: layers.filter((layer) => layer.op === op).length,
    })),
    others: {
      red: others.filter((layer) => isRed(layer) && !isBroken(layer)).length,
      exact: others.filter((layer) => !isRed(layer)).length,
      notRun: others.filter(isBroken).length,
    },
    common: findCommon(
      layers.filter(({ name }) => names.has(name)),
      layers.filter((layer) => !isRed(layer)),
      told,
    ),
  }
}

function findCommon(red: readonly LayerResult[], exact: readonly LayerResult[], told: Told): Common | null {
  const [first] = red
  if (first === undefined || exact.length === 0) return null
  const { layers, mode } = told
  const begin = layers.indexOf(first)
  const isTail = layers.slice(begin).every((layer) => isRed(layer))
  if (mode === 'chained' && isTail && begin > 0) return { kind: 'from', layer: first.name }
  const ops = new Set(red.map(({ op }) => op))
  const peers = exact.filter(({ op }) => ops.has(op))
  if (peers.length === 0) return { kind: 'operators' }
  if (red.length === 1 && begin === 0) return { kind: 'first' }
  const nodes = new Map(told.network.map((node) => [node.name, node]))
  const traitsIn = (layer: LayerResult) => new Set(listTraits(layer, nodes, told.run.engine))
  const ofPeers = peers.map(traitsIn)
  const ofRed = red.map(traitsIn)
  const ranked = [...ofRed[0]!]
    .filter((trait) => ofRed.every((own) => own.has(trait)))
    .map((trait) => ({ trait, exact: ofPeers.filter((own) => own.has(trait)).length }))
    // What all have tells nothing.
    .filter((each) => each.exact < peers.length)
    .sort((a, b) => a.exact - b.exact)
  const least = ranked[0]?.exact ?? peers.length
  const best = ranked.filter((each) => each.exact === least).slice(0, MOST_TRAITS)
  if (least === 0) return { kind: 'traits', traits: best.map(({ trait }) => trait), exact: 0 }
  const bound = red.length < 2 || peers.length < 2 ? null : findBound(red, peers, nodes)
  if (bound !== null) return { kind: 'traits', traits: [bound], exact: 0 }
  if (best.length === 0 || red.length < 2 || 2 * least > red.length) return null
  return { kind: 'traits', traits: best.map(({ trait }) => trait), exact: least }
}

/** Traits that always come together are told together, if they are few. */
const MOST_TRAITS = 2

type Nodes = ReadonlyMap<string, NetworkNode>

/** Properties that hardware treats by itself, each as it stands after a word for the layers. */
function listTraits(
  { name, shape }: LayerResult,
  nodes: Nodes,
  { pixels, inputLanes, outputLanes }: Told['run']['engine'],
): readonly string[] {
  const { inputs = [], window } = nodes.get(name) ?? {}
  const { kernel, stride, padding, table } = window ?? {}
  const [inChannels = 0] = nodes.get(inputs[0] ?? '')?.shape ?? []
  return [
    ...(table === undefined ? [] : [table ? 'with an activation table' : 'without an activation table']),
    ...(stride === undefined ? [] : [`with stride ${stride}`]),
    ...(kernel === undefined ? [] : [`with a ${kernel}x${kernel} window`]),
    ...(padding === undefined ? [] : [padding > 0 ? 'with padding' : 'without padding']),
    ...(inChannels > inputLanes ? [`with more than ${inputLanes} input channels`] : []),
    ...(shape[0] > outputLanes ? [`with more than ${outputLanes} output channels`] : []),
    ...(pixels > 1 && shape[2] % pixels > 0 ? [`whose width ${pixels} does not divide`] : []),
  ]
}

type Size = readonly [what: string, of: (layer: LayerResult) => number | undefined]

/** The size above or below which all are red. */
function findBound(red: readonly LayerResult[], peers: readonly LayerResult[], nodes: Nodes): string | null {
  const sizes: readonly Size[] = [
    ['input channels', ({ name }) => nodes.get(nodes.get(name)?.inputs[0] ?? '')?.shape[0]],
    ['output channels', ({ shape }) => shape[0]],
    ['columns', ({ shape }) => shape[2]],
    ['rows', ({ shape }) => shape[1]],
  ]
  for (const [what, of] of sizes) {
    const [own, other] = [red.map(of), peers.map(of)].map((all) => all.map((size) => size ?? Number.NaN))
    const [least, most] = [Math.min(...own!), Math.max(...own!)]
    if (least > Math.max(...other!)) return `with ${least} ${what} or more`
    if (most < Math.min(...other!)) return `with ${most} ${what} or fewer`
  }
  return null
}
