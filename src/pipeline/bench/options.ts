/** These types group the options of a simulation: model, input, RTL, plan, store and output. */
import { dirname } from 'node:path'
import type { Codes, IntegerGraph, NmsResult } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import type { Environment } from '../../process/environment.ts'
import type { Origin } from '../../result/record.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import type { StimulusChoice } from '../../stimulus/types.ts'
import type { EvidenceStore } from '../../store/evidence.ts'
import type { NmsChoice } from '../model/engine-choice.ts'
import type { LoadedImage } from '../model/golden-run.ts'
import type { Simulator } from './icarus-budget.ts'
import type { Shard } from './shard.ts'

export interface SimulationOptions {
  readonly model: SimulatedModel
  readonly input: SimulatedInput
  readonly rtl: RtlChoice
  readonly plan: Plan
  readonly store: Store
  readonly output: Output
  /** The environment as it was when the run began. */
  readonly environment: Environment
}

export interface SimulatedModel {
  readonly name: string
  /** Of the quantised model. */
  readonly hash: string
  /** Of the checkpoint; a frozen set has none. */
  readonly fileHash?: string
  readonly id: number
  readonly graph: IntegerGraph
  /** If given, the RTL's boxes are drawn beside those of the float network. */
  readonly floatGraph?: FloatGraph
}

export interface SimulatedInput {
  readonly imagePath: string
  /** Codes from a frozen set that replace the image file. No picture is drawn then. */
  readonly image?: FrozenImage
  /** Called with the golden data before anything is simulated; throws if they are not what they should be. */
  readonly checkGolden?: (golden: ReadonlyMap<string, Codes>, boxes: NmsResult | null) => void
}

/** An image from a frozen set. */
export interface FrozenImage extends Omit<LoadedImage, 'letterboxed'> {
  readonly letterboxed: null
}

export interface RtlChoice {
  readonly engine: EngineParameters
  readonly nms: NmsChoice
  /** RTL sources; Assay's own by default. */
  readonly sources?: readonly string[]
  /** Folder of the sources if they are not Assay's own. The self-test changes a copy of it. */
  readonly folder?: string
  /** Folders in which the tools look for included files; Assay's own RTL includes none. */
  readonly includeDirs?: readonly string[]
  /** Icarus: four-state, for small layers, without waveforms. */
  readonly simulator?: Simulator
}

/** What runs. A chain has no gaps, so only an isolated plan chooses layers, seeds and shards. */
export type Plan = IsolatedPlan | ChainedPlan

interface AnyPlan {
  /** Layers that run side by side; one per core by default. */
  readonly jobs?: number
  /** Generated stimulus for the chosen layers, in addition to the image. By default there is none, and no list of exercised rules. */
  readonly stimulus?: StimulusChoice
}

/** Each layer runs from its golden input. */
export interface IsolatedPlan extends AnyPlan {
  readonly mode: 'isolated'
  /** Chooses layers by index, given all names in order; all of them by default. */
  readonly choose?: (names: readonly string[]) => readonly number[]
  /** Every layer runs once per seed, with random initial values in registers and memories that have no reset value. */
  readonly seeds?: readonly number[]
  /** The part of the chosen layers that runs. */
  readonly shard?: Shard
  /** Identity of the plan that the shard must belong to. A shard of another plan is refused before anything is simulated. */
  readonly identity?: string
}

/** The whole network runs from the image. */
export interface ChainedPlan extends AnyPlan {
  readonly mode: 'chained'
  readonly choose?: never
  readonly seeds?: never
  readonly shard?: never
  readonly identity?: never
}

export interface Store {
  /** Folder of built models, which others may share. */
  readonly cacheDir: string
  /** Folder of what else is kept by content: ROMs, stimulus, golden data; by default the one above `cacheDir`. */
  readonly kept?: string
  /** Store of evidence. Without it every layer runs, and no verdict is kept. */
  readonly evidence?: EvidenceStore
  /** false: every layer runs, even if it was proved before. */
  readonly reuse?: boolean
}

export const keptFolder = ({ kept, cacheDir }: Pick<Store, 'kept' | 'cacheDir'>): string =>
  kept ?? dirname(cacheDir)

export interface Output {
  /** Folder for ROMs and the result. */
  readonly folder: string
  /** Folder for reports; `folder` by default. */
  readonly resultFolder?: string
  /** Folder for the waveform; `folder` by default. */
  readonly waveFolder?: string
  /** Where the run comes from, as its result says it. */
  readonly origin?: Promise<Origin>
  /** false: no waveform of the first mismatch. A waveform takes a model with tracing and another run. */
  readonly waveform?: boolean
}
