/** This file remembers red chained runs by their inputs. If such a run is exact now, it is unsteady and stays red. */
import * as v from 'valibot'
import { type Checked, openObject } from '../../input/schema.ts'
import { boxesAreRed, isRed } from '../../result/result.ts'
import { mayBeAsOpened, type OpenedFile, openedFile } from '../../simulate/opened-files.ts'
import { evidenceKey, readEvidence, writeEvidence } from '../../store/evidence.ts'
import type { SimulationBench } from '../bench/bench.ts'
import type { ChainedRun } from '../bench/chain.ts'
import { type KeyedBench, keyLayers } from './keys.ts'

const RED_CHAIN = openObject({
  /** Names of the layers that were red. */
  layers: v.array(v.string()),
  boxes: v.boolean(),
  opened: v.array(openedFile),
})

/**
 * Returns the run, with everything that was red before and is exact now marked as unsteady.
 * @param opened files that the model read besides its ROMs.
 */
export async function judgeChain(
  bench: KeyedBench & Pick<SimulationBench, 'store' | 'record'>,
  run: ChainedRun,
  opened: readonly OpenedFile[],
): Promise<ChainedRun> {
  const { evidence: store } = bench.store
  if (store === undefined) return run
  const all = bench.roms.steps.map((_, pc) => pc).filter((pc) => bench.roms.steps[pc]!.writes !== null)
  const key = evidenceKey(store, 'red chain', [keyLayers(store, bench, all), bench.expectedBoxes])
  const now: Checked<typeof RED_CHAIN> = {
    layers: run.layers.filter(isRed).map(({ name }) => name),
    boxes: boxesAreRed(run.boxes?.result ?? null),
    opened,
  }
  if (now.layers.length > 0 || now.boxes) {
    await writeEvidence(store, key, { provedAt: bench.record.startedAt, value: now })
    return run
  }
  const before = (await readEvidence(store, key, RED_CHAIN))?.value
  if (before === undefined || !(await mayBeAsOpened(before.opened))) return run
  const mark = <Part extends { readonly unsteady?: true }>(part: Part): Part => ({ ...part, unsteady: true })
  return {
    ...run,
    layers: run.layers.map((layer) => (before.layers.includes(layer.name) ? mark(layer) : layer)),
    boxes: run.boxes === null || !before.boxes ? run.boxes : { ...run.boxes, result: mark(run.boxes.result) },
  }
}
