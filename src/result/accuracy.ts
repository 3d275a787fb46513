/** These types are the result of `assay validate`, from which terminal, JSON and HTML are written. mAP and the like are 0 to 1. */

/**
 * The forms in which the network is measured. `unfused`: the checkpoint in float32, with its batch norms; `fused`: batch norms folded;
 * `float`: another name of `fused`, the yardstick; `quantised`: integer to the logits, float decode and NMS; `full`: integer to the
 * boxes; `rtl`: the boxes of the RTL under simulation.
 */
export const STAGES = ['float', 'unfused', 'fused', 'quantised', 'full', 'rtl'] as const
export type Stage = (typeof STAGES)[number]

/** A difference of mAP50-95, and the percentile interval of a paired bootstrap over images. */
export interface AccuracyDifference {
  readonly difference: number
  readonly low: number
  readonly high: number
}

export interface Figures {
  readonly map: number | null
  readonly map50: number | null
  readonly map75: number | null
  readonly mapSmall: number | null
  readonly mapMedium: number | null
  readonly mapLarge: number | null
  readonly ar100: number | null
  readonly detections: number
}

export interface StageAccuracy extends Figures {
  readonly stage: Stage
  /** Difference to the yardstick; null for the yardstick itself, and if the data set has nothing to find. */
  readonly difference: AccuracyDifference | null
}

/** Accuracy at the confidence that a detector is used with. Counts are over all classes; a detection finds an object from IoU 0.5. */
export interface MatchedAccuracy extends StageAccuracy {
  readonly precision: number | null
  readonly recall: number | null
  readonly f1: number | null
}

/** Two stages whose difference shows the effect of one step between them. */
export interface StagePair extends AccuracyDifference {
  /** `folding`: fused less unfused. `q_NMS`: full less quantised. */
  readonly name: 'folding' | 'q_NMS'
  readonly first: Stage
  readonly second: Stage
}

export interface ClassAccuracy {
  readonly name: string
  readonly objects: number
  /** One entry per stage, in the order of `stages`. */
  readonly ap: readonly (number | null)[]
  readonly ap50: readonly (number | null)[]
}

/** Precision at recall 0.00, 0.01 … 1.00. */
export interface PrecisionRecall {
  readonly stage: Stage
  /** Means over classes, at IoU 0.50, at 0.75 and over 0.50 to 0.95. */
  readonly mean50: readonly number[]
  readonly mean75: readonly number[]
  readonly mean: readonly number[]
  /** One entry per class, at IoU 0.50; null if the class has no object. */
  readonly classes50: readonly (readonly number[] | null)[]
}

/** A confusion matrix. Row n, after the n classes, means that no object was there; column n, that no object was seen. */
export interface StageConfusion {
  readonly stage: Stage
  readonly minScore: number
  readonly minIou: number
  /** The cells that are not zero. */
  readonly counts: readonly (readonly [truth: number, seen: number, count: number])[]
}

/** The comparison of the RTL with the integer model, image by image. */
export interface RtlProof {
  readonly images: number
  readonly exact: number
  readonly cycles: number
  /** Time of the simulation, over all processes. */
  readonly seconds: number
  /** The first images that differ, by name. */
  readonly differing: readonly { readonly image: string; readonly what: string }[]
}

export interface AccuracyFinding {
  readonly kind: string
  readonly count: number
  readonly examples: readonly string[]
  readonly message: string
}

/** The settings of the evaluation. They are those of published figures. */
export interface AccuracyProtocol {
  readonly width: number
  readonly height: number
  readonly confidence: number
  readonly iou: number
  readonly maxDetections: number
  readonly multiLabel: boolean
  /** K of A-10 for the integer stages. */
  readonly capacity: number
  /** Confidence of the second table, which takes only an anchor's best class. */
  readonly matchedConfidence: number
}

export interface AccuracyResult {
  readonly model: string
  /** SHA-256 of the quantised model, or of the checkpoint if only float stages ran. */
  readonly modelHash: string
  /** Null if only float stages ran. */
  readonly weightBits: number | null
  readonly activationBits: number | null
  readonly data: string
  readonly images: number
  readonly objects: number
  readonly protocol: AccuracyProtocol
  /** The stage that the others are compared with. */
  readonly yardstick: Stage
  readonly bootstrap: { readonly replicates: number; readonly level: number; readonly seed: number }
  readonly stages: readonly StageAccuracy[]
  readonly matched: readonly MatchedAccuracy[]
  readonly pairs: readonly StagePair[]
  readonly classNames: readonly string[]
  readonly classes: readonly ClassAccuracy[]
  readonly curves: readonly PrecisionRecall[]
  readonly confusion: readonly StageConfusion[]
  /** Images on which q_NMS had more candidates than its capacity, which dropped those with the lowest scores. */
  readonly overflows: number
  readonly rtl: RtlProof | null
  readonly verdict: 'exact' | 'mismatch' | 'not run'
  readonly findings: readonly AccuracyFinding[]
  readonly pictures: readonly string[]
  readonly seconds: number
}
