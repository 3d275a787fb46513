/**
 * The isolated diff runs only the layers that have changed. Layers with evidence are reported as proved before. The others run side by
 * side in child processes of one built model, each from power-up and from its golden input.
 */
import { mergeOpened, type OpenedFile } from '../../simulate/index.ts'
import { isPassing } from '../../simulate/simulation-error.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { detectStep } from '../bench/boxes.ts'
import type { LayerPool } from '../bench/layer-pool.ts'
import type { LayerRunner } from '../bench/layer-runner.ts'
import { withoutRoms } from '../bench/opened.ts'
import { orderLayers } from '../bench/schedule.ts'
import type { Progress } from '../files/progress.ts'
import { openBenchLedgers } from './ledger.ts'
import { failedOutcome, isRedOutcome, notRunOutcome, type Outcome } from './outcomes.ts'
import { createQueue, type QueuedPowerUp } from './power-up-queue.ts'

/** Layers to run from one power-up. */
export interface PowerUpPlan {
  /** Of random values; null where there are none. */
  readonly seed: number | null
  /** Instructions in the order of the program. */
  readonly chosen: readonly number[]
}

/** Hears what each power-up came to, in the order of the plan, so that nobody has to hold them all. */
export type OnPowerUp = (seed: number | null, outcomes: ReadonlyMap<number, Outcome>) => void

/**
 * Runs the chosen instructions that were not proved before. @param pool children that were opened for them
 * @returns files that the model read besides its ROMs
 */
export async function simulateChanged(
  bench: SimulationBench,
  plan: readonly PowerUpPlan[],
  pool: LayerPool,
  progress: Progress,
  onPowerUp: OnPowerUp,
): Promise<readonly OpenedFile[]> {
  const { roms, expectedBoxes } = bench
  const isSeeded = plan.some(({ seed }) => seed !== null)
  const wanted = plan.map(({ seed, chosen }) => ({
    seed,
    pcs: chosen.filter((pc) => expectedBoxes !== null || pc !== detectStep(roms)),
  }))
  const all = [...new Set(wanted.flatMap(({ pcs }) => pcs))].sort((a, b) => a - b)
  const ledgers = await openBenchLedgers(bench, all, isSeeded)
  const task = progress.start(
    isSeeded ? 'simulate from random power-ups' : 'simulate each layer from its golden input',
  )
  const counts = { run: 0, before: 0, red: 0, redSoFar: 0 }
  let opened: readonly OpenedFile[] = []
  let left = isSeeded
    ? wanted.reduce((sum, { seed, pcs }) => sum + pcs.filter((pc) => !ledgers.knows(seed, pc)).length, 0)
    : null
  const queue = createQueue(wanted, {
    open: async (seed, pcs) => {
      const ledger = await ledgers.open(seed, pcs)
      const missing = pcs.filter((pc) => !ledger.outcomes.has(pc))
      counts.before += pcs.length - missing.length
      left ??= missing.length
      return { ledger, order: orderLayers(missing, roms, ledger.redLast) }
    },
    onDone: ({ seed, pcs, ledger, ended }) => {
      const outcomes = new Map(
        pcs.map((pc) => [
          pc,
          ledger.outcomes.get(pc) ?? notRunOutcome(bench, pc, ended ?? 'the run ended before'),
        ]),
      )
      opened = mergeOpened(opened, ledger.opened)
      counts.red += [...outcomes.values()].filter(isRedOutcome).length
      onPowerUp(seed, outcomes)
    },
  })
  try {
    // The first layer of each child goes before the second of any. From random power-ups most of what is asked for is short.
    const loops = new Array<readonly LayerRunner[]>(isSeeded ? 4 : 2).fill(pool.runners).flat()
    await runSideBySide(bench, queue, loops, (powerUp, pc, { outcome, files, passing }) => {
      powerUp.ledger.enter(pc, outcome, files, passing)
      counts.run++
      if (isRedOutcome(outcome)) counts.redSoFar++
      const place = isSeeded
        ? `seed ${powerUp.seed} (${powerUp.number} of ${plan.length})`
        : `${roms.steps[pc]!.name} (${counts.run} of ${left})`
      // Whoever watches a long run sees at once that it is red.
      const red = counts.redSoFar === 0 ? '' : `, ${counts.redSoFar} red`
      task.update(Math.min(1, counts.run / left!), `${place}${red}`)
    })
    await queue.finish()
  } finally {
    await ledgers.close()
  }
  task.done(
    [
      `${counts.run} run`,
      ...(counts.before === 0 ? [] : [`${counts.before} proved before`]),
      ...(counts.red === 0 ? [] : [`${counts.red} red`]),
    ].join(', '),
    counts.red > 0,
  )
  return opened
}

interface Ran {
  readonly outcome: Outcome
  readonly files: readonly OpenedFile[]
  /** The machine failed, and another run may not fail. */
  readonly passing: boolean
}

/**
 * Each child takes the next layer when it has finished one, and has others waiting, so that it never waits for this process. A layer
 * that hangs or crashes ends its child, and the next layer gets a new one. RTL that does not power up ends its power-up, and a fault that
 * every layer would meet (an endless loop inside a cycle) ends the run.
 */
async function runSideBySide(
  bench: SimulationBench,
  queue: ReturnType<typeof createQueue>,
  loops: readonly LayerRunner[],
  onRan: (powerUp: QueuedPowerUp, pc: number, ran: Ran) => void,
): Promise<void> {
  const serve = async (runner: LayerRunner): Promise<void> => {
    for (;;) {
      const item = await queue.take(runner)
      if (item === null) return
      const { powerUp, pc } = item
      const ran = await runner.run(bench, pc, powerUp.seed)
      if (ran === null) {
        queue.leave(powerUp)
        continue
      }
      const files = withoutRoms(bench, ran.files ?? [])
      if (ran.outcome !== null) {
        onRan(powerUp, pc, { outcome: ran.outcome, files, passing: false })
      } else {
        const { error, isPoweredUp } = ran
        if (!isPoweredUp) queue.end(powerUp, `the RTL does not power up (${error.message})`)
        if (error.kind === 'deadline') queue.endAll(`${bench.roms.steps[pc]!.name} took too long`)
        // The files that the model read are part of the failure's evidence. If they are unknown, the failure is not kept.
        const passing = ran.files === null || isPassing(error)
        onRan(powerUp, pc, { outcome: failedOutcome(bench, pc, error), files, passing })
      }
      queue.leave(powerUp)
    }
  }
  const guarded = (runner: LayerRunner): Promise<void> =>
    serve(runner).catch((error: unknown) => {
      queue.endAll('another layer could not be run')
      throw error
    })
  const ran = await Promise.allSettled(loops.map(guarded))
  for (const result of ran) if (result.status === 'rejected') throw result.reason
}
