/** The techniques that keep accuracy at few bits, each measured alone in docs/accuracy.md. */
import type { Profile } from '../arithmetic/profile.ts'

/**
 * `mse-scales`: weight scales by mean square error (weight-scales.ts). `equalisation`: cross-layer equalisation (equalise.ts).
 * `bias-correction`: means of the float network restored (bias-correction.ts). `refit`: real weights fitted to what the layer
 * reads, `second-order`: rounding that compensates its own errors (both second-order.ts). `distillation`: scales, biases and steps that
 * learn from the float network's outputs (distil/distil.ts).
 */
export const TECHNIQUES = [
  'mse-scales',
  'equalisation',
  'bias-correction',
  'refit',
  'second-order',
  'distillation',
] as const
export type Technique = (typeof TECHNIQUES)[number]

export const EFFORTS = ['fast', 'best'] as const
export type Effort = (typeof EFFORTS)[number]

/** The techniques of an effort: `fast` in seconds, `best` in minutes. */
export function techniquesOf(effort: Effort): readonly Technique[] {
  switch (effort) {
    case 'fast':
      return ['mse-scales', 'equalisation', 'bias-correction']
    case 'best':
      return TECHNIQUES
  }
}

/** Distillation learns scales, which must be free, and zero points of each tensor. */
const canDistil = ({ codes, weights }: Profile): boolean =>
  [codes.scale, weights.scale].every((scale) => scale === 'free') &&
  codes.zeroPoint === 'tensor' &&
  weights.scalePer === 'channel'

/** Those of an effort that a profile's scales allow. */
export const techniquesFor = (profile: Profile, effort: Effort): readonly Technique[] =>
  techniquesOf(effort).filter((technique) => technique !== 'distillation' || canDistil(profile))

export interface RefineEffort {
  /** Calibration images that refinement looks at, at most. */
  readonly images: number
  /** Output pixels of each layer that it looks at, over all images. */
  readonly samples: number
}

export function refineEffort(effort: Effort): RefineEffort {
  switch (effort) {
    case 'fast':
      return { images: 8, samples: 2048 }
    case 'best':
      return { images: 32, samples: 8192 }
  }
}

/** Whether weights are chosen layer by layer on images that are held back. A shorter list of techniques is applied as it is. */
export const choosesByLayer = (techniques: ReadonlySet<Technique>): boolean =>
  TECHNIQUES.every((technique) => technique === 'distillation' || techniques.has(technique))

/** Whether something is compared on images that nothing is fitted to. */
export const holdsBack = (techniques: ReadonlySet<Technique>): boolean =>
  choosesByLayer(techniques) || techniques.has('distillation')
