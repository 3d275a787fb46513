/** Everything that decides what a run computes. All of it is recorded in the manifest. */

import type { Scope } from '../quantise/integer-graph.ts'
import type { Observer } from '../quantise/observers.ts'

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
  readonly observer: Observer
  readonly scope: Scope
}

export interface WorkOptions {
  /** Folder for everything a run makes. */
  readonly out: string
  readonly cache: boolean
}
