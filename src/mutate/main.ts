/**
 * `make mutate`: how much of a broken `rtl/` the tests notice. `make mutate ARGS='divider q_nms'` breaks some modules;
 * `make mutate ARGS='--sim q_nms --every=4'` asks the generated stimulus of `assay sim`, of every fourth mutant; `make mutate ARGS=--docs` breaks none and writes what is known into docs/mutation.md.
 */
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkJson } from '../input/schema.ts'
import { renderTable } from '../report/table.ts'
import { writeWhole } from '../store/files.ts'
import { countVerdicts, fillSections, renderSections, scoreOf } from './document.ts'
import { explain, readExplanations } from './equivalents.ts'
import { runTarget } from './run-target.ts'
import {
  addScores,
  type ModuleScore,
  mutationSummary,
  renderSurvivors,
  type Survivor,
  summarise,
} from './score.ts'
import { TARGETS } from './targets.ts'

const folder = join('build', 'mutation')
const timeoutMs = 3_600_000

const summaryFile = join('build', 'mutation.json')
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const options = process.argv.slice(2).filter((word) => word.startsWith('--'))
if (options.includes('--docs')) await writeDocument()
const unknown = wanted.filter((name) => !TARGETS.some(({ module }) => module === name))
if (unknown.length > 0) {
  const known = TARGETS.map(({ module }) => module).join(', ')
  process.stderr.write(`no module ${unknown.join(', ')} with tests of its own; the modules are ${known}\n`)
  process.exit(2)
}
await mkdir(folder, { recursive: true })
if (options.includes('--sim')) await scoreStimulus()
const explanations = await readExplanations('test/rtl/mutants.json')
const scores: ModuleScore[] = []
const failed: string[] = []
/** Modules of earlier runs, which this one leaves alone. */
const earlier = await readFile(summaryFile, 'utf8').then(
  (text) => checkJson(mutationSummary, text, summaryFile).modules,
  () => [],
)
for (const target of TARGETS) {
  if (wanted.length > 0 && !wanted.includes(target.module)) continue
  process.stderr.write(`  ${target.module} …\n`)
  const result = await runTarget(target, folder, timeoutMs).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    return null
  })
  if (result === null) {
    failed.push(target.module)
    continue
  }
  const { mutants, verdicts, seconds } = result
  const lines = (await readFile(target.file, 'utf8')).split('\n')
  const survivors = mutants
    .filter(({ id }) => !verdicts.has(id))
    .map((mutant): Survivor => {
      const explanation = explain(mutant, lines, explanations)
      return { ...mutant, source: lines[mutant.line - 1]?.trim() ?? '', explanation }
    })
  scores.push({ module: target.module, mutants: mutants.length, killed: verdicts.size, survivors, seconds })
  // After each module: the next one may take long.
  const known = TARGETS.flatMap(({ module }) => {
    const score = [...scores, ...earlier].find((item) => item.module === module)
    return score === undefined ? [] : [score]
  })
  await writeWhole(summaryFile, `${JSON.stringify(summarise(known), null, 2)}\n`)
}
const rows = [...scores, addScores(scores)]
const table = renderTable<(typeof rows)[number]>(
  [
    { title: 'module', align: 'left', value: ({ module }) => module },
    { title: 'mutants', align: 'right', value: ({ mutants }) => String(mutants) },
    { title: 'killed', align: 'right', value: ({ killed }) => String(killed) },
    { title: 'equivalent', align: 'right', value: (row) => String(countVerdicts(row, 'equivalent')) },
    { title: 'accepted', align: 'right', value: (row) => String(countVerdicts(row, 'accepted')) },
    { title: 'survived', align: 'right', value: (row) => String(countVerdicts(row, null)) },
    { title: 'score', align: 'right', value: (row) => `${(100 * scoreOf(row)).toFixed(1)} %` },
    { title: 's', align: 'right', value: ({ seconds }) => seconds.toFixed(0) },
  ],
  rows,
)
process.stdout.write(`${table.join('\n')}\n`)
const open = renderSurvivors(scores)
if (open.length > 0) process.stdout.write(`\nsurvivors that nobody has explained:\n${open.join('\n')}\n`)
if (failed.length > 0) process.stderr.write(`could not be run: ${failed.join(', ')}\n`)
process.exit(failed.length > 0 ? 3 : open.length === 0 ? 0 : 1)

/** `--sim`, `--every=n`, `--lines=a,b`, `--model=… --calibration=…`: what the generated stimulus of `assay sim` notices. */
async function scoreStimulus(): Promise<never> {
  const { prepareSimBench, scoreBySim } = await import('./sim-score.ts')
  const given = (name: string): string | undefined =>
    options.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
  const every = Number(given('every') ?? 1)
  const lines = given('lines')?.split(',').map(Number)
  const [model, calibration] = [given('model'), given('calibration')]
  const bench = await prepareSimBench(
    // A run beside this one may have another model.
    await mkdtemp(join(folder, 'sim-roms-')),
    model === undefined || calibration === undefined ? {} : { model, calibration },
  )
  let alive = 0
  for (const target of TARGETS) {
    if (wanted.length > 0 && !wanted.includes(target.module)) continue
    const { module, mutants, survivors } = await scoreBySim(
      target,
      bench,
      folder,
      ({ line }, index) => index % every === 0 && lines?.includes(line) !== false,
    )
    alive += survivors.length
    process.stdout.write(`${module}: ${mutants - survivors.length} of ${mutants} killed\n`)
    for (const { file, line, column, operator, before, after } of survivors)
      process.stdout.write(`  ${file}:${line}:${column} ${operator}: ${before} -> ${after}\n`)
  }
  process.exit(alive === 0 ? 0 : 1)
}

async function writeDocument(): Promise<never> {
  const page = join('docs', 'mutation.md')
  const { modules } = checkJson(mutationSummary, await readFile(summaryFile, 'utf8'), summaryFile)
  const missing = TARGETS.filter(({ module }) => !modules.some((score) => score.module === module))
  if (missing.length > 0) {
    process.stderr.write(
      `${summaryFile} knows nothing of ${missing.map(({ module }) => module).join(', ')}\n`,
    )
    process.exit(2)
  }
  await writeWhole(page, fillSections(await readFile(page, 'utf8'), renderSections(modules)))
  process.stderr.write(`${page} written\n`)
  process.exit(0)
}
