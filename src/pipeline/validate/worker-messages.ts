/** These messages cross the pipe between the command and its workers. */
import type { LayersSetup } from './layer-networks.ts'
import type { LayerTask, LayerTaskResult } from './layer-runner.ts'
import type { StageRecords, StagesSetup, StagesTask } from './stages.ts'

/** Kinds of work, each with a worker's setup, its task and its result. */
export interface Work {
  readonly stages: { readonly setup: StagesSetup; readonly task: StagesTask; readonly result: StageRecords }
  readonly layers: { readonly setup: LayersSetup; readonly task: LayerTask; readonly result: LayerTaskResult }
}
export type WorkKind = keyof Work
export type Setup = Work[WorkKind]['setup']

export type WorkerRequest =
  /** With the TypeScript files of the functions that the profile has. */
  | { readonly kind: 'setup'; readonly setup: Setup; readonly hooks: readonly string[] }
  | { readonly kind: 'task'; readonly task: unknown }
