/** `make torture`: kills commands, fills disks and damages files. No wrong verdict may come of it, and nothing may be lost. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../../golden/random.ts'
import { toolWords, wholeWord } from '../../process/tool-words.ts'
import { renderTable } from '../../report/table.ts'
import { type Command, listCommands } from './commands.ts'
import { damageFiles, fillDisk, killAtRandom, type Setting } from './harms.ts'
import type { Tortured } from './trial.ts'

const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const scratch = mkdtempSync(join(tmpdir(), 'assay-torture-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const usage = "make torture ARGS='[--tries=12] [--seed=1]'"
const options = { tries: { type: 'string' }, seed: { type: 'string' } } as const
const { values: given } = toolWords({ usage, options, names: [] })
/** Tries of each command in each phase. */
const tries = wholeWord('tries', given.tries, usage) ?? 12
const seed = wholeWord('seed', given.seed, usage) ?? 1

const broken = join(scratch, 'broken')
cpSync(join(home, 'rtl'), broken, { recursive: true })
const file = join(broken, 'round_code.sv')
const text = readFileSync(file, 'utf8')
const wrong = text.replace('near ? code[Code-1]', 'near ? code < 3')
if (wrong === text) throw new Error(`${file}: the text to break is missing`)
writeFileSync(file, wrong)

const bits = createRandom(seed)
const at: Setting = {
  home,
  scratch,
  random: (below) => bits() % below,
  log: (line) => process.stderr.write(`  ${line}\n`),
}

async function torture(command: Command): Promise<readonly Tortured[]> {
  at.log(`${command.name}: kills …`)
  const killed = await killAtRandom(at, command, tries)
  at.log(`${command.name}: full disks …`)
  const sizes = Array.from({ length: Math.ceil(tries / 2) }, () => 64 + at.random(24_000))
  const filled = await fillDisk(at, command, sizes)
  if (filled === null) at.log('no file system can be mounted here: disks are not filled')
  at.log(`${command.name}: damaged files …`)
  return [...killed, ...(filled ?? []), ...(await damageFiles(at, command, 3 * tries))]
}

interface Row {
  readonly command: string
  readonly phase: string
  readonly all: readonly Tortured[]
}

const results: Tortured[] = []
for (const command of listCommands(home, broken)) results.push(...(await torture(command)))
const rows = new Map<string, Row>()
for (const one of results) {
  const key = `${one.command} ${one.phase}`
  rows.set(key, { command: one.command, phase: one.phase, all: [...(rows.get(key)?.all ?? []), one] })
}
const count = (all: readonly Tortured[], pick: (one: Tortured) => boolean): string =>
  String(all.filter(pick).length)
const table = renderTable<Row>(
  [
    { title: 'command', align: 'left', value: ({ command }) => command },
    { title: 'what was done', align: 'left', value: ({ phase }) => phase },
    { title: 'tries', align: 'right', value: ({ all }) => String(all.length) },
    {
      title: 'wrong verdict',
      align: 'right',
      value: ({ all }) => count(all, ({ wrong: is }) => is !== null),
    },
    { title: 'lost', align: 'right', value: ({ all }) => count(all, ({ lost }) => lost !== null) },
    { title: 'left over', align: 'right', value: ({ all }) => count(all, ({ left }) => left.length > 0) },
  ],
  [...rows.values()],
)
process.stdout.write(`${table.join('\n')}\n`)
const bad = results.filter(({ wrong: is, lost }) => is !== null || lost !== null)
for (const { command, phase, wrong: is, lost, left } of results)
  if (is !== null || lost !== null || left.length > 0)
    process.stdout.write(
      `${command}, ${phase}: ${[is, lost, ...left.slice(0, 3)].filter(Boolean).join('; ')}\n`,
    )
process.stdout.write(`${results.length} tries (seed ${seed}): ${bad.length} with a wrong verdict or a loss\n`)
process.exit(bad.length === 0 ? 0 : 1)
