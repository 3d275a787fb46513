/**
 * `make mutate-ts`: how much of a broken `src/` the tests notice. `make mutate-ts ARGS='golden diff'` breaks some groups;
 * `ARGS='--since=main --sample=200'` breaks the lines that changed since a commit, 200 times at most; `ARGS=--by-hand` makes the changes of
 * test/mutate/pipeline-mutants.json; `ARGS=--docs` breaks nothing and writes what is known into docs/mutation.md.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { explain, readExplanations } from '../../mutation/explanations.ts'
import { addScores, countVerdicts, type ModuleScore, type Survivor, scoreOf } from '../../mutation/score.ts'
import { refuse, toolWords, wholeWord } from '../../process/tool-words.ts'
import { writeWhole } from '../../store/files.ts'
import { runByHand } from './by-hand.ts'
import { changedLines } from './changed-lines.ts'
import { findGroup, GROUP_NAMES } from './groups.ts'
import { type BrokenGroup, breakGroup, type GroupResult, keyOf, runGroup } from './run-group.ts'
import { scoreFile, show, writeDocument } from './show.ts'

const folder = join('build', 'mutation-ts')
const OPTIONS = {
  since: { type: 'string' },
  sample: { type: 'string' },
  'at-least': { type: 'string' },
  'by-hand': { type: 'boolean' },
  docs: { type: 'boolean' },
} as const

const usage = `make mutate-ts ARGS='[group …] [--since=commit] [--sample=n] [--at-least=percent]'
make mutate-ts ARGS=--by-hand
make mutate-ts ARGS=--docs

Groups: ${GROUP_NAMES.join(', ')}; all where none is named.
--since     breaks only lines that changed since the commit
--sample    breaks so many places at most
--at-least  the score that is enough; without it every survivor needs an explanation
--by-hand   makes the changes of test/mutate/pipeline-mutants.json
--docs      breaks nothing and writes what is known into docs/mutation.md`

const { values: given, positionals: wanted } = toolWords({ usage, options: OPTIONS, names: GROUP_NAMES })
const sampleSize = wholeWord('sample', given.sample, usage)
const atLeast = wholeWord('at-least', given['at-least'], usage)
if (given.docs === true) {
  await writeDocument(folder)
  process.exit(0)
}
if (given['by-hand'] === true) {
  const alive = await runByHand(folder, new AbortController().signal)
  for (const { file, why, before } of alive) process.stdout.write(`alive: ${file}: ${why}\n  ${before}\n`)
  process.exit(alive.length === 0 ? 0 : 1)
}
const ranges =
  given.since === undefined
    ? null
    : await changedLines(given.since).catch(() =>
        refuse(`--since: git knows no commit ${given.since}`, usage),
      )
const groups = (wanted.length > 0 ? wanted : GROUP_NAMES)
  .map(findGroup)
  .filter(({ sources }) => ranges === null || sources.some((file) => ranges.has(file)))
const broken = await Promise.all(groups.map(async (group) => await breakGroup(group, ranges)))
const sample = chooseSample(broken, sampleSize ?? Number.POSITIVE_INFINITY)
const isPart = ranges !== null || sampleSize !== null
if (sample.size === 0) {
  process.stdout.write('No line that can be broken has changed.\n')
  process.exit(0)
}

const scores: ModuleScore[] = []
// The largest first: the last one is waited for.
const queue = broken.toSorted((a, b) => b.mutants.length - a.mutants.length)
await Promise.all(
  Array.from({ length: cpus().length }, async () => {
    for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
      const tried = group.mutants.filter((mutant) => sample.has(keyOf(mutant)))
      if (tried.length === 0) continue
      process.stderr.write(`  ${group.group.name}: ${tried.length} mutants\n`)
      const result = await runGroup(group, folder, isPart ? tried : null, new AbortController().signal)
      const own = await scoreGroup(result)
      if (!isPart) await writeWhole(scoreFile(folder, group.group.name), JSON.stringify(own, null, 2))
      scores.push(...own)
    }
  }),
)
show(scores)
const messages = broken.reduce((sum, group) => sum + group.messages, 0)
process.stdout.write(`${messages} mutants of messages were left alone.\n`)
// A sample needs a percentage of killed mutants; a whole run needs an explanation of each survivor.
const isGood =
  atLeast === null
    ? scores.every((score) => countVerdicts(score, null) === 0)
    : scoreOf(addScores(scores)) >= atLeast / 100
process.exit(isGood ? 0 : 1)

/** The same mutants for the same code, spread over all of it. */
function chooseSample(all: readonly BrokenGroup[], size: number): ReadonlySet<string> {
  const keys = all.flatMap(({ mutants }) => mutants.map(keyOf))
  const rank = new Map(keys.map((key) => [key, createHash('sha256').update(key).digest('hex')] as const))
  return new Set(keys.toSorted((a, b) => (rank.get(a)! < rank.get(b)! ? -1 : 1)).slice(0, size))
}

/** One score for each source file. */
async function scoreGroup(result: GroupResult): Promise<readonly ModuleScore[]> {
  const { group, mutants, verdicts, seconds } = result
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
    const killed = own.length - survivors.length
    list.push({
      module: file,
      mutants: own.length,
      killed,
      survivors,
      seconds: (seconds * own.length) / mutants.length,
    })
  }
  return list
}
