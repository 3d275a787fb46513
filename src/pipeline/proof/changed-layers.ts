/**
 * The isolated diff runs only the layers that have changed. Layers with evidence are reported as proved before. The others run side by
 * side in child processes of one built model, each from power-up and from its golden input.
 */
import type { LayerResult } from '../../result/result.ts'
import type { OpenedFile } from '../../simulate/index.ts'
import { isPassing } from '../../simulate/simulation-error.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { type BoxesRun, detectStep } from '../bench/boxes.ts'
import type { LayerPool } from '../bench/layer-pool.ts'
import type { LayerRunner } from '../bench/layer-runner.ts'
import { withoutRoms } from '../bench/opened.ts'
import { orderLayers } from '../bench/schedule.ts'
import type { Progress } from '../files/progress.ts'
import { openLedger } from './ledger.ts'
import { failedOutcome, isRedOutcome, notRunOutcome, type Outcome } from './outcomes.ts'

export interface ChangedRun {
  /** All requested layers in the order of the program. */
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
  /** Files that the model read besides its ROMs. */
  readonly opened: readonly OpenedFile[]
}

/** Runs the chosen instructions that were not proved before. @param pool children that were opened for them */
export async function simulateChanged(
  bench: SimulationBench,
  chosen: readonly number[],
  pool: LayerPool,
  progress: Progress,
): Promise<ChangedRun> {
  const { roms, expectedBoxes } = bench
  const wanted = chosen.filter((pc) => expectedBoxes !== null || pc !== detectStep(roms))
  const ledger = await openLedger(bench, wanted, progress)
  const left = wanted.filter((pc) => !ledger.outcomes.has(pc))
  const task = progress.start('simulate each layer from its golden input')
  const run = await runSideBySide(
    bench,
    orderLayers(left, roms, ledger.redLast),
    pool.runners,
    (pc, { outcome, files, passing }) => {
      ledger.enter(pc, outcome, files, passing)
      const done = ledger.outcomes.size - wanted.length + left.length
      task.update(done / left.length, `${roms.steps[pc]!.name} (${done} of ${left.length})`)
    },
  )
  await ledger.close()
  const outcomes = wanted.map(
    (pc) => ledger.outcomes.get(pc) ?? notRunOutcome(bench, pc, run.ended ?? 'the run ended before'),
  )
  const red = outcomes.filter(isRedOutcome).length
  const before = wanted.length - left.length
  const counts = [
    `${left.length} run`,
    ...(before === 0 ? [] : [`${before} proved before`]),
    ...(red === 0 ? [] : [`${red} red`]),
  ]
  task.done(counts.join(', '))
  return {
    layers: outcomes.flatMap((outcome) => (outcome.kind === 'layer' ? [outcome.layer] : [])),
    boxes: outcomes.flatMap((outcome) => (outcome.kind === 'boxes' ? [outcome.boxes] : []))[0] ?? null,
    opened: ledger.opened,
  }
}

interface Ran {
  readonly outcome: Outcome
  readonly files: readonly OpenedFile[]
  /** The machine failed, and another run may not fail. */
  readonly passing: boolean
}

/**
 * Each child takes the next layer when it has finished one, and has another one waiting, so that it never waits for this process. A layer
 * that hangs or crashes ends its child, and the next layer gets a new one. A fault that every layer would meet (RTL that does not power
 * up, an endless loop inside a cycle) ends the run.
 * @returns why the run ended before its last layer; null if it did not.
 */
async function runSideBySide(
  bench: SimulationBench,
  order: readonly number[],
  runners: readonly LayerRunner[],
  onRan: (pc: number, ran: Ran) => void,
): Promise<{ readonly ended: string | null }> {
  let next = 0
  let ended: string | null = null
  const serve = async (runner: LayerRunner): Promise<void> => {
    while (next < order.length && ended === null) {
      const pc = order[next++]!
      const ran = await runner.run(bench, pc)
      if (ran === null) return
      const files = withoutRoms(bench, ran.files ?? [])
      if (ran.outcome !== null) {
        onRan(pc, { outcome: ran.outcome, files, passing: false })
        continue
      }
      const { error, isPoweredUp } = ran
      if (!isPoweredUp) ended ??= `the RTL does not power up (${error.message})`
      if (error.kind === 'deadline') ended ??= `${bench.roms.steps[pc]!.name} took too long`
      // The files that the model read are part of the failure's evidence. If they are unknown, the failure is not kept.
      const passing = ran.files === null || isPassing(error)
      onRan(pc, { outcome: failedOutcome(bench, pc, error), files, passing })
    }
  }
  const guarded = (runner: LayerRunner): Promise<void> =>
    serve(runner).catch((error: unknown) => {
      ended ??= 'another layer could not be run'
      throw error
    })
  // The first layer of each child goes before the second of any.
  const lanes = [...runners, ...runners].slice(0, order.length)
  const ran = await Promise.allSettled(lanes.map(guarded))
  for (const result of ran) if (result.status === 'rejected') throw result.reason
  return { ended }
}
