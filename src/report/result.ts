/** The result of a run: the one model that terminal, JSON, JUnit, annotations and HTML are written from. */
import type { Mismatch } from '../diff/compare.ts'
import type { Shape } from '../graph/types.ts'

export type SimMode = 'isolated' | 'chained'

export interface LayerResult {
  readonly name: string
  readonly op: string
  readonly shape: Shape
  readonly elements: number
  readonly mismatches: number
  readonly first: Mismatch | null
  /** Words written outside the layer's tensor, or twice. Both are faults even where every element is right. */
  readonly stray: number
  readonly repeated: number
  readonly cycles: number
  readonly macs: number
  readonly seconds: number
  /** Why the layer has no result, e.g. a watchdog; null where it ran to its end. */
  readonly error: string | null
}

export interface SimResult {
  readonly model: string
  /** SHA-256 of the quantised model. */
  readonly modelHash: string
  readonly weightBits: number
  readonly activationBits: number
  readonly mode: SimMode
  readonly image: string
  readonly verdict: 'exact' | 'mismatch'
  readonly layers: readonly LayerResult[]
  readonly totals: {
    readonly layers: number
    readonly elements: number
    readonly mismatches: number
    readonly cycles: number
    readonly macs: number
    readonly buildSeconds: number
    readonly simSeconds: number
  }
}

export const isRed = (layer: LayerResult): boolean =>
  layer.mismatches > 0 || layer.stray > 0 || layer.repeated > 0 || layer.error !== null
