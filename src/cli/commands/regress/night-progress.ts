/** How far a night is: one line, however many runs are in progress. */
import type { Progress } from '../../../pipeline/files/progress.ts'
import type { ExpandedPlan } from '../../../regress/entry.ts'
import { wallSeconds } from '../../../regress/estimate.ts'
import type { RunReport } from '../../../regress/join-night.ts'
import { isRedEntry } from '../../../regress/night.ts'
import { countOf } from '../../../report/night/words.ts'
import { formatCount, formatSeconds, wrap } from '../../../report/table.ts'

export interface NightProgress {
  readonly onEnd: (run: number, report: RunReport, isThere: boolean) => void
  /** @param inProgress runs, the oldest first. */
  readonly onProgress: (inProgress: readonly number[]) => void
  /** Says nothing more: the night is being ended. */
  readonly stop: () => void
  readonly done: () => void
}

/** Reds that are named while the night runs; reports name all. */
const MOST_NAMED = 5
/** How often the line is told anew: whoever shows it decides how often that is seen. */
const TICK_MS = 1000

/**
 * @param seconds expected of each run.
 * @param indices of the runs that are made here.
 * @param readStep what a run does at this moment; null if it does not say.
 */
export function createNightProgress(
  progress: Progress,
  plan: ExpandedPlan,
  indices: readonly number[],
  seconds: readonly number[],
  readStep: (run: number) => Promise<string | null>,
): NightProgress {
  const entries = new Map<number, number>(indices.map((at) => [at, 0]))
  for (const { run } of plan.entries) if (entries.has(run)) entries.set(run, entries.get(run)! + 1)
  const total = [...entries.values()].reduce((sum, count) => sum + count, 0)
  const work = indices.reduce((sum, at) => sum + seconds[at]!, 0)
  const task = progress.start(plan.name)
  const begin = performance.now()
  let [done, red, worked, made, named] = [0, 0, 0, 0, 0]
  let running: readonly number[] = []
  let step: string | null = null
  let isStopped = false
  const say = (): void => {
    if (isStopped) return
    const elapsed = (performance.now() - begin) / 1000
    const parts = { done, total, red, made, running: running.length, elapsed, step }
    // The line says itself what is left, before what may not fit on it.
    task.update(0, describeProgress({ ...parts, fraction: work === 0 ? 0 : worked / work }))
  }
  const tick = async (): Promise<void> => {
    const [oldest] = running
    const said = oldest === undefined ? null : await readStep(oldest)
    step = oldest === running[0] ? said : null
    say()
  }
  const timer = setInterval(() => void tick(), TICK_MS)
  return {
    onEnd: (at, report, isThere) => {
      const { outcome } = report
      const count = entries.get(at)!
      const own = outcome === null ? count : outcome.entries.filter(isRedEntry).length
      done += count
      red += own
      worked += seconds[at]!
      if (!isThere) made += count
      if (own > 0 && !isThere && report.unproven !== true && named++ <= MOST_NAMED)
        progress.warn(
          named <= MOST_NAMED
            ? `${nameOfRun(plan, at)}: ${describeRed(report)}`
            : 'Further red runs are not named here: the reports name all.',
        )
      say()
    },
    onProgress: (inProgress) => {
      if (inProgress[0] !== running[0]) step = null
      running = inProgress
      say()
    },
    stop: () => {
      isStopped = true
      clearInterval(timer)
    },
    done: () => {
      clearInterval(timer)
      task.done(`${formatCount(total)} entries, ${red} red`, red > 0)
    },
  }
}

/** @param parts seconds elapsed; entries made by this process; the share of the work that is done, 0 to 1. */
export function describeProgress(parts: {
  readonly done: number
  readonly total: number
  readonly red: number
  readonly made: number
  readonly running: number
  readonly elapsed: number
  readonly fraction: number
  readonly step: string | null
}): string {
  const { done, total, red, made, running, elapsed, fraction, step } = parts
  const rate = made / elapsed
  const speed = made === 0 ? [] : [`${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`]
  const left =
    fraction > 0.05 && fraction < 1 ? [`${roundTime((elapsed / fraction) * (1 - fraction))} left`] : []
  const said = [
    ...[`${formatCount(done)} of ${formatCount(total)}`, `${red} red`, ...speed, `${running} in progress`],
    ...[roundTime(elapsed), ...left],
  ].join(', ')
  return step === null ? said : `${said}: ${step}`
}

const roundTime = (seconds: number): string =>
  formatSeconds(Math.round(seconds))
    .replace(/\.\d+ s/, ' s')
    .replace(/^0 ms/, '0 s')

/** Why a run is red: its first line, which names the layer once. */
function describeRed({ outcome, error, ended }: RunReport): string {
  const fault = outcome?.entries.find(isRedEntry)?.fault
  if (fault === undefined || fault === null) return `${ended}: ${error}`.split('\n')[0]!
  const message = fault.message.split('\n')[0]!
  return fault.layer === null || message.startsWith(fault.layer) ? message : `${fault.layer}: ${message}`
}

/** The name of the first entry without its seed. */
const nameOfRun = (plan: ExpandedPlan, at: number): string =>
  plan.entries.find(({ run }) => run === at)!.name.replace(/ seed=\d+$/, '')

/** `200 entries in 40 runs, about 3 min on 2 cores`, in lines of 80 columns. */
export function describePlan(
  plan: Pick<ExpandedPlan, 'entries' | 'runs'>,
  estimate: { readonly seconds: readonly number[]; readonly known: number },
  jobs: number,
): string {
  const [entries, runs] = [plan.entries.length, plan.runs.length]
  const what = `${countOf(entries, 'entry', 'entries')} in ${countOf(runs, 'run')}`
  const wall = formatSeconds(wallSeconds(estimate.seconds, jobs))
  const from =
    estimate.known === runs ? '' : ` (times of ${formatCount(estimate.known)} of the runs are known)`
  const said =
    estimate.known === 0
      ? `${what}; how long they take is not known before the first have run.`
      : `${what}, about ${wall} if all have to run${from}, ${jobs} side by side.`
  return wrap(said).join('\n')
}
