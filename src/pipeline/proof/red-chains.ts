/** This file remembers red chained runs by their inputs. If such a run is exact now, it is unsteady and stays red. */
import * as v from 'valibot'
import { type Checked, openObject } from '../../input/schema.ts'
import { type BoxesResult, boxesAreRed, isRed, type LayerResult } from '../../result/result.ts'
import { mayBeAsOpened, type OpenedFile, openedFile } from '../../simulate/opened-files.ts'
import { type EvidenceStore, evidenceKey, readEvidence, writeEvidence } from '../../store/evidence.ts'
import type { SimulationBench } from '../bench/bench.ts'
import type { ChainedRun } from '../bench/chain.ts'
import { type KeyedBench, keyLayers } from './keys.ts'

const RED_CHAIN = openObject({
  /** Names of the layers that were red. */
  layers: v.array(v.string()),
  boxes: v.boolean(),
  opened: v.array(openedFile),
})

/** Judges a run of the detector. @param opened files that the model read besides its ROMs. */
export async function judgeChain(
  bench: KeyedBench & Pick<SimulationBench, 'store' | 'record'>,
  run: ChainedRun,
  opened: readonly OpenedFile[],
): Promise<ChainedRun> {
  const { evidence: store } = bench.store
  if (store === undefined) return run
  const all = bench.roms.steps.map((_, pc) => pc).filter((pc) => bench.roms.steps[pc]!.writes !== null)
  const key = evidenceKey(store, 'red chain', [keyLayers(store, bench, all), bench.expectedBoxes])
  const { startedAt } = bench.record
  const { layers, boxes } = await judgeRun(
    { store, key, startedAt },
    { layers: run.layers, boxes: run.boxes?.result ?? null },
    opened,
  )
  return { ...run, layers, boxes: run.boxes === null ? null : { ...run.boxes, result: boxes! } }
}

interface Parts {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesResult | null
}

/**
 * Returns a chained run, with everything that was red before and is exact now marked as unsteady.
 * @param key of all that decides it. @param opened files that the model read.
 */
export async function judgeRun(
  {
    store,
    key,
    startedAt,
  }: { readonly store: EvidenceStore; readonly key: string; readonly startedAt: string },
  run: Parts,
  opened: readonly OpenedFile[],
): Promise<Parts> {
  const now: Checked<typeof RED_CHAIN> = {
    layers: run.layers.filter(isRed).map(({ name }) => name),
    boxes: boxesAreRed(run.boxes),
    opened,
  }
  if (now.layers.length > 0 || now.boxes) {
    await writeEvidence(store, key, { provedAt: startedAt, value: now })
    return run
  }
  const before = (await readEvidence(store, key, RED_CHAIN))?.value
  if (before === undefined || !(await mayBeAsOpened(before.opened))) return run
  const mark = <Part extends { readonly unsteady?: true }>(part: Part): Part => ({ ...part, unsteady: true })
  return {
    ...run,
    layers: run.layers.map((layer) => (before.layers.includes(layer.name) ? mark(layer) : layer)),
    boxes: run.boxes === null || !before.boxes ? run.boxes : mark(run.boxes),
  }
}
