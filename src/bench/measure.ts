/** Medians, and what they were measured on. */
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

export interface Measurement {
  /** What was measured, in one line. */
  readonly what: string
  /** What the project promises; null if it promises nothing. */
  readonly target: string | null
  readonly measured: string
  /** Null without a target. */
  readonly met: boolean | null
  readonly note: string
}

export interface Bench {
  /** Chosen by `make bench ARGS=name`. */
  readonly name: string
  readonly run: (context: BenchContext) => Promise<readonly Measurement[]>
}

/** A checkpoint, a picture for it, and pictures to calibrate with. */
export interface RealFiles {
  readonly model: string
  readonly image: string
  readonly calibration: string
}

export interface BenchContext {
  /** Paths of the real network and its images; null if they are not there. */
  readonly real: RealFiles | null
  readonly home: string
  /** A folder that is removed afterwards. */
  readonly scratch: string
  readonly log: (text: string) => void
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median wall-clock seconds of `runs` runs. */
export async function timeMedian(runs: number, work: () => Promise<unknown> | unknown): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const begin = performance.now()
    await work()
    times.push((performance.now() - begin) / 1000)
  }
  return median(times)
}

/** CPU seconds of this process (all threads) spent in `work`. */
export async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const begin = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(begin)
  return (user + system) / 1e6
}

/** The processor. A virtual machine may call all generations by one name, so family and model belong to it. */
export function nameCpu(): string {
  const info = readFileSync('/proc/cpuinfo', 'utf8')
  const say = (key: string): string => new RegExp(`^${key}\\s*: (.*)$`, 'm').exec(info)?.[1]?.trim() ?? '?'
  return `${say('model name')} (family ${say('cpu family')}, model ${say('model')}), ${cpus().length} cores`
}

/** One line: processor, memory, load, versions. */
export function describeMachine(): string {
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0]
  return `${nameCpu()}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${load}, Node ${process.version}`
}

/** Three digits, so that ratios of figures are worth something. */
export const formatTime = (seconds: number): string =>
  `${seconds < 1 ? seconds.toFixed(3) : seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`

/** The number that a figure begins with; null where it begins with none. */
export function numberOf(measured: string): number | null {
  const digits = /^[\d,]+(\.\d+)?/.exec(measured)?.[0]
  return digits === undefined ? null : Number(digits.replaceAll(',', ''))
}

export const atMost = (what: string, seconds: number, limit: number, note: string): Measurement => ({
  what,
  target: `${limit} s`,
  measured: formatTime(seconds),
  met: seconds <= limit,
  note,
})
