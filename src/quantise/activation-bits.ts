/** A of each scale group: groups of their own bits, both ends of the network, the image. */
import type { FloatGraph } from '../graph/types.ts'
import type { Overrides } from './overrides.ts'
import { findScaleGroups } from './scale-groups.ts'

export interface ActivationBits {
  /** A of the groups that have none of their own. */
  readonly activationBits: number
  /** A of single scale groups, by the group's first tensor. */
  readonly groupBits?: ReadonlyMap<string, number>
}

/** A of a scale group. */
export const groupBitsOf = (group: string, { activationBits, groupBits }: ActivationBits): number =>
  groupBits?.get(group) ?? activationBits

/** The groups at both ends of the network: the image, the box logits, the class logits. */
export function findEnds(graph: FloatGraph): readonly string[] {
  const groups = findScaleGroups(graph)
  const [level] = graph.head.levels
  return [graph.nodes[0]!.name, level!.box, level!.cls].map((name) => groups.get(name)!)
}

/** How the bits of a network are chosen. */
export interface BitChoice {
  readonly weightBits: number
  readonly activationBits: number
  /** A of the image and of the head's logits; those of the rest if there are none. */
  readonly endBits?: number | undefined
  readonly overrides: Overrides
}

/** A of the image. @param image name of the network's input */
export const imageBitsOf = (
  image: string,
  { activationBits, endBits, overrides }: Omit<BitChoice, 'weightBits'>,
): number => overrides[image]?.activationBits ?? endBits ?? activationBits

/** W and A that a datapath needs which takes every layer and every tensor. */
export function widestBits({ weightBits, activationBits, endBits, overrides }: BitChoice) {
  const own = Object.values(overrides)
  return {
    weightBits: Math.max(weightBits, ...own.map((layer) => layer.weightBits ?? 0)),
    activationBits: Math.max(activationBits, endBits ?? 0, ...own.map((layer) => layer.activationBits ?? 0)),
  }
}
