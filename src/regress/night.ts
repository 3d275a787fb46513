/**
 * The record of a night: what a plan asked for, what ran, and what came of each entry. `regress.json` holds it, and every report of a night is
 * written from it. It holds no list of exact layers, so that a night of ten thousand entries stays a few megabytes.
 */
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
import { originSchema, reproductionSchema } from '../result/record.ts'
import { isRedStatus, type PartStatus } from '../result/result.ts'
import { entryFields, simFields } from './entry.ts'

export type { Origin } from '../result/record.ts'

const seconds = real(0)

/** Of an entry whose run came to a result: those of a layer. */
export const PART_STATUSES = [
  'exact',
  'before',
  'differs',
  'failed',
  'unsteady',
  'notRun',
] as const satisfies readonly PartStatus[]

/** `error`: its run could not be made (a tool failed, bad input). `late`: its run was ended by a limit of time. */
export const ENTRY_STATUSES = [...PART_STATUSES, 'error', 'late'] as const

export const faultSchema = openObject({
  layer: described(
    v.nullable(v.string()),
    'The first red layer in the order of the network, or q_NMS; null if no layer began.',
  ),
  kind: described(
    v.nullable(v.string()),
    'The kind of fault that the layer looks like, as report.json names it.',
  ),
  message: described(v.string(), 'What is said of it on a terminal.'),
  mismatches: count,
  elements: count,
  red: described(count, 'Red layers of the entry, the boxes among them.'),
  parts: described(v.optional(count), 'Layers that its run had to run, the boxes among them.'),
  evidence: described(
    v.optional(v.string()),
    'A sentence with numbers: what was seen in the layer, and what usually causes it.',
  ),
})
export type EntryFault = Checked<typeof faultSchema>

const entrySchema = openObject({
  ...entryFields,
  status: v.picklist(ENTRY_STATUSES),
  fault: described(v.nullable(faultSchema), 'Null if it is exact.'),
  reproduce: described(
    v.optional(reproductionSchema),
    'In a red entry of regress.json: how to see it again in a fresh clone.',
  ),
})
export type NightEntry = Checked<typeof entrySchema>

/** What is known of a run, whether it came to a result or not. */
export const reportFields = {
  ended: described(
    v.picklist(['ran', 'before', 'error', 'late', 'notRun']),
    'before: nothing had changed since it was exact.',
  ),
  error: described(v.nullable(v.string()), 'Why it came to no result.'),
  exitCode: v.nullable(whole(0, 255)),
  host: v.nullable(v.string()),
  unproven: described(
    v.optional(v.boolean()),
    'Left out by --rerun-failed: it was exact before, and what decides it has changed since.',
  ),
  startedAt: described(v.nullable(v.string()), 'ISO 8601, UTC.'),
  seconds: described(seconds, 'Wall time of the whole run.'),
}

export const lookSchema = described(
  v.optional(v.nullable(openObject({ cycle: count, save: v.string() }))),
  'Where to look in the waveform: the cycle from power-up, 2 ps each, and the GTKWave save file, a path as that of the waveform.',
)

const runSchema = openObject({
  ...simFields,
  folder: described(
    v.string(),
    'Working folder in which relative paths begin; in regress.json from the root of the repository that holds it.',
  ),
  ...reportFields,
  imageHash: described(v.nullable(sha256Text), 'SHA-256 of the image file; null if it came to no result.'),
  modelHash: v.nullable(sha256Text),
  rtlHash: v.nullable(sha256Text),
  commit: described(
    v.optional(v.nullable(v.string())),
    'Commit of the files that it ran on; null outside a git repository, or without a result.',
  ),
  dirty: v.optional(v.nullable(v.boolean())),
  buildSeconds: seconds,
  simSeconds: seconds,
  waveform: described(
    v.nullable(v.string()),
    'Path of the waveform of its first mismatch, from the folder of the night.',
  ),
  look: lookSchema,
})
export type NightRun = Checked<typeof runSchema>

const designSchema = openObject({
  name: described(
    v.string(),
    'Everything but image and seed: model, bits, profile, array, mode, RTL or module.',
  ),
  cycles: described(
    recordOf(count),
    'By layer: the most cycles in any run in which it is exact; q_NMS depends on the image.',
  ),
  inexact: described(
    v.optional(v.array(v.string())),
    'Layers that are exact in no run: their cycles are those until they ended or hung, and are compared with none.',
  ),
  earlierCycles: described(
    v.optional(recordOf(count)),
    'In a history, of layers without exact cycles in this night: those of the last night that had them.',
  ),
  exercised: described(
    v.nullable(recordOf(v.nullable(count))),
    'By rule of the arithmetic: in how many layers any entry exercised it, or how many table entries; null where no entry counted.',
  ),
})
export type NightDesign = Checked<typeof designSchema>

export const nightSchema = openObject({
  format: v.literal('assay night'),
  version: v.literal(1),
  name: described(v.string(), 'Name of the plan.'),
  plan: described(
    openObject({ file: v.string(), identity: sha256Text }),
    'The plan file, and SHA-256 of all entries with their words: two nights of one identity asked for the same.',
  ),
  assay: v.string(),
  node: v.string(),
  verilator: described(v.nullable(v.string()), 'Null if no run came to a result.'),
  origin: originSchema,
  startedAt: described(v.string(), 'When the night began, ISO 8601, UTC; a night that was resumed keeps it.'),
  rerun: described(
    v.optional(openObject({ of: v.string() })),
    'Of --rerun-failed: when the night began whose red entries ran again.',
  ),
  seconds: described(seconds, 'Wall time of all its parts.'),
  verdict: described(
    v.picklist(['exact', 'mismatch', 'broken']),
    'broken: no layer differs, and some runs came to no result.',
  ),
  entries: v.array(entrySchema),
  runs: v.array(runSchema),
  designs: v.array(designSchema),
})
export type Night = Checked<typeof nightSchema>

/** Whether it was begun: of what never was there is nothing to reproduce. */
export const wasBegun = ({ runs }: Pick<Night, 'runs'>, { run }: Pick<NightEntry, 'run'>): boolean =>
  runs[run]!.ended !== 'notRun'

/** A rerun that does not say of all its entries what they are. */
export const isPartial = ({ rerun, runs }: Pick<Night, 'rerun' | 'runs'>): boolean =>
  rerun !== undefined && runs.some(({ unproven }) => unproven === true)

export const isRedEntry = ({ status }: Pick<NightEntry, 'status'>): boolean => isRedStatus(status)
