/** From the integer network's logits to its boxes: on the tensors of a run. */
import { detectFast } from './head-fast.ts'
import { detectGeometry } from './head-geometry.ts'
import type { Codes, IntegerGraph, NmsOptions, NmsResult } from './types.ts'

/** @throws Error if the graph was quantised without its last layers. */
export function runHead(
  graph: IntegerGraph,
  tensors: ReadonlyMap<string, Codes>,
  options: NmsOptions,
): NmsResult {
  if (graph.head === null)
    throw new Error('the graph has no integer head: it was quantised with --scope no-last')
  const codesOf = (name: string): Codes => {
    const codes = tensors.get(name)
    if (codes === undefined) throw new Error(`the run has no tensor ${name}`)
    return codes
  }
  const { levels } = graph.detect
  return detectFast(
    detectGeometry(graph),
    graph.head,
    levels.map(({ box }) => codesOf(box)),
    levels.map(({ cls }) => codesOf(cls)),
    options,
  )
}
