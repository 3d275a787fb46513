/** What a night leaves: its record, and what is said of it. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readWholeText } from '../../input/read-file.ts'
import { checkJson } from '../../input/schema.ts'
import { isRedEntry, type Night, nightSchema } from '../../regress/night.ts'
import { writeWhole } from '../../store/files.ts'
import type { ReportEnvironment } from '../report/files.ts'
import type { ReportKind } from '../report/kinds.ts'

export interface FinishOptions {
  readonly kinds: ReadonlySet<ReportKind>
  readonly against: string | Night | null
  readonly maxCyclesGrowth: number | null
  readonly env: ReportEnvironment
}

export interface FinishedNight {
  readonly text: string
  readonly isRed: boolean
  readonly files: readonly string[]
  readonly annotations: readonly string[]
  readonly failures: readonly unknown[]
}

const NIGHT_FILE = 'regress.json'

/** Reads the night that `--against` names, before this one replaces it. @throws InputError if there is none. */
export async function readAgainst(against: string): Promise<'last' | Night> {
  if (against === 'last') return 'last'
  const info = await stat(against).catch(() => null)
  const path = info?.isDirectory() === true ? join(against, NIGHT_FILE) : against
  const text = await readWholeText(path, 'Name the regress.json of a night, or its folder.')
  return checkJson(nightSchema, text, path)
}

export async function finishNight(
  night: Night,
  folder: string,
  _options: FinishOptions,
): Promise<FinishedNight> {
  const file = join(folder, NIGHT_FILE)
  await writeWhole(file, `${JSON.stringify(night)}\n`)
  const { length } = night.entries
  const red = night.entries.filter(isRedEntry)
  const lines = red
    .slice(0, 20)
    .map(({ name, status, fault }) => `${name}: ${status}: ${fault?.layer ?? ''} ${fault?.message ?? ''}`)
  const said =
    red.length === 0
      ? `Exact: all ${length} entries`
      : `Not exact: ${red.length} of ${length} entries are red`
  const text = [...lines, `${said} of ${night.name}.`, `Report: ${file}`].join('\n')
  return { text, isRed: red.length > 0, files: [file], annotations: [], failures: [] }
}
