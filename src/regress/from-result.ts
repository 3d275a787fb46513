/** What a run of `assay sim` came to, as a night keeps it: the status of each of its entries, and no list of exact layers. */
import * as v from 'valibot'
import { describeBoxes } from '../diff/boxes.ts'
import { type Checked, count, openObject, real, recordOf, sha256Text } from '../input/schema.ts'
import {
  type BoxesResult,
  isRed,
  isRedStatus,
  type LayerResult,
  type PartStatus,
  type SeedFault,
  type SimResult,
  statusOf,
} from '../result/result.ts'
import { type EntryFault, faultSchema, lookSchema, PART_STATUSES } from './night.ts'

/** What is kept of a result. */
export const outcomeSchema = openObject({
  entries: v.array(
    openObject({
      seed: v.nullable(count),
      status: v.picklist(PART_STATUSES),
      fault: v.nullable(faultSchema),
    }),
  ),
  /** Cycles by layer. */
  cycles: recordOf(count),
  /** Layers that are red, whose cycles are none of the design. */
  inexact: v.optional(v.array(v.string())),
  /** By rule of the arithmetic: in how many layers, or how many table entries; null: nothing was counted. */
  exercised: v.nullable(recordOf(v.nullable(count))),
  imageHash: sha256Text,
  modelHash: sha256Text,
  rtlHash: sha256Text,
  verilator: v.string(),
  /** Of the files that ran; null outside a git repository. */
  commit: v.nullable(v.string()),
  dirty: v.nullable(v.boolean()),
  buildSeconds: real(0),
  simSeconds: real(0),
  waveform: v.nullable(v.string()),
  look: lookSchema,
})
export type RunOutcome = Checked<typeof outcomeSchema>
type EntryOutcome = RunOutcome['entries'][number]

/** A layer, the boxes or a generated stimulus of a run. */
interface NamedPart {
  readonly name: string
  readonly part: LayerResult | BoxesResult
}

/** @param seeds that the run was asked for; null: without. */
export function toOutcome(result: SimResult, seeds: readonly number[] | null): RunOutcome {
  const { layers, boxes, stimulus, run, totals, waveform, modelHash } = result
  const parts: readonly NamedPart[] = [
    ...layers.map((part) => ({ name: part.name, part })),
    ...(boxes === null ? [] : [{ name: 'q_NMS', part: boxes }]),
  ]
  const generated: readonly NamedPart[] =
    stimulus?.isRed === true
      ? [
          ...stimulus.red.map((part) => ({ name: part.name, part })),
          ...stimulus.redBoxes.map(({ name, boxes: part }) => ({ name, part })),
        ]
      : []
  const entries = (seeds ?? [null]).map((seed) => entryOf(parts, generated, seed))
  const inexact = parts.filter(({ part }) => isRed(part)).map(({ name }) => name)
  const isMissed = result.verdict !== 'exact' && entries.every(({ fault }) => fault === null)
  return {
    // What is red is red in some entry, even if no part says in which.
    entries: isMissed
      ? entries.map(({ seed }) => ({ seed, status: 'differs', fault: UNKNOWN_FAULT }))
      : entries,
    cycles: Object.fromEntries(parts.map(({ name, part }) => [name, part.cycles])),
    ...(inexact.length === 0 ? {} : { inexact }),
    exercised:
      stimulus === undefined || stimulus.rows.length === 0
        ? null
        : Object.fromEntries(stimulus.rows.map(({ rule, hit, of }) => [rule, of === 0 ? null : hit])),
    imageHash: run.imageHash,
    modelHash,
    rtlHash: run.rtlHash,
    verilator: run.verilator,
    commit: run.origin?.commit ?? null,
    dirty: run.origin?.dirty ?? null,
    buildSeconds: totals.buildSeconds,
    simSeconds: totals.simSeconds,
    waveform: waveform?.file ?? null,
    look: waveform && { cycle: waveform.cycle, save: waveform.save },
  }
}

function entryOf(
  parts: readonly NamedPart[],
  generated: readonly NamedPart[],
  seed: number | null,
): EntryOutcome {
  const judged = [...parts, ...generated].map((named) => ({ ...named, status: statusIn(named.part, seed) }))
  const red = judged.filter(({ status }) => isRedStatus(status))
  const [first] = red
  if (first === undefined) {
    const isBefore = parts.every(({ part }) => statusOf(part) === 'before')
    return { seed, status: isBefore ? 'before' : 'exact', fault: null }
  }
  const worst = RANKED.find((status) => red.some((one) => one.status === status))!
  const { name, part } = first
  const own = faultIn(part, seed)
  return {
    seed,
    status: worst,
    fault: {
      layer: name,
      kind: own === undefined ? kindOf(part) : own.kind,
      message: own?.message ?? describePart(part, first.status),
      mismatches: own?.mismatches ?? part.mismatches,
      elements: 'elements' in part ? part.elements : part.expected,
      red: red.length,
      parts: parts.length,
      ...evidenceOf(part, own),
    },
  }
}

const UNKNOWN_FAULT: EntryFault = {
  ...{ layer: null, kind: null, mismatches: 0, elements: 0, red: 1 },
  message: 'the run is red, and its report says of no layer in which entry',
}

/** Which status counts where parts of an entry have several. */
const RANKED = ['differs', 'failed', 'notRun', 'unsteady'] as const

/** The status of a part from one of its power-ups. */
function statusIn(part: LayerResult | BoxesResult, seed: number | null): PartStatus {
  const status = statusOf(part)
  if (seed === null || part.seeds === undefined) return status
  if (!part.seeds.run.includes(seed)) return 'notRun'
  if (part.seeds.red.includes(seed)) return faultIn(part, seed)?.status ?? (isRed(part) ? status : 'differs')
  return status === 'before' ? 'before' : 'exact'
}

/** What a part says of one power-up by itself; the part shows the worst of all. */
function faultIn({ seeds }: LayerResult | BoxesResult, seed: number | null): SeedFault | undefined {
  return seeds?.faults?.find((fault) => fault.seed === seed)
}

/** What a layer shows is from the worst of its power-ups: its numbers are not those of another one. */
function evidenceOf(
  part: LayerResult | BoxesResult,
  own: SeedFault | undefined,
): Pick<EntryFault, 'evidence'> {
  const { kind } = part
  if (kind == null) return {}
  const isOwn = own === undefined || (own.kind === kind.name && own.mismatches === part.mismatches)
  return isOwn ? { evidence: kind.evidence } : {}
}

const kindOf = (part: LayerResult | BoxesResult): string | null => part.kind?.name ?? null

function describePart(part: LayerResult | BoxesResult, status: PartStatus): string {
  if (status === 'notRun') return part.error ?? 'it never began'
  if (part.error !== null) return part.error
  if (status === 'unsteady') return 'exact now and red before, with the same RTL and inputs'
  return 'elements' in part ? describeLayer(part) : describeBoxes(part)
}

/** What is first wrong in a layer: its message, or place and codes. */
export function describeLayer({ first, error }: LayerResult): string {
  if (error !== null) return error
  if (first === null) return 'words elsewhere, or twice'
  const { channel, y, x, expected, actual } = first
  return `c${channel} y${y} x${x}: expected ${expected}, got ${actual ?? 'nothing'}`
}
