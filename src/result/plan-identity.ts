/** This file computes the identity of a plan of shards as one SHA-256. Only shards with the same identity are joined. */
import { createHash } from 'node:crypto'
import type { Plan, RunHead } from './record.ts'

/** Lists what two plans are compared in, each with its name. */
const contentOf = (
  { modelHash, mode, run }: Pick<RunHead, 'modelHash' | 'mode' | 'run'>,
  { count, settings, plan }: Plan,
): readonly (readonly [string, unknown])[] => [
  ['model', modelHash],
  ['image', run.imageHash],
  ['RTL', run.rtlHash],
  ['array', run.engine],
  ['mode', mode],
  ['number of shards', count],
  ['simulator', settings.simulator],
  ['seed', settings.seed],
  ['settings of q_NMS', Object.entries(settings.nms).sort(([a], [b]) => (a < b ? -1 : 1))],
  ['configuration of the module', settings.module ?? null],
  ['Verilator', run.verilator],
  ['version of assay', run.assay],
  ['layers or seeds', plan.map(({ name, shard, kind, seed = null }) => [name, shard, kind, seed])],
]

export const planIdentity = (head: Pick<RunHead, 'modelHash' | 'mode' | 'run'>, plan: Plan): string =>
  createHash('sha256')
    .update(JSON.stringify(contentOf(head, plan)))
    .digest('hex')

/** Names what two plans differ in, such as `RTL, image`. */
export function describePlanDifference(
  [head, plan]: readonly [RunHead, Plan],
  [otherHead, otherPlan]: readonly [RunHead, Plan],
): string {
  const others = contentOf(otherHead, otherPlan)
  return contentOf(head, plan)
    .filter(([, value], index) => JSON.stringify(value) !== JSON.stringify(others[index]![1]))
    .map(([name]) => name)
    .join(', ')
}
