/** Where a run's proofs lie: a file a layer, or, for random power-ups, a file a layer and a log of the seeds. */
import * as v from 'valibot'
import { type Checked, choiceOf, openObject } from '../../input/schema.ts'
import { areAsOpened, type OpenedFile, openedFile } from '../../simulate/opened-files.ts'
import { type EvidenceStore, type Kept, readEvidence, writeEvidence } from '../../store/evidence.ts'
import { openPowerUps } from '../../store/power-ups.ts'
import { markOutcome, type Outcome, outcomeSchema, partOf } from './outcomes.ts'

/** What is kept under a layer's key. */
const KEPT_LAYER = choiceOf('kind', [
  openObject({ kind: v.literal('exact'), outcome: outcomeSchema, opened: v.array(openedFile) }),
  openObject({ kind: v.literal('red'), why: v.string(), opened: v.array(openedFile) }),
])
export type KeptLayer = Checked<typeof KEPT_LAYER>

export interface Shelf {
  find(seed: number | null, pc: number): Promise<Kept<KeptLayer> | null>
  /** Whether an exact layer is kept, as far as that is known at once. */
  knows(seed: number | null, pc: number): boolean
  /** What is kept is on its way to the disk. */
  keep(seed: number | null, pc: number, kept: Kept<KeptLayer>): void
  /** @throws InputError if something could not be written. */
  close(): Promise<void>
}

interface ShelfPlan {
  readonly layers: ReadonlyMap<number, { readonly key: string }>
}

/** A file for each layer. */
export function openShelf(store: EvidenceStore, { layers }: ShelfPlan): Shelf {
  const writes = pendingWrites()
  return {
    find: (_, pc) => readEvidence(store, layers.get(pc)!.key, KEPT_LAYER),
    knows: () => false,
    keep: (_, pc, kept) => writes.add(writeEvidence(store, layers.get(pc)!.key, kept)),
    close: writes.close,
  }
}

/**
 * What a layer came to is nearly the same from every seed that it is exact from: one outcome stands for all, and the log keeps of each seed that it was
 * exact, its cycles and its time; or that it was red.
 */
export async function openSeedShelf(
  store: EvidenceStore,
  { layers }: ShelfPlan,
  group: string,
): Promise<Shelf> {
  const keys = [...new Set([...layers.values()].map(({ key }) => key))]
  const log = await openPowerUps<readonly OpenedFile[]>(store, group, keys, v.array(openedFile))
  const writes = pendingWrites()
  const outcomes = new Map<string, Promise<Outcome | null>>()
  const findOutcome = (key: string): Promise<Outcome | null> => {
    const known = outcomes.get(key)
    if (known !== undefined) return known
    const found = readEvidence(store, key, KEPT_LAYER).then((kept) =>
      kept?.value.kind === 'exact' ? kept.value.outcome : null,
    )
    outcomes.set(key, found)
    return found
  }
  return {
    find: async (seed, pc) => {
      const { key } = layers.get(pc)!
      const all = log.find(key, seed!)
      const asOpened = await Promise.all(all.map(({ opened }) => areAsOpened(opened)))
      const now = all.filter((_, index) => asOpened[index])
      // Red once, with what the RTL reads now, is red: whoever finds it exact has to say so.
      const found = now.find(({ kind }) => kind === 'red') ?? now.at(-1)
      if (found === undefined) return null
      const { opened } = found
      if (found.kind === 'red') return { provedAt: '', value: { kind: 'red', why: '', opened } }
      const shown = await findOutcome(key)
      if (shown === null) return null
      const { cycles, seconds, provedAt } = found
      const outcome = markOutcome(shown, { cycles, seconds })
      return { provedAt, value: { kind: 'exact', outcome, opened } }
    },
    knows: (seed, pc) => log.find(layers.get(pc)!.key, seed!).some(({ kind }) => kind === 'exact'),
    keep: (seed, pc, kept) => {
      const { key } = layers.get(pc)!
      const { value, provedAt } = kept
      const { opened } = value
      if (value.kind === 'red') return log.enter(key, seed!, { kind: 'red', opened })
      const { cycles, seconds } = partOf(value.outcome)
      log.enter(key, seed!, { kind: 'exact', cycles, seconds, opened, provedAt })
      const before = findOutcome(key)
      const write = before.then(async (shown) => {
        if (shown !== null) return
        outcomes.set(key, Promise.resolve(value.outcome))
        await writeEvidence(store, key, kept)
      })
      writes.add(write)
    },
    close: async () => {
      await writes.close()
      await log.close()
    },
  }
}

function pendingWrites() {
  const writes = new Set<Promise<void>>()
  let failed: Promise<void> | null = null
  return {
    add: (write: Promise<void>): void => {
      writes.add(write)
      write.then(
        () => writes.delete(write),
        () => {
          failed ??= write
        },
      )
    },
    /** @throws what a write came to. */
    close: async (): Promise<void> => {
      await failed
      await Promise.all(writes)
    },
  }
}
