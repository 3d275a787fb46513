/**
 * The ledger holds what is known of a run's layers before they run, and keeps their outcomes. An exact layer is kept as evidence. A red
 * layer is kept so that it stays red if it is suddenly exact on the same inputs.
 */
import { join } from 'node:path'
import * as v from 'valibot'
import { type Checked, choiceOf, openObject } from '../../input/schema.ts'
import { areAsOpened, mergeOpened, type OpenedFile, openedFile } from '../../simulate/opened-files.ts'
import {
  type EvidenceStore,
  type Kept,
  readEvidence,
  sweepEvidence,
  writeEvidence,
} from '../../store/evidence.ts'
import { writeCached } from '../../store/files.ts'
import { readSealed, seal } from '../../store/kept.ts'
import type { SimulationBench } from '../bench/bench.ts'
import type { Progress } from '../files/progress.ts'
import { type KeyedBench, keyLayers } from './keys.ts'
import { describeOutcome, isRedOutcome, markOutcome, type Outcome, outcomeSchema } from './outcomes.ts'

/** What is kept under a layer's key. */
const KEPT_LAYER = choiceOf('kind', [
  openObject({ kind: v.literal('exact'), outcome: outcomeSchema, opened: v.array(openedFile) }),
  openObject({ kind: v.literal('red'), why: v.string(), opened: v.array(openedFile) }),
])
type KeptLayer = Checked<typeof KEPT_LAYER>

export interface Ledger {
  /** Outcomes of the layers that were found or have run, by index of the instruction. */
  readonly outcomes: ReadonlyMap<number, Outcome>
  /** Files that the models of these layers read besides their ROMs. */
  readonly opened: readonly OpenedFile[]
  /** Names of the layers that were red last time. They run first. */
  readonly redLast: ReadonlySet<string>
  /**
   * What is kept of it is on its way to the disk; a run that is stopped before runs the layer again.
   * @param opened files that the model read besides its ROMs. @param passing the machine failed, not the model.
   */
  enter(pc: number, outcome: Outcome, opened: readonly OpenedFile[], passing: boolean): void
  /** Waits until all is kept. @throws InputError if something could not be written. */
  close(): Promise<void>
}

type LedgerBench = KeyedBench & Pick<SimulationBench, 'store' | 'record'>

/** What a ledger is opened for. */
export interface LedgerPlan {
  /** Without a store it knows no outcome before the run and keeps none after it. */
  readonly store: EvidenceStore | undefined
  /** Take exact layers from the store. Default: true. */
  readonly reuse?: boolean | undefined
  /** ISO 8601. */
  readonly startedAt: string
  /** By number, in the order in which they are reported. */
  readonly layers: ReadonlyMap<number, { readonly name: string; readonly key: string }>
}

export function openLedger(
  bench: LedgerBench,
  wanted: readonly number[],
  progress: Progress,
): Promise<Ledger> {
  const { evidence: store, reuse } = bench.store
  const keys = store === undefined ? [] : keyLayers(store, bench, wanted)
  const layers = wanted.map((pc, index) => {
    return [pc, { name: bench.roms.steps[pc]!.name, key: keys[index] ?? '' }] as const
  })
  const { startedAt } = bench.record
  return openPlanned({ store, reuse, startedAt, layers: new Map(layers) }, progress)
}

export async function openPlanned(plan: LedgerPlan, progress: Progress): Promise<Ledger> {
  return plan.store === undefined ? openPlain(progress) : openKept(plan.store, plan, progress)
}

/** Opens a ledger without a store: it knows no outcome before the run and keeps none after it. */
function openPlain(progress: Progress): Ledger {
  const outcomes = new Map<number, Outcome>()
  return {
    outcomes,
    opened: [],
    redLast: new Set(),
    enter: (pc, outcome) => {
      if (isRedOutcome(outcome)) progress.warn(describeOutcome(outcome))
      outcomes.set(pc, outcome)
    },
    close: async () => {},
  }
}

async function openKept(
  store: EvidenceStore,
  { reuse, startedAt, layers }: LedgerPlan,
  progress: Progress,
): Promise<Ledger> {
  const wanted = [...layers.keys()]
  const nameOf = (pc: number): string => layers.get(pc)!.name
  const keyOf = (pc: number): string => layers.get(pc)!.key
  const outcomes = new Map<number, Outcome>()
  let all: readonly OpenedFile[] = []
  const redLast = await readRedLast(store)
  const redNow = new Set(redLast)
  const redBefore = new Set<number>()
  const lookUp = async (pc: number, kept: Kept<KeptLayer> | null): Promise<void> => {
    if (kept === null) return
    const key = keyOf(pc)
    const { value } = kept
    if (value.kind === 'red') {
      // A red outcome with another content of a file that the RTL reads says nothing of this run.
      if (await areAsOpened(value.opened)) redBefore.add(pc)
    } else if (reuse !== false && (await areAsOpened(value.opened))) {
      all = mergeOpened(all, value.opened)
      outcomes.set(
        pc,
        markOutcome(value.outcome, { evidence: { key, provedAt: kept.provedAt, before: true } }),
      )
    }
  }
  const known = await Promise.all(wanted.map((pc) => readEvidence(store, keyOf(pc), KEPT_LAYER)))
  // Outcomes enter in the order of the program, although the reads may end in any order.
  for (const [index, pc] of wanted.entries()) await lookUp(pc, known[index]!)

  const writes: Promise<void>[] = []
  const keep = (pc: number, value: KeptLayer): void => {
    const write = writeEvidence(store, keyOf(pc), { provedAt: startedAt, value })
    write.catch(() => {})
    writes.push(write)
  }
  const enter: Ledger['enter'] = (pc, outcome, opened, passing) => {
    const key = keyOf(pc)
    all = mergeOpened(all, opened)
    if (isRedOutcome(outcome)) {
      progress.warn(describeOutcome(outcome))
      outcomes.set(pc, outcome)
      redNow.add(nameOf(pc))
      // What came of inputs that nobody knows is not compared with: it is never as it was opened.
      if (!passing) keep(pc, { kind: 'red', why: describeOutcome(outcome), opened })
    } else if (redBefore.has(pc)) {
      const unsteady = markOutcome(outcome, { unsteady: true })
      progress.warn(describeOutcome(unsteady))
      outcomes.set(pc, unsteady)
    } else {
      redNow.delete(nameOf(pc))
      keep(pc, { kind: 'exact', outcome, opened })
      outcomes.set(pc, markOutcome(outcome, { evidence: { key, provedAt: startedAt, before: false } }))
    }
  }
  const close = async (): Promise<void> => {
    await Promise.all(writes)
    if (redNow.size > 0 || redLast.size > 0) await writeCached(pathOf(store), seal([...redNow]))
    await sweepEvidence(store)
  }
  return {
    outcomes,
    get opened() {
      return all
    },
    redLast,
    enter,
    close,
  }
}

const pathOf = (store: EvidenceStore): string => join(store.folder, 'red-last.json')

/** Reads the names. They only order the work, so a list that cannot be read counts as empty. */
async function readRedLast(store: EvidenceStore): Promise<ReadonlySet<string>> {
  return new Set(await readSealed(pathOf(store), v.array(v.string())))
}
