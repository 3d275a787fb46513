/**
 * The ledger holds what is known of a run's layers before they run, and keeps their outcomes. An exact layer is kept as evidence. A red
 * layer is kept so that it stays red if it is suddenly exact on the same inputs.
 */
import { join } from 'node:path'
import * as v from 'valibot'
import { areAsOpened, mergeOpened, type OpenedFile } from '../../simulate/opened-files.ts'
import { type EvidenceStore, type Kept, sweepEvidence } from '../../store/evidence.ts'
import { writeCached } from '../../store/files.ts'
import { readSealed, seal } from '../../store/kept.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { type KeyedBench, keyDesign, keyLayers } from './keys.ts'
import { describeOutcome, isRedOutcome, markOutcome, type Outcome } from './outcomes.ts'
import { type KeptLayer, openSeedShelf, openShelf, type Shelf } from './shelf.ts'

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
}

/** What a ledger is opened for. */
export interface LedgerPlan {
  /** Without a store it knows no outcome before the run and keeps none after it. */
  readonly store: EvidenceStore | undefined
  /** Take exact layers from the store. Default: true. */
  readonly reuse?: boolean | undefined
  /** ISO 8601. */
  readonly startedAt: string
  /** By number, in the order in which they are reported. The key covers all but the seed of random power-ups. */
  readonly layers: ReadonlyMap<number, { readonly name: string; readonly key: string }>
  /** Names the logs of random power-ups that are read together. */
  readonly group?: string | undefined
}

/** The ledgers of a run: one, or one a random power-up. */
export interface Ledgers {
  /** Of one seed; null for a run without seeds. @param wanted numbers of the layers that it is asked for */
  open(seed: number | null, wanted: readonly number[]): Promise<Ledger>
  /** Whether it is kept that a layer is exact. What it rests on is not looked at. */
  knows(seed: number | null, pc: number): boolean
  /** Waits until all is kept. @throws InputError if something could not be written. */
  close(): Promise<void>
}

type LedgerBench = KeyedBench & Pick<SimulationBench, 'store' | 'record'>

/** The ledgers of a run of the detector. @param isSeeded it runs from random power-ups */
export function openBenchLedgers(
  bench: LedgerBench,
  wanted: readonly number[],
  isSeeded: boolean,
): Promise<Ledgers> {
  const { evidence: store, reuse } = bench.store
  const keys = store === undefined ? [] : keyLayers(store, bench, wanted)
  const layers = wanted.map((pc, index) => {
    return [pc, { name: bench.roms.steps[pc]!.name, key: keys[index] ?? '' }] as const
  })
  const { startedAt } = bench.record
  const group = isSeeded && store !== undefined ? keyDesign(store, bench) : undefined
  return openLedgers({ store, reuse, startedAt, layers: new Map(layers), group })
}

export async function openLedgers(plan: LedgerPlan): Promise<Ledgers> {
  const { store } = plan
  if (store === undefined) return { open: async () => openPlain(), knows: () => false, close: async () => {} }
  const names = await openRedNames(store)
  const { group } = plan
  const shelf = group === undefined ? openShelf(store, plan) : await openSeedShelf(store, plan, group)
  return {
    open: (seed, wanted) => openKept(plan, shelf, seed, wanted, names),
    knows: (seed, pc) => plan.reuse !== false && shelf.knows(seed, pc),
    close: async () => {
      await shelf.close()
      await names.close()
      await sweepEvidence(store)
    },
  }
}

/** Opens a ledger without a store: it knows no outcome before the run and keeps none after it. */
function openPlain(): Ledger {
  const outcomes = new Map<number, Outcome>()
  return {
    outcomes,
    opened: [],
    redLast: new Set(),
    enter: (pc, outcome) => {
      outcomes.set(pc, outcome)
    },
  }
}

async function openKept(
  { reuse, startedAt, layers }: LedgerPlan,
  shelf: Shelf,
  seed: number | null,
  wanted: readonly number[],
  names: RedNames,
): Promise<Ledger> {
  const nameOf = (pc: number): string => layers.get(pc)!.name
  const keyOf = (pc: number): string => layers.get(pc)!.key
  const outcomes = new Map<number, Outcome>()
  let all: readonly OpenedFile[] = []
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
  const known = await Promise.all(wanted.map((pc) => shelf.find(seed, pc)))
  // Outcomes enter in the order of the program, although the reads may end in any order.
  for (const [index, pc] of wanted.entries()) await lookUp(pc, known[index]!)

  const keep = (pc: number, value: KeptLayer): void => shelf.keep(seed, pc, { provedAt: startedAt, value })
  const enter: Ledger['enter'] = (pc, outcome, opened, passing) => {
    const key = keyOf(pc)
    all = mergeOpened(all, opened)
    if (isRedOutcome(outcome)) {
      outcomes.set(pc, outcome)
      names.add(nameOf(pc))
      // What came of inputs that nobody knows is not compared with: it is never as it was opened.
      if (!passing) keep(pc, { kind: 'red', why: describeOutcome(outcome), opened })
    } else if (redBefore.has(pc)) {
      const unsteady = markOutcome(outcome, { unsteady: true })
      outcomes.set(pc, unsteady)
    } else {
      names.exact(nameOf(pc))
      keep(pc, { kind: 'exact', outcome, opened })
      outcomes.set(pc, markOutcome(outcome, { evidence: { key, provedAt: startedAt, before: false } }))
    }
  }
  return {
    outcomes,
    get opened() {
      return all
    },
    redLast: names.last,
    enter,
  }
}

/** Names of the layers that were red last time, and are now. They only order the work: a list that cannot be read counts as empty. */
interface RedNames {
  readonly last: ReadonlySet<string>
  add(name: string): void
  exact(name: string): void
  close(): Promise<void>
}

async function openRedNames(store: EvidenceStore): Promise<RedNames> {
  const path = join(store.folder, 'red-last.json')
  const last = new Set(await readSealed(path, v.array(v.string())))
  const before = new Set(last)
  const now = new Set<string>()
  return {
    last,
    add: (name) => now.add(name),
    exact: (name) => before.delete(name),
    close: async () => {
      if (now.size > 0 || last.size > 0) await writeCached(path, seal([...new Set([...before, ...now])]))
    },
  }
}
