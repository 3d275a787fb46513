/** Clause A-7: tensors that meet in a concat, slice, max-pool or upsample share one scale and zero point. */
import type { FloatGraph } from '../graph/types.ts'

/**
 * Union-find over tensor names. The representative of a group is its first tensor in graph order, so that the name of a
 * group does not depend on the order of the unions.
 */
export function findScaleGroups(graph: FloatGraph): ReadonlyMap<string, string> {
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

  for (const node of graph.nodes) {
    switch (node.op) {
      case 'concat':
      case 'slice':
      case 'max-pool':
      case 'upsample':
        for (const input of node.inputs) unite(node.name, input)
    }
  }
  const [first, ...rest] = graph.head.levels
  for (const level of rest) {
    unite(first!.box, level.box)
    unite(first!.cls, level.cls)
  }
  return new Map(graph.nodes.map((node) => [node.name, find(node.name)]))
}
