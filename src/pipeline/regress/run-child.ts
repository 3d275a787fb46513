/** One run of a plan in a process of its own: what happens to it happens to no other. */
import { hostname } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { startGuarded } from '../../process/run-tool.ts'
import { type RunOutcome, toOutcome } from '../../regress/from-result.ts'
import type { RunReport } from '../../regress/join-night.ts'
import { parseResult } from '../../result/report-file.ts'
import type { SimResult } from '../../result/result.ts'
import { readCached, removePath } from '../../store/files.ts'

export interface ChildRun {
  /** Program and arguments. */
  readonly words: readonly string[]
  readonly cwd: string
  /** Where it leaves its results. */
  readonly folder: string
  /** null: as long as it takes. */
  readonly limitSeconds: number | null
  readonly seeds: readonly number[] | null
}

export interface RunningChild {
  readonly report: Promise<RunReport>
  /** Ends it as a limit of time does. */
  readonly stop: (why: string) => void
}

/** What a run is given to end by itself. */
const GRACE_MS = 10_000
const MOST_MESSAGE = 2000

/** Where and when a run begins. @returns what its report says of that once it has ended. */
export function startClock(): () => Pick<RunReport, 'host' | 'startedAt' | 'seconds'> {
  const startedAt = new Date().toISOString()
  const begin = performance.now()
  return () => ({ host: hostname(), startedAt, seconds: (performance.now() - begin) / 1000 })
}

export function startRun({ words, cwd, folder, limitSeconds, seeds }: ChildRun): RunningChild {
  const stopClock = startClock()
  const { ended, kill } = startGuarded(words, { cwd })
  let late: string | null = null
  let killer: NodeJS.Timeout | undefined
  const stop = (why: string): void => {
    if (late !== null) return
    late = why
    kill('SIGTERM')
    killer = setTimeout(kill, GRACE_MS)
  }
  const timer =
    limitSeconds === null
      ? undefined
      : setTimeout(() => stop(`it took longer than the limit of ${limitSeconds} s`), limitSeconds * 1000)
  const report = ended.then(async ({ exitCode, why, output }): Promise<RunReport> => {
    clearTimeout(timer)
    clearTimeout(killer)
    const head = stopClock()
    if (late !== null) return { ...head, ended: 'late', error: late, exitCode, outcome: null }
    const isResult = exitCode === 0 || exitCode === 1
    const result = isResult ? await readSimResult(folder) : null
    if (result === null || typeof result === 'string') {
      const error = result ?? (lastMessage(output) || why || 'it left no result')
      return { ...head, ended: 'error', error, exitCode: isResult ? 3 : exitCode, outcome: null }
    }
    const outcome = fromNight(toOutcome(result, seeds), folder)
    return { ...head, ended: isBefore(result) ? 'before' : 'ran', error: null, exitCode, outcome }
  })
  return { report, stop }
}

/** The waveform and its save file by their paths from the folder of the night, `runs/<id>/…`. */
function fromNight(outcome: RunOutcome, folder: string): RunOutcome {
  const { waveform, look } = outcome
  const from = (path: string): string => relative(dirname(dirname(folder)), path)
  return {
    ...outcome,
    waveform: waveform === null ? null : from(waveform),
    look: look && { ...look, save: from(look.save) },
  }
}

/** The result that a run left; a text says why there is none. */
async function readSimResult(folder: string): Promise<SimResult | string> {
  const path = join(folder, 'sim.json')
  const bytes = await readCached(path)
  if (bytes === null) return 'it left no result'
  try {
    return parseResult(Buffer.from(bytes).toString('utf8'), path)
  } catch (error) {
    return (error as Error).message
  }
}

const isBefore = ({ counts }: SimResult): boolean =>
  counts.before > 0 && Object.entries(counts).every(([status, count]) => status === 'before' || count === 0)

/** What `assay` said last, without its name. */
function lastMessage(output: string): string {
  const [, ...said] = output.split(/^assay: /m)
  const last = (said.at(-1) ?? output).trim()
  // A place is read where a line begins with it.
  return last.replace(/^\S+ failed: (?=[^\s:]+:\d+:)/, '').slice(0, MOST_MESSAGE)
}

/** Nothing of an earlier run of the same words may pass for this one's. */
export const clearRun = (folder: string): Promise<void> => removePath(folder)
