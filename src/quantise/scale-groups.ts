/** Clause A-7: tensors that meet in a concat, slice, max-pool or upsample share one scale and zero point, unless a profile requantises. */
import type { Profile } from '../arithmetic/profile.ts'
import type { FloatGraph, FloatNode } from '../graph/types.ts'

const PASSING: ReadonlySet<string> = new Set(['slice', 'concat', 'max-pool', 'upsample'])

/** The arithmetic of the hardware; `assay` if undefined. */
type Given = Profile | undefined

/** Whether a node is a concat whose inputs have scales of their own. */
export const requantisesInputs = ({ op }: Pick<FloatNode, 'op'>, profile: Given): boolean =>
  op === 'concat' && profile?.concat !== undefined

/** Whether the output of a node has the codes of its inputs. */
export const passesCodes = (node: Pick<FloatNode, 'op'>, profile: Given): boolean =>
  PASSING.has(node.op) && !requantisesInputs(node, profile)

/**
 * Union-find over tensor names. The representative of a group is its first tensor in graph order, so that the name of a
 * group does not depend on the order of the unions.
 */
export function findScaleGroups(graph: FloatGraph, profile: Given): ReadonlyMap<string, string> {
  const order = new Map(graph.nodes.map((node, index) => [node.name, index]))
  const parent = new Map(graph.nodes.map((node) => [node.name, node.name]))

  const find = (name: string): string => {
    let root = name
    while (parent.get(root) !== root) root = parent.get(root)!
    return root
  }
  const unite = (a: string, b: string): void => {
    const [x, y] = [find(a), find(b)]
    const [first, second] = order.get(x)! < order.get(y)! ? [x, y] : [y, x]
    parent.set(second, first)
  }

  for (const node of graph.nodes)
    if (node.op !== 'input' && passesCodes(node, profile))
      for (const input of node.inputs) unite(node.name, input)
  const [first, ...rest] = graph.head.levels
  for (const level of rest) {
    unite(first!.box, level.box)
    unite(first!.cls, level.cls)
  }
  return new Map(graph.nodes.map((node) => [node.name, find(node.name)]))
}
