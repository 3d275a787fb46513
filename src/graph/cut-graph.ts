/** Parts of a float graph: what comes before a tensor, and what comes after it. */
import type { FloatGraph, FloatNode } from './types.ts'

const inputsOf = (node: FloatNode): readonly string[] => (node.op === 'input' ? [] : node.inputs)

/**
 * The part of a graph that computes `wanted` from `given`: those become inputs, and nodes that are not needed are left out. A given
 * tensor that nothing reads is no input. Inputs come first.
 */
export function cutGraph(
  graph: FloatGraph,
  given: ReadonlySet<string>,
  wanted: readonly string[],
): FloatGraph {
  const needed = new Set(wanted)
  for (const node of graph.nodes.toReversed())
    if (needed.has(node.name) && !given.has(node.name)) for (const name of inputsOf(node)) needed.add(name)
  const nodes = graph.nodes
    .filter((node) => needed.has(node.name))
    .map(
      (node): FloatNode =>
        given.has(node.name) ? { op: 'input', name: node.name, shape: node.shape } : node,
    )
  const inputs = nodes.filter((node) => node.op === 'input')
  return { ...graph, nodes: [...inputs, ...nodes.filter((node) => node.op !== 'input')] }
}

/** Names of the nodes that depend on one, itself left out; nodes and names in topological order. */
export function listDependents(
  nodes: readonly { readonly name: string; readonly inputs?: readonly string[] }[],
  name: string,
): readonly string[] {
  const reached = new Set([name])
  for (const node of nodes)
    if (node.inputs?.some((input) => reached.has(input)) === true) reached.add(node.name)
  reached.delete(name)
  return [...reached]
}
