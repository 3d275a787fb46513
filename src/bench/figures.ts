/**
 * Figures that are kept, for each CPU: docs/figures.json. `make bench` prints them beside today's; `ARGS=--keep` puts today's in their
 * place. They change only so, in a commit: figures that each run replaced would hide what gets slower little by little.
 */
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Checked, checkJson, closedObject, recordOf, text } from '../input/schema.ts'
import { writeWhole } from '../store/files.ts'
import { type Measurement, numberOf } from './measure.ts'

/** CPU, then what was measured. */
export const figuresSchema = recordOf(recordOf(closedObject({ measured: text, commit: text })))
export type Figures = Checked<typeof figuresSchema>

const fileOf = (home: string): string => join(home, 'docs', 'figures.json')

export async function readFigures(home: string): Promise<Figures> {
  const file = fileOf(home)
  const own = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  return checkJson(figuresSchema, own, file)
}

/** The figures with those of one CPU replaced where they were measured again. */
export function replaceFigures(
  figures: Figures,
  cpu: string,
  rows: readonly Measurement[],
  commit: string,
): Figures {
  const own = { ...figures[cpu] }
  for (const { what, measured } of rows) own[what] = { measured, commit }
  return { ...figures, [cpu]: own }
}

export async function keepFigures(home: string, cpu: string, rows: readonly Measurement[]): Promise<void> {
  const commit = execFileSync('git', ['-C', home, 'rev-parse', '--short', 'HEAD']).toString().trim()
  const figures = replaceFigures(await readFigures(home), cpu, rows, commit)
  await writeWhole(fileOf(home), `${JSON.stringify(figures, null, 2)}\n`)
}

/** Today's figure as a multiple of the kept one; empty where one of both is no number, or of another unit. */
export function compareFigures(kept: string | undefined, measured: string): string {
  const [before, now] = [kept === undefined ? null : numberOf(kept), numberOf(measured)]
  const unit = (figure: string): string => figure.replace(/^[\d,.]+ */, '').split(' ')[0]!
  if (before === null || now === null || before === 0 || unit(kept!) !== unit(measured)) return ''
  return `x ${(now / before).toFixed(2)}`
}
