/**
 * `make mutate`: how much of a broken `rtl/` the tests notice. `make mutate ARGS='divider q_nms'` breaks some modules;
 * `make mutate ARGS='--sim q_nms --every=4'` asks the generated stimulus of `assay sim`, of every fourth mutant; `make mutate ARGS=--docs` breaks none and writes what is known into docs/mutation.md.
 */
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTerminalProgress } from '../cli/terminal/progress.ts'
import { checkJson } from '../input/schema.ts'
import { readExplanations } from '../mutation/explanations.ts'
import { type ModuleScore, mutationSummary, renderSurvivors, summarise } from '../mutation/score.ts'
import { runMutation } from '../pipeline/mutation/campaign.ts'
import { readEnvironment } from '../process/environment.ts'
import { refuse, toolWords, wholeWord } from '../process/tool-words.ts'
import { renderScores } from '../report/mutation.ts'
import { writeWhole } from '../store/files.ts'
import { fillSections, renderSections } from './document.ts'
import { TARGETS } from './targets.ts'

const folder = join('build', 'mutation')

const summaryFile = join('build', 'mutation.json')
const modules = TARGETS.map(({ module }) => module)
const usage = `make mutate ARGS='[module …]'
make mutate ARGS='--sim [module …] [--every=n] [--lines=a,b] [--model=file.pt --calibration=folder]'
make mutate ARGS=--docs

Modules: ${modules.join(', ')}; all where none is named.
--sim    asks the generated stimulus of assay sim instead of the tests
--every  breaks every n-th place only
--lines  breaks these lines only
--docs   breaks nothing and writes what is known into docs/mutation.md`

const { values: given, positionals: wanted } = toolWords({
  usage,
  options: {
    sim: { type: 'boolean' },
    docs: { type: 'boolean' },
    every: { type: 'string' },
    lines: { type: 'string' },
    model: { type: 'string' },
    calibration: { type: 'string' },
  },
  names: modules,
})
const every = wholeWord('every', given.every, usage) ?? 1
const lines = given.lines?.split(',').map((text) => wholeWord('lines', text, usage))
if (given.docs === true) await writeDocument()
await mkdir(folder, { recursive: true })
if (given.sim === true) await scoreStimulus()
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
  process.stderr.write(`${target.module}\n`)
  const options = { tests: target.tests, only: [], sample: undefined, timeoutSeconds: undefined }
  const result = await runMutation(
    { ...options, sources: [target.file], explanations, out: 'build', environment: readEnvironment() },
    createTerminalProgress(process.stderr, false, process.env),
  ).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    return null
  })
  if (result === null) {
    failed.push(target.module)
    continue
  }
  scores.push(...result.modules.map((score) => ({ ...score, module: target.module })))
  // After each module: the next one may take long.
  const known = TARGETS.flatMap(({ module }) => {
    const score = [...scores, ...earlier].find((item) => item.module === module)
    return score === undefined ? [] : [score]
  })
  await writeWhole(summaryFile, `${JSON.stringify(summarise(known), null, 2)}\n`)
}
process.stdout.write(`${renderScores(scores).join('\n')}\n`)
const open = renderSurvivors(scores)
if (open.length > 0) process.stdout.write(`\nsurvivors that nobody has explained:\n${open.join('\n')}\n`)
if (failed.length > 0) process.stderr.write(`could not be run: ${failed.join(', ')}\n`)
process.exit(failed.length > 0 ? 3 : open.length === 0 ? 0 : 1)

/** What the generated stimulus of `assay sim` notices. */
async function scoreStimulus(): Promise<never> {
  const { prepareSimBench, scoreBySim } = await import('./sim-score.ts')
  const { model, calibration } = given
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
  const summary = checkJson(mutationSummary, await readFile(summaryFile, 'utf8'), summaryFile)
  const missing = modules.filter((name) => !summary.modules.some(({ module }) => module === name))
  if (missing.length > 0) refuse(`${summaryFile} knows nothing of ${missing.join(', ')}`, usage)
  await writeWhole(page, fillSections(await readFile(page, 'utf8'), renderSections(summary.modules)))
  process.stderr.write(`${page} written\n`)
  process.exit(0)
}
