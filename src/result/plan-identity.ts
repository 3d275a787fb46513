/** This file computes the identity of a plan of shards as one SHA-256. Only shards with the same identity are joined. */
import { createHash } from 'node:crypto'
import type { Plan, RunHead } from './record.ts'

const PROFILE = 'profile of arithmetic'

/** What of a head decides what a shard finds. */
export type PlanHead = Pick<RunHead, 'modelHash' | 'profile' | 'mode' | 'run'>

/** Lists what two plans are compared in, each with its name. */
const contentOf = (
  { modelHash, profile, mode, run }: PlanHead,
  { count, settings, plan }: Plan,
): readonly (readonly [string, unknown])[] => [
  ['model', modelHash],
  [PROFILE, profile ?? null],
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

/** A plan without a profile has the identity that it had before there were any. */
export const planIdentity = (head: PlanHead, plan: Plan): string =>
  createHash('sha256')
    .update(
      JSON.stringify(contentOf(head, plan).filter(([name, value]) => name !== PROFILE || value !== null)),
    )
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
