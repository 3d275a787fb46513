/** These options decide what a run computes. The manifest records all of them. */

import type { Profile } from '../../arithmetic/profile.ts'
import type { Scope } from '../../quantise/integer-graph.ts'
import type { Observer } from '../../quantise/observers.ts'
import type { Overrides } from '../../quantise/overrides.ts'
import type { Effort, Technique } from '../../quantise/techniques.ts'

export interface ModelOptions {
  /** Path of the checkpoint. */
  readonly model: string
  /** Image or folder of images to calibrate on. */
  readonly calibration: string
  /** Number of images that are used of the calibration folder, evenly spread over it. */
  readonly calibrationImages: number
  /** Size of the network's input in pixels. */
  readonly height: number
  readonly width: number
  /** The arithmetic of the hardware; absent: that of docs/arithmetic.md as it stands (`assay`). */
  readonly profile?: Profile | undefined
  readonly weightBits: number
  readonly activationBits: number
  /** A of the image and of the head's logits; absent where it is `activationBits`. */
  readonly endBits?: number | undefined
  /** Mean bits per stored activation code that a search gives out over `activationBits`; absent where none is made. */
  readonly activationBudget?: number | undefined
  /** P of clause A-5, at least as many bits as the widest tensor has. */
  readonly tableBits: number
  /** `auto` chooses for each layer the observer that does the least harm to the output. */
  readonly observer: Observer | 'auto'
  readonly scope: Scope
  readonly effort: Effort
  /** Techniques of the chosen effort, unless the user chose others. */
  readonly techniques: readonly Technique[]
  /** Settings of single layers that differ from the rest. */
  readonly overrides: Overrides
}

export interface WorkOptions {
  /** Folder for everything a run makes. */
  readonly out: string
  readonly cache: boolean
}
