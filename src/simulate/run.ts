/** Runs the clock of a model until something has happened, in slices, so that this process stays alive. */
import type { ModuleInterface } from './boundary/module-interface.ts'
import { type Instance, Status } from './instance.ts'
import type { RunOptions, RunResult } from './types.ts'

const sliceMs = 50
/** More cycles than any run has. */
export const forever = 2 ** 52

/** What ends a run: a port at 1, beats of a stream, cycles, or silence. */
export interface Goal {
  readonly untilPort?: number
  readonly untilStream?: number
  /** Beats of `untilStream`. */
  readonly level?: number
  readonly cycles: number
  readonly noProgressCycles?: number
  /** The stream whose beats are progress. Default: any. */
  readonly progressStream?: number
  readonly onSlice?: () => void
}

/** @returns the status that ended the run. */
export async function runSlices(instance: Instance, goal: Goal): Promise<number> {
  const { bridge, handle, host } = instance
  instance.assertOpen()
  bridge.restartProgress(handle)
  const end = instance.cycle() + goal.cycles
  for (;;) {
    host.dirty = false
    const status = bridge.run(
      handle,
      goal.untilPort ?? -1,
      goal.untilStream ?? -1,
      goal.level ?? 0,
      end - instance.cycle(),
      goal.noProgressCycles ?? forever,
      goal.progressStream ?? -1,
      sliceMs,
    )
    if (status !== Status.slice) return status
    goal.onSlice?.()
    await new Promise<void>((resolve) => setImmediate(resolve))
    instance.assertOpen()
  }
}

/** `BulkDut.run`. @param numberOf the bridge's number of a stream. */
export async function runUntil(
  instance: Instance,
  request: RunOptions,
  numberOf: (stream: string) => number,
): Promise<RunResult> {
  const {
    until,
    withinCycles,
    noProgressCycles,
    progress,
    deadlineMs = Number.POSITIVE_INFINITY,
    onProgress,
  } = request
  const { module } = instance.built
  const untilPort = instance.portIndex(until)
  if (module.ports[untilPort]!.width !== 1) throw new Error(`Expected a 1-bit port to wait for, got ${until}`)
  const progressStream = progress === undefined ? undefined : numberOf(progress)
  const watch = request.watch ?? chooseWatched(module)
  const startCycle = instance.cycle()
  instance.runStart = startCycle
  const started = performance.now()
  const onSlice = (): void => {
    if (performance.now() - started > deadlineMs)
      throw instance.fail('deadline', `expected ${until} within ${deadlineMs} ms`, watch)
    onProgress?.({ cycle: instance.cycle() })
  }
  try {
    const goal = { untilPort, cycles: withinCycles, noProgressCycles, progressStream, onSlice }
    checkEnd(instance, await runSlices(instance, goal), request, watch)
  } finally {
    // What fails later is not of this run.
    instance.runStart = null
  }
  const seconds = (performance.now() - started) / 1000
  return { cycles: instance.cycle() - startCycle, startCycle, seconds }
}

/** Narrow outputs, as many as a message bears. */
const chooseWatched = (module: ModuleInterface): readonly string[] =>
  module.ports
    .filter(({ direction, width }) => direction === 'output' && width <= 32)
    .map(({ name }) => name)
    .slice(0, 16)

/** @throws SimulationError for every end but the one that was waited for. */
function checkEnd(
  instance: Instance,
  status: number,
  { until, withinCycles, noProgressCycles, progress }: RunOptions,
  watch: readonly string[],
): void {
  if (status === Status.budget)
    throw instance.fail('cycle-budget', `expected ${until} within ${withinCycles} cycles`, watch)
  if (status === Status.noProgress) {
    const what = progress === undefined ? 'no stream moved a beat' : `${progress} moved no beat`
    const when = `for ${noProgressCycles} cycles while waiting for ${until}`
    throw instance.fail('no-progress', `${what} ${when}`, watch)
  }
  instance.check(status)
}
