/** What a whole command costs, and series of them with more and more work. */
import { join } from 'node:path'
import type { BenchContext } from './measure.ts'
import { folderBytes, measureCommand, needSuccess } from './process.ts'

export interface GrowthRow {
  /** The command. */
  readonly step: string
  /** What it ran on: `640x640`, `yolov8s`, `10 images`. */
  readonly of: string
  /** In units of the series: pixels, MACs, images. */
  readonly work: number
  readonly cpuSeconds: number
  readonly seconds: number
  /** Of the largest process, and of all at once. */
  readonly largestBytes: number
  readonly peakBytes: number
  /** What the command has left below --out. */
  readonly diskBytes: number
}

export interface Series {
  readonly name: string
  /** Of which each row has more. */
  readonly work: string
  /** Memory may not grow with the work at all. */
  readonly flatMemory: boolean
  readonly run: (context: BenchContext) => Promise<readonly GrowthRow[]>
}

type Cost = Omit<GrowthRow, 'step' | 'of' | 'work'> & { readonly stdout: string }

/** Runs the command to its end, and weighs what it has left in `out`. */
export async function runAssay({ home }: BenchContext, args: readonly string[], out: string): Promise<Cost> {
  const before = folderBytes(out)
  const main = join(home, 'dist', 'cli', 'main.js')
  const run = await measureCommand(process.execPath, [main, ...args], { cwd: home })
  needSuccess(run, `assay ${args.join(' ')}`)
  return { ...run, diskBytes: Math.max(0, folderBytes(out) - before) }
}
