/** Generated stimulus: inputs of single layers, made from the layer's own parameters. */
import type { DetectGeometry } from '../golden/head-geometry.ts'
import type { Codes, NmsOptions } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'

/** `image` is none of it; `all` is corners and one random set. */
export const STIMULUS_CHOICES = ['image', 'corners', 'random', 'all'] as const
export type StimulusChoice = (typeof STIMULUS_CHOICES)[number]

/** Raised when the same parameters give other stimuli: kept results belong to the old ones. */
export const STIMULUS_VERSION = 3

export interface TensorInput {
  readonly shape: Shape
  readonly codes: Codes
}

interface StimulusBase {
  /** What runs before, without a reset between; what it leaves must not matter. It may be the same. */
  readonly after?: Stimulus
  /** Then it begins, and is reset after so many cycles; nothing of it may remain. The run after that counts. */
  readonly resetAfter?: number
}

/** Input tensors of one layer, in the order of its inputs; their size is the stimulus's own, the channels are the layer's. */
export interface LayerStimulus extends StimulusBase {
  readonly kind: 'layer'
  /** Name of the layer's step. */
  readonly layer: string
  /** `corners` or `random 1`. */
  readonly name: string
  readonly inputs: readonly TensorInput[]
  readonly output: Shape
}

/** Logits of DETECT on grids of its own. */
export interface DetectStimulus extends StimulusBase {
  readonly kind: 'detect'
  readonly name: string
  readonly geometry: DetectGeometry
  /** One tensor per level. */
  readonly boxes: readonly Codes[]
  readonly classes: readonly Codes[]
  readonly nms: NmsOptions
}

export type Stimulus = LayerStimulus | DetectStimulus
