/** These schemas say what a run found, and every report is written from their types. `conclusion.ts` computes the verdict. */

import * as v from 'valibot'
import { boxComparisonSchema } from '../diff/boxes.ts'
import { mismatchSchema } from '../diff/compare.ts'
import { errorMapSchema, histogramSchema } from '../diff/error-map.ts'
import { kindSchema } from '../diff/fault-kinds.ts'
import { diagnostic } from '../input/diagnostic.ts'
import { type Checked, count, described, openObject, real, sha256Text } from '../input/schema.ts'
import { coverageSummarySchema } from '../stimulus/summary.ts'
import { STIMULUS_CHOICES } from '../stimulus/types.ts'
import { dumpSchema } from './dump.ts'
import { headSchema, reproductionSchema, shapeSchema, shardSchema } from './record.ts'

const seconds = real(0)
const unsteady = described(
  v.literal(true),
  'It is exact, but was red with the same RTL and inputs, so it is red.',
)
const notRun = described(v.literal(true), 'It was planned and never began; error says why.')
const broken = described(
  v.literal(true),
  'It failed because a tool or the machine did: a process died, or had no time left. It is red, and another run may not be.',
)

export const evidenceSchema = described(
  openObject({
    key: described(
      sha256Text,
      'SHA-256 of RTL, tools, instruction, ROM words and golden tensors; names the file under cache/evidence/.',
    ),
    provedAt: described(v.string(), 'When it ran, ISO 8601, UTC.'),
    before: described(
      v.boolean(),
      'True if nothing has changed since, so that this run did not simulate it again.',
    ),
  }),
  'The evidence that keeps it from running again while nothing changes; only exact parts have it.',
)
export type Evidence = Checked<typeof evidenceSchema>

const seedFaultSchema = openObject({
  seed: count,
  status: v.picklist(['differs', 'failed', 'unsteady']),
  mismatches: count,
  kind: described(v.nullable(v.string()), 'Name of the kind of fault that the layer looks like.'),
  message: described(v.string(), 'What is said of it on a terminal.'),
})
export type SeedFault = Checked<typeof seedFaultSchema>

export const seedsSchema = described(
  openObject({
    run: v.array(count),
    red: v.array(count),
    faults: described(
      v.optional(v.array(seedFaultSchema)),
      'What was wrong from each red seed, of the first 100.',
    ),
  }),
  'In runs with --seeds, the random power-ups that it ran from, and those from which it was red.',
)
export type SeedRecord = Checked<typeof seedsSchema>

export const layerSchema = openObject({
  name: described(v.string(), "The checkpoint's own module name."),
  op: described(v.string(), 'conv, add, max-pool, upsample; of a dump also input, concat, slice.'),
  shape: shapeSchema,
  elements: count,
  mismatches: count,
  first: v.nullable(mismatchSchema),
  stray: described(count, "Words written outside the layer's tensor, which is a fault."),
  repeated: described(count, 'Words written more than once, which is a fault.'),
  lost: described(
    v.optional(v.nullable(count)),
    'Words that were written and the memory does not hold; null if it was not read.',
  ),
  watched: described(
    v.optional(count),
    "Cycles for which the user's own module was watched after its last beat; absent if it did not reach it.",
  ),
  cycles: count,
  macs: described(count, 'Multiplications with real operands.'),
  seconds,
  error: described(v.nullable(v.string()), 'Why the layer did not run to its end; null if it did.'),
  kind: described(v.nullable(kindSchema), 'Null if nothing differs.'),
  errorMap: described(v.nullable(errorMapSchema), 'Null if nothing differs.'),
  histogram: described(v.nullable(histogramSchema), 'Null if the layer did not run.'),
  evidence: v.optional(evidenceSchema),
  seeds: v.optional(seedsSchema),
  unsteady: v.optional(unsteady),
  notRun: v.optional(notRun),
  broken: v.optional(broken),
  dump: v.optional(dumpSchema),
})
export type LayerResult = Checked<typeof layerSchema>

export const boxesSchema = described(
  openObject({
    ...boxComparisonSchema.entries,
    cycles: count,
    seconds,
    candidates: described(count, 'Candidates above the threshold.'),
    error: v.nullable(v.string()),
    kind: described(v.optional(v.nullable(kindSchema)), 'Why boxes differ, where it is known.'),
    evidence: v.optional(evidenceSchema),
    seeds: v.optional(seedsSchema),
    unsteady: v.optional(unsteady),
    notRun: v.optional(notRun),
    broken: v.optional(broken),
  }),
  'The DETECT instruction: decode, scores and q_NMS.',
)
export type BoxesResult = Checked<typeof boxesSchema>

