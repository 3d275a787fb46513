/** These types record what a run was made with, and its part of a plan. */
import type { Shape } from '../graph/types.ts'

/** A tensor of the network, as the report draws it. */
export interface NetworkNode {
  readonly name: string
  readonly op: string
  readonly shape: Shape
  readonly inputs: readonly string[]
}

/** The settings and versions of a run. */
export interface SimulationRecord {
  /** Version of this program. */
  readonly assay: string
  readonly node: string
  readonly platform: string
  readonly verilator: string
  readonly compiler: string
  /** SHA-256 over the RTL sources in their order and the files they include. */
  readonly rtlHash: string
  /** SHA-256 of the image file. */
  readonly imageHash: string
  /** The array and its widths. */
  readonly engine: {
    readonly inputLanes: number
    readonly outputLanes: number
    readonly pixels: number
    readonly weightBits: number
    readonly activationBits: number
    readonly tableBits: number
  }
  /** When the run began, ISO 8601, UTC. */
  readonly startedAt: string
}

/** Which shard of a run this is, and what the others are. */
export interface ShardRecord {
  /** The first has index 1. */
  readonly index: number
  readonly count: number
  /** The identity of the plan: SHA-256 of model, image, RTL, versions, options, number of shards, and the list below. */
  readonly inputs: string
  /** The part of the plan that the rest of the report does not contain. */
  readonly settings: PlanSettings
  /** Everything that must run, with the shard that runs it. */
  readonly plan: readonly PlannedLayer[]
}

/** Options that decide what a shard finds. */
export interface PlanSettings {
  readonly simulator: 'verilator' | 'icarus'
  /** The seed of registers without a reset value, if `--seeds` names none. */
  readonly seed: number
  /** Thresholds of q_NMS. */
  readonly nms: {
    readonly confidence: number
    readonly iou: number
    readonly maxDetections: number
    readonly multiLabel: boolean
  }
}

export interface PlannedLayer {
  readonly name: string
  readonly shard: number
  /** The boxes count as one layer. */
  readonly kind: 'layer' | 'boxes'
  /** The seed, in runs with seeds, which have one entry per layer and seed. */
  readonly seed?: number
}
