/** How far a night is: one line, however many runs are in progress. */
import type { Progress } from '../../../pipeline/files/progress.ts'
import type { ExpandedPlan } from '../../../regress/entry.ts'
import { wallSeconds } from '../../../regress/estimate.ts'
import type { RunReport } from '../../../regress/join-night.ts'
import { isRedEntry } from '../../../regress/night.ts'
import { formatCount, formatSeconds } from '../../../report/table.ts'

export interface NightProgress {
  readonly onEnd: (run: number, report: RunReport, isThere: boolean) => void
  readonly onProgress: (inProgress: number) => void
  readonly done: () => void
}

/** Reds that are named while the night runs; reports name all. */
const MOST_NAMED = 5

/** @param seconds expected of each run. @param indices of the runs that are made here. */
export function createNightProgress(
  progress: Progress,
  plan: ExpandedPlan,
  indices: readonly number[],
  seconds: readonly number[],
): NightProgress {
  const entries = new Map<number, number>(indices.map((at) => [at, 0]))
  for (const { run } of plan.entries) if (entries.has(run)) entries.set(run, entries.get(run)! + 1)
  const total = [...entries.values()].reduce((sum, count) => sum + count, 0)
  const work = indices.reduce((sum, at) => sum + seconds[at]!, 0)
  const task = progress.start(plan.name)
  const begin = performance.now()
  let [done, red, worked, made, running, named] = [0, 0, 0, 0, 0, 0]
  const say = (): void => {
    const rate = made / ((performance.now() - begin) / 1000)
    const speed = made === 0 ? '' : `, ${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`
    const text = `${formatCount(done)} of ${formatCount(total)}, ${red} red${speed}, ${running} in progress`
    task.update(work === 0 ? 0 : worked / work, text)
  }
  return {
    onEnd: (at, { outcome, error, ended }, isThere) => {
      const count = entries.get(at)!
      const own = outcome === null ? count : outcome.entries.filter(isRedEntry).length
      done += count
      red += own
      worked += seconds[at]!
      if (!isThere) {
        made += count
        running = Math.max(0, running - 1)
      }
      if (own > 0 && !isThere && named++ < MOST_NAMED) {
        const fault = outcome?.entries.find(isRedEntry)?.fault
        const what =
          fault === undefined || fault === null ? `${ended}: ${error}` : `${fault.layer}: ${fault.message}`
        progress.warn(`${nameOfRun(plan, at)}: ${what.split('\n')[0]}`)
      }
      say()
    },
    onProgress: (inProgress) => {
      running = inProgress
      say()
    },
    done: () => task.done(`${formatCount(total)} entries, ${red} red`, red > 0),
  }
}

/** The name of the first entry without its seed. */
const nameOfRun = (plan: ExpandedPlan, at: number): string =>
  plan.entries.find(({ run }) => run === at)!.name.replace(/ seed=\d+$/, '')

/** `200 entries in 40 runs, about 3 min on 2 cores`. */
export function describePlan(
  plan: Pick<ExpandedPlan, 'entries' | 'runs'>,
  estimate: { readonly seconds: readonly number[]; readonly known: number },
  jobs: number,
): string {
  const [entries, runs] = [plan.entries.length, plan.runs.length]
  const what = `${formatCount(entries)} ${entries === 1 ? 'entry' : 'entries'} in ${formatCount(runs)} ${runs === 1 ? 'run' : 'runs'}`
  if (estimate.known === 0) return `${what}; how long they take is not known before the first have run`
  const wall = formatSeconds(wallSeconds(estimate.seconds, jobs))
  const from = estimate.known === runs ? '' : ` (${formatCount(estimate.known)} of them are known)`
  return `${what}, about ${wall} if all have to run${from}, ${jobs} side by side`
}
