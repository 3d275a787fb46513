/** `make verification`: writes docs/verification.md from what `make prove`, `make mutate` and `make sim` left in build/. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as v from 'valibot'
import { checkJson } from '../input/schema.ts'
import { fillSections } from '../mutate/document.ts'
import { mutationSummary } from '../mutation/score.ts'
import { refuse, toolWords } from '../process/tool-words.ts'
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
const { stimulus } = await read('sim', resultSchema)
const failed = proofs.filter((outcome) => !isProved(outcome))
if (failed.length > 0) refuse(`not proved: ${failed.map(({ proof }) => proof.name).join(', ')}`, usage)
if (stimulus === undefined) refuse(`${SOURCES.sim} has no stimulus: run make sim without ARGS`, usage)
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
