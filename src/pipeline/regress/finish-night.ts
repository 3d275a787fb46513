/** What a night leaves: its record, and what is said of it. */
import { join } from 'node:path'
import { isRedEntry, type Night } from '../../regress/night.ts'
import { writeWhole } from '../../store/files.ts'
import type { ReportKind } from '../report/kinds.ts'

export interface FinishOptions {
  readonly kinds: readonly ReportKind[] | null
  readonly against: string | null
  readonly maxCyclesGrowth: number | null
  readonly env: NodeJS.ProcessEnv
}

export interface FinishedNight {
  readonly text: string
  readonly isRed: boolean
  readonly files: readonly string[]
}

/** @throws InputError or SystemError if the folder cannot be written. */
export async function finishNight(
  night: Night,
  folder: string,
  _options: FinishOptions,
): Promise<FinishedNight> {
  const file = join(folder, 'regress.json')
  await writeWhole(file, `${JSON.stringify(night)}\n`)
  const red = night.entries.filter(isRedEntry)
  const lines = red
    .slice(0, 20)
    .map(({ name, status, fault }) => `! ${name}: ${status}, ${fault?.layer ?? ''} ${fault?.message ?? ''}`)
  const { length } = night.entries
  lines.push(
    red.length === 0
      ? `Exact: all ${length} entries of ${night.name}.`
      : `Not exact: ${red.length} of ${length} entries of ${night.name} are red.`,
  )
  return { text: lines.join('\n'), isRed: red.length > 0, files: [file] }
}
