/** These types are the result of a run, from which every report is written. `conclusion.ts` computes its verdict. */
import type { BoxComparison } from '../diff/boxes.ts'
import type { FaultKind } from '../diff/classify.ts'
import type { Mismatch } from '../diff/compare.ts'
import type { CodeHistogram, ErrorMap } from '../diff/error-map.ts'
import type { Shape } from '../graph/types.ts'
import type { CoverageSummary } from '../stimulus/summary.ts'
import type { StimulusChoice } from '../stimulus/types.ts'
import type { NetworkNode, ShardRecord, SimulationRecord } from './record.ts'

export type SimMode = 'isolated' | 'chained'

export interface LayerResult {
  readonly name: string
  readonly op: string
  readonly shape: Shape
  readonly elements: number
  readonly mismatches: number
  readonly first: Mismatch | null
  /** Words written outside the layer's tensor, or twice. Both are faults even if every element is right. */
  readonly stray: number
  readonly repeated: number
  /** Words that the tap showed but the memory does not hold; null if it was not read back. Only runs of the detector have it. */
  readonly lost?: number | null
  readonly cycles: number
  readonly macs: number
  readonly seconds: number
  /** Why the layer has no result, for example a watchdog; null if it ran to its end. */
  readonly error: string | null
  /** What kind of fault the difference looks like; null if nothing differs. */
  readonly kind: FaultKind | null
  /** Which channels and pixels are wrong; null if nothing differs. */
  readonly errorMap: ErrorMap | null
  /** How the layer's codes are spread; null if the layer did not run. */
  readonly histogram: CodeHistogram | null
  /** The evidence, which keeps the layer from running again while nothing changes; only exact layers have it. */
  readonly evidence?: Evidence
  /** Only runs with seeds have it. */
  readonly seeds?: SeedRecord
  /** The layer is exact now but was red in an earlier run of the same RTL and inputs, so it counts as red. */
  readonly unsteady?: true
  /** The layer was planned but never began; `error` says why. */
  readonly notRun?: true
}

/** Random power-ups that a layer or the boxes ran from, and those from which they were red. */
export interface SeedRecord {
  readonly run: readonly number[]
  readonly red: readonly number[]
}

/** The evidence that a part was exact, kept by content. */
export interface Evidence {
  /** SHA-256 of RTL, tools, instruction, ROM words and golden tensors. It names the file under `cache/evidence/`. */
  readonly key: string
  /** When the layer ran, ISO 8601, UTC. */
  readonly provedAt: string
  /** true if nothing has changed since, so that this run did not simulate it again. */
  readonly before: boolean
}

/** The DETECT instruction: decode, scores and q_NMS. */
export interface BoxesResult extends BoxComparison {
  readonly cycles: number
  readonly seconds: number
  /** Candidates above the threshold. */
  readonly candidates: number
  readonly error: string | null
  readonly evidence?: Evidence
  /** As in a layer. */
  readonly seeds?: SeedRecord
  readonly unsteady?: true
  readonly notRun?: true
}

/** The second run of the first divergent layer of a chained run, from its golden input. */
export interface Replay {
  readonly layer: string
  /** True if the layer is wrong from its golden input, too. The fault is then in this layer. */
  readonly alone: boolean
  readonly result: LayerResult
}

/** The waveform of the first mismatch. */
export interface WaveformResult {
  readonly layer: string
  readonly file: string
  /** GTKWave save file with the right signals. */
  readonly save: string
  readonly fromCycle: number
  /** Cycle of the wrong write, counted as in the waveform. */
  readonly cycle: number
  readonly toCycle: number
}

export interface SimResult {
  /** Sentences that the closing line adds on how far the run looked. */
  readonly remarks?: readonly string[]
  readonly model: string
  /** SHA-256 of the quantised model. */
  readonly modelHash: string
  readonly weightBits: number
  readonly activationBits: number
  readonly mode: SimMode
  readonly image: string
  readonly verdict: Verdict
  /** Number of layers and boxes by status. They add up to all that were planned. */
  readonly counts: Counts
  readonly layers: readonly LayerResult[]
  /** Null if boxes were not requested, or the model has no integer head. */
  readonly boxes: BoxesResult | null
  readonly replay: Replay | null
  readonly waveform: WaveformResult | null
  /** Pictures of the detections, by path. */
  readonly pictures: readonly string[]
  /** The whole network, of which `layers` may be a part. */
  readonly network: readonly NetworkNode[]
  readonly run: SimulationRecord
  /** Generated stimulus, and what all inputs exercised. Only runs with stimulus have it. */
  readonly stimulus?: StimulusResult
  /** The shard, if the run is one of several parts; without it the run is whole. */
  readonly shard?: ShardRecord
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

export type Verdict = 'exact' | 'mismatch'

/** The status of a layer or of the boxes. All but `exact` and `before` are red. */
export type PartStatus = 'exact' | 'before' | 'differs' | 'failed' | 'unsteady' | 'notRun'

export type Counts = Readonly<Record<PartStatus, number>>

/** Decides the status of a part. This is the only place: every output, the verdict and the exit code follow from it. */
export function statusOf(part: LayerResult | BoxesResult): PartStatus {
  if (part.notRun === true) return 'notRun'
  if (part.error !== null) return 'failed'
  if (
    part.mismatches > 0 ||
    ('stray' in part && (part.stray > 0 || part.repeated > 0 || (part.lost ?? 0) > 0))
  )
    return 'differs'
  if (part.unsteady === true) return 'unsteady'
  return part.evidence?.before === true ? 'before' : 'exact'
}

/** The words for each status in every output. */
export const STATUS_WORDS: Readonly<Record<PartStatus, string>> = {
  ...{ exact: 'exact', before: 'before', differs: 'differs', failed: 'failed', unsteady: 'unsteady' },
  notRun: 'not run',
}

const isRedStatus = (status: PartStatus): boolean => status !== 'exact' && status !== 'before'

export const isRed = (part: LayerResult | BoxesResult): boolean => isRedStatus(statusOf(part))

export const boxesAreRed = (boxes: BoxesResult | null): boolean => boxes !== null && isRed(boxes)

/** The result of generated stimulus, with the coverage of all inputs of the run, including the image. */
export interface StimulusResult extends CoverageSummary {
  readonly choice: StimulusChoice
  readonly seeds: readonly number[]
  readonly isRed: boolean
  /** The stimulus is exact now but was red before on the same RTL and inputs, so it counts as red. */
  readonly unsteady?: true
  /** Number of stimuli of layers; `sets` counts the sets of logits. */
  readonly tensors: number
  readonly sets: number
  /** Output elements that were compared. */
  readonly elements: number
  readonly cycles: number
  readonly seconds: number
  readonly redTensors: number
  readonly redSets: number
  /** The first few red stimuli. */
  readonly red: readonly LayerResult[]
  readonly redBoxes: readonly { readonly name: string; readonly boxes: BoxesResult }[]
  readonly evidence?: Evidence
}
