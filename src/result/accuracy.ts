/** These schemas are the result of `assay validate`; terminal, JSON and HTML are written from their types. mAP and the like are 0 to 1. */
import * as v from 'valibot'
import {
  type Checked,
  count,
  described,
  openObject,
  real,
  recordOf,
  sha256Text,
  whole,
} from '../input/schema.ts'

/**
 * The forms in which the network is measured. `unfused`: the checkpoint in float32, with its batch norms; `fused`: batch norms folded;
 * `float`: another name of `fused`, the yardstick; `quantised`: integer to the logits, float decode and NMS; `full`: integer to the
 * boxes; `rtl`: the boxes of the RTL under simulation.
 */
export const STAGES = ['float', 'unfused', 'fused', 'quantised', 'full', 'rtl'] as const
export type Stage = (typeof STAGES)[number]

const stage = v.picklist(STAGES)
const share = v.nullable(real())
const numbers = v.array(real())

const differenceSchema = described(
  openObject({ difference: real(), low: real(), high: real() }),
  'A difference of mAP50-95, and the symmetric interval of a paired bootstrap over images.',
)
export type AccuracyDifference = Checked<typeof differenceSchema>

const figuresSchema = openObject({
  map: share,
  map50: share,
  map75: share,
  mapSmall: share,
  mapMedium: share,
  mapLarge: share,
  ar100: share,
  detections: count,
})
export type Figures = Checked<typeof figuresSchema>

const stageSchema = openObject({
  stage,
  ...figuresSchema.entries,
  difference: described(
    v.nullable(differenceSchema),
    'To the yardstick; null for itself and without objects.',
  ),
})
export type StageAccuracy = Checked<typeof stageSchema>

const matchedSchema = openObject({ ...stageSchema.entries, precision: share, recall: share, f1: share })
/** Accuracy at the confidence that a detector is used with. Counts are over all classes; a detection finds an object from IoU 0.5. */
export type MatchedAccuracy = Checked<typeof matchedSchema>

const pairSchema = openObject({
  name: described(v.picklist(['folding', 'q_NMS']), 'fused less unfused, full less quantised'),
  first: stage,
  second: stage,
  ...differenceSchema.entries,
})
/** Two stages whose difference shows the effect of one step between them. */
export type StagePair = Checked<typeof pairSchema>

const perStage = described(v.array(share), 'One entry per stage, in the order of stages.')
const classSchema = openObject({ name: v.string(), objects: count, ap: perStage, ap50: perStage })
export type ClassAccuracy = Checked<typeof classSchema>

const curveSchema = openObject({
  stage,
  mean50: described(numbers, 'Mean over classes, at IoU 0.50.'),
  mean75: described(numbers, 'The same at 0.75.'),
  mean: described(numbers, 'The same over 0.50 to 0.95.'),
  classes50: described(v.array(v.nullable(numbers)), 'By class, at IoU 0.50; null without an object.'),
})
/** Precision at recall 0.00, 0.01 … 1.00. */
export type PrecisionRecall = Checked<typeof curveSchema>

const confusionSchema = openObject({
  stage,
  minScore: real(),
  minIou: real(),
  counts: described(v.array(v.strictTuple([count, count, count])), 'Truth, seen, count; no zeros.'),
})
/** A confusion matrix. Row n, after the n classes, means that no object was there; column n, that no object was seen. */
export type StageConfusion = Checked<typeof confusionSchema>

const rtlSchema = openObject({
  hash: v.optional(
    described(sha256Text, 'SHA-256 over the RTL, as in report.json. Files of old versions have none.'),
  ),
  images: count,
  exact: count,
  cycles: count,
  seconds: described(real(0), 'Time of the simulation, over all processes.'),
  differing: described(
    v.array(openObject({ image: v.string(), what: v.string() })),
    'The first images that differ, by name.',
  ),
})
/** The comparison of the RTL with the integer model, image by image. */
export type RtlProof = Checked<typeof rtlSchema>

const findingSchema = openObject({
  kind: v.string(),
  count,
  examples: v.array(v.string()),
  message: v.string(),
})

const protocolSchema = openObject({
  width: count,
  height: count,
  confidence: real(),
  iou: real(),
  maxDetections: count,
  multiLabel: v.boolean(),
  capacity: described(count, 'K of A-10 for the integer stages.'),
  matchedConfidence: described(real(), "For the second table, of an anchor's best class alone."),
})
/** The settings of the evaluation. They are those of published figures. */

const fileSchema = openObject({ file: v.string(), sha256: sha256Text })
/** The run record of a manifest (pipeline/model/run-record.ts). */
const runSchema = openObject({
  assay: v.string(),
  node: v.string(),
  command: v.string(),
  inputs: openObject({ model: fileSchema, calibration: v.array(fileSchema) }),
  options: openObject({
    ...{ calibrationImages: count, height: count, width: count },
    ...{ weightBits: count, activationBits: count, tableBits: count },
    profile: v.optional(openObject({ name: v.string() })),
    endBits: v.optional(count),
    activationBudget: v.optional(real()),
    ...{ observer: v.string(), scope: v.string(), effort: v.string() },
    techniques: v.array(v.string()),
    overrides: recordOf(v.unknown()),
  }),
  names: v.nullable(recordOf(v.string())),
  model: openObject({ id: v.string(), sha256: sha256Text }),
})

export const accuracySchema = openObject({
  model: v.string(),
  modelHash: described(v.string(), 'SHA-256 of the quantised model; of the checkpoint for float alone.'),
  weightBits: described(v.nullable(whole(1, 16)), 'Null if only float stages ran.'),
  activationBits: v.nullable(whole(1, 16)),
  run: v.optional(
    described(
      v.nullable(runSchema),
      'How the measured model was quantised, as in manifest.json; null for float stages alone. Files of old versions have none.',
    ),
  ),
  data: v.string(),
  images: count,
  objects: count,
  protocol: protocolSchema,
  yardstick: described(stage, 'The stage that the others are compared with.'),
  bootstrap: openObject({ replicates: count, level: real(0, 1), seed: count }),
  stages: v.array(stageSchema),
  matched: v.array(matchedSchema),
  pairs: v.array(pairSchema),
  classNames: v.array(v.string()),
  classes: v.array(classSchema),
  curves: v.array(curveSchema),
  confusion: v.array(confusionSchema),
  overflows: described(count, 'Images on which q_NMS dropped candidates beyond its capacity.'),
  mostCandidates: v.optional(
    described(
      count,
      'The most candidates of an image; absent without a stage that ends in q_NMS, and in old files.',
    ),
  ),
  rtl: v.nullable(rtlSchema),
  verdict: v.picklist(['exact', 'mismatch', 'not run']),
  findings: v.array(findingSchema),
  pictures: v.array(v.string()),
  /** Files of `--save-detections`: the annotations, then the boxes of each stage. */
  detections: v.optional(v.array(v.string())),
  seconds: real(0),
})
export type AccuracyResult = Checked<typeof accuracySchema>
