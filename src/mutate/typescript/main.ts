/**
 * `make mutate-ts`: how much of a broken `src/` the tests notice. `make mutate-ts ARGS='golden diff'` breaks some groups;
 * `ARGS='--since=main --seconds=120'` breaks the lines that changed since a commit, as many as the time allows; `ARGS=--docs` breaks
 * nothing and writes what is known into docs/mutation.md.
 */
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { renderTable } from '../../report/table.ts'
import { writeWhole } from '../../simulate/cache.ts'
import { countVerdicts, scoreOf } from '../document.ts'
import { explain, readExplanations } from '../equivalents.ts'
import { addScores, type ModuleScore, renderSurvivors, type Survivor } from '../score.ts'
import { changedLines } from './changed-lines.ts'
import { findGroup, GROUP_NAMES } from './groups.ts'
import { type GroupResult, runGroup } from './run-group.ts'

const folder = join('build', 'mutation-ts')
const words = process.argv.slice(2)
const wanted = words.filter((word) => !word.startsWith('--'))
const given = (name: string): string | undefined =>
  words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const unknown = wanted.filter((name) => !GROUP_NAMES.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`no group ${unknown.join(', ')}; there is ${GROUP_NAMES.join(', ')}\n`)
  process.exit(2)
}
const since = given('since')
const ranges = since === undefined ? null : await changedLines(since)
const seconds = given('seconds')
const signal =
  seconds === undefined ? new AbortController().signal : AbortSignal.timeout(Number(seconds) * 1000)

const groups = (wanted.length > 0 ? wanted : GROUP_NAMES)
  .map(findGroup)
  .filter(({ sources }) => ranges === null || sources.some((file) => ranges.has(file)))
const scores: ModuleScore[] = []
let isWhole = true
const queue = [...groups]
await Promise.all(
  Array.from({ length: cpus().length }, async () => {
    for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
      process.stderr.write(`  ${group.name} …\n`)
      const result = await runGroup(group, folder, ranges, signal)
      isWhole &&= result.isWhole
      scores.push(...(await scoreGroup(result)))
    }
  }),
)
show(scores)
if (!isWhole) process.stdout.write('The time was up before every mutant was tried: those count as alive.\n')
process.exit(scores.every((score) => countVerdicts(score, null) === 0) ? 0 : 1)

/** One score for each source file. */
async function scoreGroup({
  group,
  mutants,
  verdicts,
  seconds: spent,
}: GroupResult): Promise<readonly ModuleScore[]> {
  const explanations = await readExplanations(join('test', 'mutate', 'survivors', `${group.name}.json`))
  const list: ModuleScore[] = []
  for (const file of group.sources) {
    const own = mutants.filter((mutant) => mutant.file === file)
    if (own.length === 0) continue
    const lines = (await readFile(file, 'utf8')).split('\n')
    const survivors = own
      .filter(({ id }) => !verdicts.has(id))
      .map((mutant): Survivor => {
        const source = lines[mutant.line - 1]!.trim()
        return { ...mutant, source, explanation: explain(mutant, lines, explanations) }
      })
    const share = (spent * own.length) / mutants.length
    list.push({
      module: file,
      mutants: own.length,
      killed: own.length - survivors.length,
      survivors,
      seconds: share,
    })
  }
  await writeWhole(join(folder, `${group.name}-scores.json`), JSON.stringify(list, null, 2))
  return list
}

function show(list: readonly ModuleScore[]): void {
  const rows = [...list, addScores(list)]
  const table = renderTable<ModuleScore>(
    [
      { title: 'file', align: 'left', value: ({ module }) => module },
      { title: 'mutants', align: 'right', value: ({ mutants }) => String(mutants) },
      { title: 'killed', align: 'right', value: ({ killed }) => String(killed) },
      { title: 'equivalent', align: 'right', value: (row) => String(countVerdicts(row, 'equivalent')) },
      { title: 'accepted', align: 'right', value: (row) => String(countVerdicts(row, 'accepted')) },
      { title: 'survived', align: 'right', value: (row) => String(countVerdicts(row, null)) },
      { title: 'score', align: 'right', value: (row) => `${(100 * scoreOf(row)).toFixed(1)} %` },
      { title: 's', align: 'right', value: (row) => row.seconds.toFixed(0) },
    ],
    rows,
  )
  process.stdout.write(`${table.join('\n')}\n`)
  const open = renderSurvivors(list)
  if (open.length > 0) process.stdout.write(`\nsurvivors that nobody has explained:\n${open.join('\n')}\n`)
}
