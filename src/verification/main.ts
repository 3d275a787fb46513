/** `make verification`: writes docs/verification.md from what `make prove`, `make mutate` and `make sim` left in build/. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { checkJson, openObject, whole } from '../input/schema.ts'
import { fillSections } from '../mutate/document.ts'
import { mutationSummary } from '../mutation/score.ts'
import { refuse, toolWords } from '../process/tool-words.ts'
import { resultSchema } from '../result/result.ts'
import { writeWhole } from '../store/files.ts'
import { renderClauses, renderModules } from './render.ts'

const PAGE = join('docs', 'verification.md')
const SOURCES = {
  prove: join('build', 'prove.json'),
  mutate: join('build', 'mutation.json'),
  sim: join('build', 'shapes-w8a8', 'report.json'),
}
const usage = `make verification

Reads ${Object.values(SOURCES).join(', ')}; writes ${PAGE}.`
toolWords({ usage, options: {}, names: [] })

const proved = openObject({
  proofs: v.array(
    openObject({
      proof: openObject({
        name: v.string(),
        module: v.string(),
        clause: v.string(),
        engine: v.string(),
        depth: whole(1),
      }),
      verdict: v.string(),
      reached: v.boolean(),
      red: v.array(v.boolean()),
    }),
  ),
})

async function read<Schema extends v.GenericSchema>(command: keyof typeof SOURCES, schema: Schema) {
  const file = SOURCES[command]
  const text = await readFile(file, 'utf8').catch(() =>
    refuse(`${file} is missing: run make ${command} first`, usage),
  )
  return checkJson(schema, text, file)
}

const { proofs } = await read('prove', proved)
const { modules } = await read('mutate', mutationSummary)
const { stimulus } = await read('sim', resultSchema)
const failed = proofs.filter(
  ({ verdict, reached, red }) => verdict !== 'holds' || !reached || red.includes(false),
)
if (failed.length > 0) refuse(`not proved: ${failed.map(({ proof }) => proof.name).join(', ')}`, usage)
if (stimulus === undefined) refuse(`${SOURCES.sim} has no stimulus: run make sim without ARGS`, usage)
const evidence = {
  proofs: proofs.map(({ proof: { engine, depth, ...proof } }) => ({
    ...proof,
    extent: engine === 'bounded' ? `${depth} cycles` : 'any length',
  })),
  rows: stimulus!.rows,
  scores: modules,
}
const sections = new Map([
  ['clauses', renderClauses(evidence)],
  ['modules', renderModules(evidence)],
])
await writeWhole(PAGE, fillSections(await readFile(PAGE, 'utf8'), sections))
process.stdout.write(`${PAGE}: ${proofs.length} proofs, ${modules.length} modules\n`)
