/** `make prove`: properties of rtl/ for every input, by Yosys and ABC. Every property is also asked of broken copies. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fillSections } from '../mutate/document.ts'
import { readExplanations } from '../mutation/explanations.ts'
import { refuse, toolWords } from '../process/tool-words.ts'
import { writeWhole } from '../store/files.ts'
import { COMPARISONS } from './comparisons.ts'
import { listWrong, proveMutants, renderMutants } from './mutants.ts'
import { PROOFS } from './proofs.ts'
import { readModule, runProof } from './run.ts'
import { isProved, PROVE_FILE } from './summary.ts'
import { renderDocument, renderTable } from './table.ts'
import { inTurns } from './turns.ts'

const PAGE = join('docs', 'proving.md')
const EXPLANATIONS = join('test', 'rtl', 'mutants.json')
const proofs = PROOFS.map(({ name }) => name)
const modules = COMPARISONS.map(({ module }) => module)
const usage = `make prove ARGS='[proof …]'
make prove ARGS=--docs
make prove ARGS='--mutants [module …]'

Proofs: ${proofs.join(', ')}; all where none is named.
Modules: ${modules.join(', ')}; likewise.
--docs     also writes the table into ${PAGE}, where all have been proved
--mutants  compares each module with its mutants that ${EXPLANATIONS} calls equivalent`

const { values, positionals } = toolWords({
  usage,
  options: { docs: { type: 'boolean', default: false }, mutants: { type: 'boolean', default: false } },
  names: [...proofs, ...modules],
})
const unknown = positionals.filter((name) => !(values.mutants ? modules : proofs).includes(name))
if (unknown.length > 0)
  refuse(`${unknown.join(', ')}: no ${values.mutants ? 'module that is compared' : 'proof'}`, usage)
const write = async (section: string, text: string): Promise<void> =>
  writeWhole(PAGE, fillSections(await readFile(PAGE, 'utf8'), new Map([[section, text]])))
if (values.mutants) {
  const found = await proveMutants(await readExplanations(EXPLANATIONS), positionals)
  const table = renderMutants(found)
  process.stdout.write(`${table}\n`)
  const wrong = listWrong(found)
  for (const line of wrong) process.stderr.write(`${line}\n`)
  if (values.docs && positionals.length === 0 && wrong.length === 0) await write('mutants', table)
  process.exit(wrong.length === 0 ? 0 : 1)
}

const wanted = PROOFS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const all = await inTurns(wanted, async (proof) => {
  const outcome = await runProof(proof, await readModule(proof))
  process.stderr.write(`  ${proof.name.padEnd(18)} ${outcome.verdict}, ${outcome.seconds.toFixed(1)} s\n`)
  return outcome
})
process.stdout.write(`${renderTable(all).join('\n')}\n`)
await mkdir('build', { recursive: true })
await writeWhole(PROVE_FILE, `${JSON.stringify({ format: 1, proofs: all }, null, 2)}\n`)
const failed = all.filter((outcome) => !isProved(outcome))
if (values.docs && failed.length === 0 && wanted.length === PROOFS.length)
  await write('proofs', renderDocument(all))
process.exitCode = failed.length === 0 ? 0 : 1
