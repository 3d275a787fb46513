/** The order of instructions, and the lifetime of each buffer of the feature memory that follows from it. */
import type { IntegerGraph, IntegerNode, NmsOptions } from '../golden/types.ts'
import type { Lifetime } from './allocate.ts'
import type { EngineParameters } from './parameters.ts'
import { bufferRows, type planViews, readsOf } from './placement.ts'

export type Item =
  | { readonly kind: 'node'; readonly node: IntegerNode }
  | { readonly kind: 'copy'; readonly copy: ReturnType<typeof planViews>['copies'][number] }
  | { readonly kind: 'detect'; readonly nms: NmsOptions }

/** Nodes that need an instruction, in graph order, each copy just before the concat it is for, DETECT last. */
export function orderInstructions(
  graph: IntegerGraph,
  copies: ReturnType<typeof planViews>['copies'],
  detections: readonly NmsOptions[],
): readonly Item[] {
  const items: Item[] = []
  for (const node of graph.nodes) {
    for (const copy of copies) if (copy.into === node.name) items.push({ kind: 'copy', copy })
    if (node.op === 'conv' || node.op === 'add' || node.op === 'max-pool' || node.op === 'upsample')
      items.push({ kind: 'node', node })
  }
  if (graph.head !== null) for (const nms of detections) items.push({ kind: 'detect', nms })
  return items
}

export function findLifetimes(
  graph: IntegerGraph,
  order: readonly Item[],
  plan: ReturnType<typeof planViews>,
  engine: EngineParameters,
): readonly Lifetime[] {
  const first = plan.buffers.map(() => Number.POSITIVE_INFINITY)
  const last = plan.buffers.map(() => -1)
  const touch = (buffer: number, index: number): void => {
    first[buffer] = Math.min(first[buffer]!, index)
    last[buffer] = Math.max(last[buffer]!, index)
  }
  const touchTensor = (name: string, index: number): void => touch(plan.views.get(name)!.buffer, index)
  touchTensor(graph.nodes.find((node) => node.op === 'input')!.name, -1)
  order.forEach((item, index) => {
    switch (item.kind) {
      case 'node':
        touchTensor(item.node.name, index)
        for (const name of readsOf(item.node)) touchTensor(name, index)
        break
      case 'copy':
        touchTensor(item.copy.from, index)
        touch(item.copy.view.buffer, index)
        break
      case 'detect':
        for (const level of graph.detect.levels)
          for (const name of [level.box, level.cls]) touchTensor(name, index)
        break
    }
  })
  // Outputs of a network without an integer head are read by the host, after the last instruction.
  if (graph.head === null) {
    const read = new Set(graph.nodes.flatMap((node) => readsOf(node)))
    for (const node of graph.nodes) if (!read.has(node.name)) touchTensor(node.name, order.length)
  }
  return plan.buffers.map((buffer, index) => ({
    rows: bufferRows(buffer, engine),
    first: first[index]!,
    last: last[index]!,
  }))
}
