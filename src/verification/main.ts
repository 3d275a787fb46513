/** `make verification`: writes docs/verification.md from what `make prove`, `make mutate` and `make sim` left in build/. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as v from 'valibot'
import { checkJson } from '../input/schema.ts'
import { fillSections } from '../mutate/document.ts'
import { TARGETS } from '../mutate/targets.ts'
import { mutationSummary } from '../mutation/score.ts'
import { refuse, toolWords } from '../process/tool-words.ts'
import { PROOFS } from '../prove/proofs.ts'
import { extentOf, isProved, PROVE_FILE, proveSummary } from '../prove/summary.ts'
import { resultSchema } from '../result/result.ts'
import { writeWhole } from '../store/files.ts'
import { renderClauses, renderModules } from './render.ts'

const PAGE = join('docs', 'verification.md')
const SOURCES = {
  prove: PROVE_FILE,
  mutate: join('build', 'mutation.json'),
  sim: join('build', 'shapes-w8a8', 'report.json'),
}
const usage = `make verification

Reads ${Object.values(SOURCES).join(', ')}; writes ${PAGE}.`
toolWords({ usage, options: {}, names: [] })

async function read<Schema extends v.GenericSchema>(command: keyof typeof SOURCES, schema: Schema) {
  const file = SOURCES[command]
  const text = await readFile(file, 'utf8').catch(() =>
    refuse(`${file} is missing: run make ${command} first`, usage),
  )
  return checkJson(schema, text, file)
}

const { proofs } = await read('prove', proveSummary)
const { modules } = await read('mutate', mutationSummary)
const { stimulus, verdict, mode, network, layers } = await read('sim', resultSchema)
const failed = proofs.filter((outcome) => !isProved(outcome))
// A run of some proofs, or of some modules, is no evidence for all.
const lacks = (all: readonly string[], some: readonly string[]): string =>
  all.filter((name) => !some.includes(name)).join(', ')
const unproved = lacks(
  PROOFS.map(({ name }) => name),
  proofs.map(({ proof }) => proof.name),
)
const unbroken = lacks(
  TARGETS.map(({ module }) => module),
  modules.map(({ module }) => module),
)
if (unproved !== '') refuse(`${SOURCES.prove} lacks ${unproved}: run make prove without ARGS`, usage)
if (unbroken !== '') refuse(`${SOURCES.mutate} lacks ${unbroken}: run make mutate ARGS='…' for them`, usage)
if (failed.length > 0) refuse(`not proved: ${failed.map(({ proof }) => proof.name).join(', ')}`, usage)
if (stimulus === undefined) refuse(`${SOURCES.sim} has no stimulus: run make sim without ARGS`, usage)
const ran = new Set(layers.map(({ name }) => name))
const convolutions = network.filter(({ op }) => op === 'conv').map(({ name }) => name)
if (verdict !== 'exact' || mode !== 'isolated' || convolutions.some((name) => !ran.has(name)))
  refuse(`${SOURCES.sim} is no exact run of all layers: run make sim without ARGS`, usage)
const evidence = {
  proofs: proofs.map(({ proof }) => ({ ...proof, extent: extentOf(proof) })),
  rows: stimulus!.rows,
  scores: modules,
}
const sections = new Map([
  ['clauses', renderClauses(evidence)],
  ['modules', renderModules(evidence)],
])
await writeWhole(PAGE, fillSections(await readFile(PAGE, 'utf8'), sections))
process.stdout.write(`${PAGE}: ${proofs.length} proofs, ${modules.length} modules\n`)
