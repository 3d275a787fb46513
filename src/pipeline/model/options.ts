/** Everything that decides what a run computes. All of it is recorded in the manifest. */

import type { Scope } from '../../quantise/integer-graph.ts'
import type { Observer } from '../../quantise/observers.ts'
import type { Overrides } from '../../quantise/overrides.ts'
import type { Effort, Technique } from '../../quantise/techniques.ts'

export interface ModelOptions {
  /** Path of the checkpoint. */
  readonly model: string
  /** Image or folder of images to calibrate on. */
  readonly calibration: string
  /** Images used of the calibration folder, evenly spread over it. */
  readonly calibrationImages: number
  /** Size of the network's input, pixels. */
  readonly height: number
  readonly width: number
  readonly weightBits: number
  readonly activationBits: number
  /** P of clause A-5. */
  readonly tableBits: number
  /** `auto`: for each layer the one that does the least harm to the output. */
  readonly observer: Observer | 'auto'
  readonly scope: Scope
  readonly effort: Effort
  /** Those of the effort, unless others were asked for. */
  readonly techniques: readonly Technique[]
  /** What single layers have otherwise. */
  readonly overrides: Overrides
}

export interface WorkOptions {
  /** Folder for everything a run makes. */
  readonly out: string
  readonly cache: boolean
}