const replaySchema = openObject({
  layer: v.string(),
  alone: described(v.boolean(), 'It is wrong from its golden input, too: the fault is in this layer.'),
  result: layerSchema,
})
export type Replay = Checked<typeof replaySchema>

const waveformSchema = openObject({
  layer: v.string(),
  file: v.string(),
  save: described(v.string(), 'GTKWave save file with the right signals.'),
  fromCycle: count,
  cycle: described(count, 'Cycle of the wrong write, counted as in the waveform.'),
  toCycle: count,
})
export type WaveformResult = Checked<typeof waveformSchema>

/** What generated stimulus alone came to. */
export const stimulusRunSchema = openObject({
  choice: v.picklist(STIMULUS_CHOICES),
  seeds: described(v.array(count), 'The seed of the random tensors.'),
  isRed: v.boolean(),
  unsteady: v.optional(unsteady),
  tensors: described(count, 'Stimuli of layers that ran.'),
  sets: described(count, 'Sets of logits that DETECT ran on.'),
  elements: described(count, 'Output elements that were compared.'),
  cycles: count,
  seconds: described(seconds, 'The time to make, compute and simulate the stimuli.'),
  redTensors: count,
  redSets: count,
  red: described(
    v.array(layerSchema),
    "The red stimuli, the first 40; name is the layer's with the stimulus in brackets.",
  ),
  redBoxes: described(
    v.array(openObject({ name: v.string(), boxes: boxesSchema })),
    'The red sets of logits, the first 40.',
  ),
})
export type StimulusRun = Checked<typeof stimulusRunSchema>

export const stimulusSchema = described(
  openObject({
    ...stimulusRunSchema.entries,
    ...coverageSummarySchema.entries,
    evidence: v.optional(evidenceSchema),
  }),
  'Generated stimulus, and what all inputs of the run exercised, the image included.',
)
export type StimulusResult = Checked<typeof stimulusSchema>

const countsSchema = openObject({
  exact: described(count, 'It ran, and every element is right.'),
  before: described(count, 'An earlier run proved it, and nothing that it depends on has changed.'),
  differs: described(count, 'Elements differ, or words were written elsewhere or twice.'),
  failed: described(count, 'It began and did not end.'),
  unsteady: described(count, unsteady.pipe[1].description),
  notRun: described(count, 'It was planned and never began.'),
})

const totalsSchema = openObject({
  layers: count,
  elements: count,
  mismatches: described(count, 'Sum over layers and boxes.'),
  cycles: described(count, 'Sum over layers and boxes; each counts once, whatever its seeds or shards.'),
  macs: count,
  buildSeconds: seconds,
  simSeconds: seconds,
})

export const resultSchema = openObject({
  ...headSchema.entries,
  remarks: described(
    v.optional(v.array(v.string())),
    'Sentences on how far the run looked, and on what it could not draw.',
  ),
  warnings: described(
    v.optional(v.array(diagnostic)),
    'What Verilator warned of as it read the RTL, paths from the working folder.',
  ),
  verdict: described(v.picklist(['exact', 'mismatch']), 'exact only if there is a part and none is red.'),
  counts: described(countsSchema, 'Layers and boxes by status. All but exact and before are red.'),
  layers: v.array(layerSchema),
  boxes: described(v.nullable(boxesSchema), 'Null if boxes were not compared.'),
  replay: described(v.nullable(replaySchema), 'The first divergent layer of a chained run, run alone.'),
  waveform: described(v.nullable(waveformSchema), 'The waveform of the first mismatch.'),
  pictures: described(v.array(v.string()), 'Paths of pictures of the detections.'),
  stimulus: v.optional(stimulusSchema),
  shard: v.optional(shardSchema),
  reproduce: described(
    v.optional(reproductionSchema),
    'In a red report.json: how to see the first red part again.',
  ),
  totals: totalsSchema,
})
export type SimResult = Checked<typeof resultSchema>

export type Verdict = SimResult['verdict']
export type Counts = SimResult['counts']
/** The status of a layer or of the boxes. All but `exact` and `before` are red. */
export type PartStatus = keyof Counts

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

/** Of a part, or of an entry of a night. */
export const isRedStatus = (status: string): boolean => status !== 'exact' && status !== 'before'

export const isRed = (part: LayerResult | BoxesResult): boolean => isRedStatus(statusOf(part))

/** Red, and no fault of the RTL: it never ran, or the machine failed. */
export const isBroken = (part: LayerResult | BoxesResult): boolean => {
  const status = statusOf(part)
  return status === 'notRun' || (status === 'failed' && part.broken === true)
}

export const boxesAreRed = (boxes: BoxesResult | null): boolean => boxes !== null && isRed(boxes)
