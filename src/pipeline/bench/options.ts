/** What is simulated, on what, how, and where the results go: one group for each thing that is chosen. */
import type { Codes, IntegerGraph, NmsResult } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import type { Environment } from '../../process/environment.ts'
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
  /** What the environment says, as it was read where the run began. */
  readonly environment: Environment
}

export interface SimulatedModel {
  readonly name: string
  readonly hash: string
  readonly id: number
  readonly graph: IntegerGraph
  /** With it, the RTL's boxes are drawn beside those of the float network. */
  readonly floatGraph?: FloatGraph
}

export interface SimulatedInput {
  readonly imagePath: string
  /** In the place of the image file: codes that were kept. No picture is drawn then. */
  readonly image?: FrozenImage
  /** Called with the golden data before anything is simulated; throws where they are not what they should be. */
  readonly checkGolden?: (golden: ReadonlyMap<string, Codes>, boxes: NmsResult | null) => void
}

/** An image as a frozen set has it. */
export interface FrozenImage extends Omit<LoadedImage, 'letterboxed'> {
  readonly letterboxed: null
}

export interface RtlChoice {
  readonly engine: EngineParameters
  readonly nms: NmsChoice
  /** RTL sources; ours by default. */
  readonly sources?: readonly string[]
  /** Folder of the sources where they are not ours: what the self-test changes a copy of. */
  readonly folder?: string
  /** Where what the sources include is looked for; our RTL includes nothing. */
  readonly includeDirs?: readonly string[]
  /** Icarus: four-state, for small layers, without waveforms. */
  readonly simulator?: Simulator
}

/** What runs. A chain has no gaps: layers, seeds and shards are chosen in isolation only. */
export type Plan = IsolatedPlan | ChainedPlan

interface AnyPlan {
  /** Layers that run side by side; one a core by default. */
  readonly jobs?: number
  /** Generated stimulus beside the image, for the chosen layers; none, and no coverage of meaning, by default. */
  readonly stimulus?: StimulusChoice
}

/** Each layer from its golden input. */
export interface IsolatedPlan extends AnyPlan {
  readonly mode: 'isolated'
  /** Chooses layers by index, given all names in order; all of them by default. */
  readonly choose?: (names: readonly string[]) => readonly number[]
  /** Every layer runs once a seed, from random values in what has no reset value. */
  readonly seeds?: readonly number[]
  /** Runs this part of the chosen layers only. */
  readonly shard?: Shard
  /** The plan that the shard must be of: another is refused before anything is simulated. */
  readonly identity?: string
}

/** The whole network, from the image. */
export interface ChainedPlan extends AnyPlan {
  readonly mode: 'chained'
}

export interface Store {
  /** Where built models are kept. */
  readonly cacheDir: string
  /** Where proofs are kept by content. Without it every layer runs, and nothing is kept. */
  readonly evidence?: EvidenceStore
  /** false: run every layer, although it may have been proved before. */
  readonly reuse?: boolean
}

export interface Output {
  /** Where ROMs and the result are written. */
  readonly folder: string
  /** Where reports go; `folder` by default. */
  readonly resultFolder?: string
  /** false: no waveform of the first mismatch, which takes a model with tracing and another run. */
  readonly waveform?: boolean
}
