/** The result of a run: the one model that terminal, JSON, JUnit, annotations and HTML are written from. */
import type { BoxComparison } from '../diff/boxes.ts'
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

/** The DETECT instruction: decode, scores and q_NMS. */
export interface BoxesResult extends BoxComparison {
  readonly cycles: number
  readonly seconds: number
  /** Candidates above the threshold. */
  readonly candidates: number
  readonly error: string | null
}

/** A chained run went red: what the first divergent layer does on its own. */
export interface Replay {
  readonly layer: string
  /** True where the layer is wrong from its golden input, too: the fault is in it. */
  readonly alone: boolean
  readonly result: LayerResult
}

/** Where to look at the first mismatch. */
export interface WaveformResult {
  readonly layer: string
  readonly file: string
  /** GTKWave save file with the right signals. */
  readonly save: string
  readonly fromCycle: number
  /** Cycle of the offending write, counted as the waveform counts. */
  readonly cycle: number
  readonly toCycle: number
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
  /** Null where boxes were not asked for, or the model has no integer head. */
  readonly boxes: BoxesResult | null
  readonly replay: Replay | null
  readonly waveform: WaveformResult | null
  /** Pictures of the detections, by path. */
  readonly pictures: readonly string[]
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

export const boxesAreRed = (boxes: BoxesResult | null): boolean =>
  boxes !== null && (boxes.mismatches > 0 || boxes.error !== null)
