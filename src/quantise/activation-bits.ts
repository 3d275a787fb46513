/** A of each scale group: groups of their own bits, both ends of the network, their mean over all stored codes. */
import type { Profile } from '../arithmetic/profile.ts'
import { countElements } from '../golden/codes.ts'
import type { FloatGraph, FloatNode } from '../graph/types.ts'
import type { Overrides } from './overrides.ts'
import { findScaleGroups, requantisesInputs } from './scale-groups.ts'

export interface ActivationBits {
  /** The arithmetic of the hardware; `assay` if absent. */
  readonly profile?: Profile | undefined
  /** A of the groups that have none of their own. */
  readonly activationBits: number
  /** A of single scale groups, by the group's first tensor. */
  readonly groupBits?: ReadonlyMap<string, number>
}

/** A of a scale group. */
export const groupBitsOf = (group: string, { activationBits, groupBits }: ActivationBits): number =>
  groupBits?.get(group) ?? activationBits

/** The groups at both ends of the network: the image, the box logits, the class logits. */
export function findEnds(graph: FloatGraph, profile: Profile | undefined): readonly string[] {
  const groups = findScaleGroups(graph, profile)
  const [level] = graph.head.levels
  return [graph.nodes[0]!.name, level!.box, level!.cls].map((name) => groups.get(name)!)
}

/** Operators whose output is a part of other tensors: nothing is stored for it. */
const VIEWS: ReadonlySet<string> = new Set(['slice', 'concat'])

/** Codes that a scale group stores for an image: a tensor counts once per node that makes it. By group, in graph order. */
export function countStored(
  graph: FloatGraph,
  nodes: readonly FloatNode[],
  profile: Profile | undefined,
): ReadonlyMap<string, number> {
  const groups = findScaleGroups(graph, profile)
  const stored = new Map<string, number>()
  for (const node of nodes) {
    const { name, op, shape } = node
    if (VIEWS.has(op) && !requantisesInputs(node, profile)) continue
    const group = groups.get(name)!
    stored.set(group, (stored.get(group) ?? 0) + countElements(shape))
  }
  return stored
}

/** Mean bits per stored code. */
export function meanBits(stored: ReadonlyMap<string, number>, bits: ActivationBits): number {
  let [sum, total] = [0, 0]
  for (const [group, codes] of stored) {
    sum += codes * groupBitsOf(group, bits)
    total += codes
  }
  return sum / total
}

/** How the bits of a network are chosen. */
export interface BitChoice {
  readonly weightBits: number
  readonly activationBits: number
  /** A of the image and of the head's logits; those of the rest if there are none. */
  readonly endBits?: number | undefined
  /** Mean bits per stored code that a search may give out (search-bits.ts); no search if absent. */
  readonly activationBudget?: number | undefined
  readonly tableBits: number
  readonly overrides: Overrides
}

/** Most bits that a search gives a tensor: those that the RTL takes, and an index of its table has. */
export const mostBits = ({ tableBits }: Pick<BitChoice, 'tableBits'>): number => Math.min(8, tableBits)

/** W and A that a datapath needs which takes every layer and every tensor, also those that a search may widen. */
export function widestBits(choice: BitChoice) {
  const { weightBits, activationBits, endBits = 0, activationBudget, overrides } = choice
  const own = Object.values(overrides)
  const found = activationBudget === undefined ? 0 : mostBits(choice)
  return {
    weightBits: Math.max(weightBits, ...own.map((layer) => layer.weightBits ?? 0)),
    activationBits: Math.max(
      ...[activationBits, endBits, found],
      ...own.map((layer) => layer.activationBits ?? 0),
    ),
  }
}
