/** The score of src/ on the terminal and in docs/mutation.md. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { checkJson } from '../../input/schema.ts'
import {
  addScores,
  countVerdicts,
  type ModuleScore,
  moduleScore,
  renderSurvivors,
  scoreOf,
} from '../../mutation/score.ts'
import { renderTable } from '../../report/table.ts'
import { writeWhole } from '../../store/files.ts'
import { fillSections, renderSections } from '../document.ts'
import { GROUP_NAMES } from './groups.ts'

const PAGE = join('docs', 'mutation.md')

/** What the last whole run of a group found out, a score for each file. */
export const scoreFile = (folder: string, group: string): string => join(folder, `${group}-scores.json`)

export function show(list: readonly ModuleScore[]): void {
  const table = renderTable<ModuleScore>(
    [
      { title: 'file', align: 'left', value: ({ module }) => module },
      { title: 'mutants', align: 'right', value: ({ mutants }) => String(mutants) },
      { title: 'killed', align: 'right', value: ({ killed }) => String(killed) },
      {
        title: 'explained',
        align: 'right',
        value: (row) => String(row.survivors.length - countVerdicts(row, null)),
      },
      { title: 'survived', align: 'right', value: (row) => String(countVerdicts(row, null)) },
      { title: 'score', align: 'right', value: (row) => `${(100 * scoreOf(row)).toFixed(1)} %` },
      { title: 's', align: 'right', value: (row) => row.seconds.toFixed(0) },
    ],
    [...list, addScores(list)],
  )
  process.stdout.write(`${table.join('\n')}\n`)
  const open = renderSurvivors(list)
  if (open.length > 0) process.stdout.write(`\nsurvivors that nobody has explained:\n${open.join('\n')}\n`)
}

/** Writes a row for each group that was run, and the survivors with their reasons. */
export async function writeDocument(folder: string): Promise<void> {
  const groups: ModuleScore[] = []
  for (const name of GROUP_NAMES) {
    const text = await readFile(scoreFile(folder, name), 'utf8').catch(() => null)
    if (text === null) process.stderr.write(`nothing is known of ${name}: make mutate-ts ARGS=${name}\n`)
    else groups.push({ ...addScores(checkJson(v.array(moduleScore), text, name)), module: name })
  }
  const sections = [...renderSections(groups)].map(([name, body]) => [`ts-${name}`, body] as const)
  await writeWhole(PAGE, fillSections(await readFile(PAGE, 'utf8'), new Map(sections)))
  process.stderr.write(`${PAGE} written\n`)
}
