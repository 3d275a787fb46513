/** The two versions of a ratio, and what each can be told to do: its own benches, and its own command. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as v from 'valibot'
import { checkJson, listOf, openObject, text, whole } from '../input/schema.ts'
import { copyEdited } from './changed-rtl.ts'
import { type BenchContext, numberOf } from './measure.ts'
import { measureCommand, needSuccess } from './process.ts'
import { install } from './ratio-checkout.ts'

export interface Side {
  /** A checkout with its `dist/`. */
  readonly home: string
  readonly commit: string
  /** Options of `assay sim` that make it do what both versions do: 2d94314 knows no generated stimulus. */
  readonly sameWork: readonly string[]
  /** Removed afterwards. */
  readonly scratch: string
}

export interface Sample {
  /** What is compared. */
  readonly value: number
  /** Of the whole command; null where the value is CPU or no time. */
  readonly cpu: number | null
  /** What has to be the same on both sides; null where the work itself checks its result. */
  readonly result: string | null
  /** Of the simulated hardware, which may take 1 % more of them; null where the work itself checks them. */
  readonly cycles: number | null
}

type Real = NonNullable<BenchContext['real']>

const MEASURED = listOf(openObject({ measured: text }), 1)

/** Runs one of the version's own benches in a process of its own. Its first figure counts. */
export async function runBench(side: Side, file: string, name: string, real: Real | null): Promise<Sample> {
  const url = pathToFileURL(join(side.home, 'dist', 'bench', `${file}.js`)).href
  const scratch = join(side.scratch, 'bench')
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  const context = JSON.stringify({ real, home: side.home, scratch })
  const program = [
    `const { ${name}: bench } = await import(${JSON.stringify(url)})`,
    `const rows = await bench.run({ ...${context}, log: () => {} })`,
    // What the bench itself prints comes before.
    "console.log('\\n' + JSON.stringify(rows))",
    'process.exit(0)',
  ].join('\n')
  const run = await measureCommand(process.execPath, ['--input-type=module', '-e', program], {
    cwd: side.home,
    env: { ...process.env, CCACHE_DISABLE: '1' },
  })
  needSuccess(run, `${name} of ${side.commit}`)
  const last = run.stdout.trimEnd().split('\n').at(-1)!
  const value = numberOf(checkJson(MEASURED, last, name)[0]!.measured)
  if (value === null) throw new Error(`${name} of ${side.commit} measured no number`)
  return { value, cpu: null, result: null, cycles: null }
}

/** The folder that is given to `--out`, made with the compiled models and the quantised ones of the checkout where it is not there yet. */
export async function warmOut(side: Side): Promise<string> {
  const out = join(side.scratch, 'out')
  await mkdir(join(out, 'cache'), { recursive: true })
  for (const kind of ['verilator', 'quantised']) {
    const own = join(side.home, 'build', 'cache', kind)
    await mkdir(own, { recursive: true })
    const link = join(out, 'cache', kind)
    if (!existsSync(link)) await symlink(own, link)
  }
  return out
}

/** The same, as it is before a checkpoint is met for the first time: with compiled models and facts about tools and libraries alone. */
export async function strangeOut(side: Side): Promise<string> {
  const out = await warmOut(side)
  for (const name of await readdir(out)) if (name !== 'cache') await rm(join(out, name), { recursive: true })
  const cache = join(out, 'cache')
  for (const name of await readdir(cache))
    if (name !== 'verilator' && !name.endsWith('.json')) await rm(join(cache, name), { recursive: true })
  return out
}

const SIM = openObject({
  verdict: v.string(),
  layers: listOf(openObject({ name: v.string(), elements: whole(0), cycles: v.nullable(whole(0)) }), 1),
  boxes: v.nullable(openObject({ expected: whole(0), mismatches: whole(0), cycles: whole(0) })),
})

/** `assay sim` of one version, as a whole process. Layers and boxes are what has to be the same. */
export async function runSim(side: Side, args: readonly string[]): Promise<Sample> {
  const main = join(side.home, 'dist', 'cli', 'main.js')
  const run = await measureCommand(process.execPath, [main, 'sim', ...args, '--json', '--quiet'], {
    cwd: side.home,
    env: { ...process.env, CCACHE_DISABLE: '1' },
  })
  needSuccess(run, `assay sim of ${side.commit}`)
  const { verdict, layers, boxes } = checkJson(SIM, run.stdout, `assay sim of ${side.commit}`)
  if (verdict !== 'exact') throw new Error(`assay sim of ${side.commit} says ${verdict}`)
  const rows = layers.map(({ name, elements }) => [name, elements])
  const result = JSON.stringify([rows, boxes && [boxes.expected, boxes.mismatches]])
  const cycles = layers.reduce((sum, layer) => sum + (layer.cycles ?? 0), boxes?.cycles ?? 0)
  return { value: run.seconds, cpu: run.cpuSeconds, result, cycles }
}

/** A copy of the version's `rtl/` with one line more, which no build has seen. */
export async function changeRtl(side: Side): Promise<string> {
  const folder = join(side.scratch, 'rtl')
  await rm(folder, { recursive: true, force: true })
  await copyEdited(side.home, folder)
  return folder
}

/** Clone, packages, compile, build and simulate the embedded model: what follows once the system's tools are there. */
export async function fromNothing(side: Side, repository: string): Promise<Sample> {
  const begin = performance.now()
  const clone = await cloneSide(side, repository)
  const env = { ...process.env, CCACHE_DISABLE: '1' }
  const run = await measureCommand('make', ['sim'], { cwd: clone, env })
  if (run.exitCode !== 0 || !run.stdout.includes('Proved'))
    throw new Error(`make sim of ${side.commit} did not end in a proof`)
  return { value: (performance.now() - begin) / 1000, cpu: null, result: null, cycles: null }
}

async function cloneSide(side: Side, repository: string): Promise<string> {
  const clone = join(side.scratch, 'clone')
  await rm(clone, { recursive: true, force: true })
  execFileSync('git', ['clone', '--quiet', '--no-checkout', `file://${repository}`, clone])
  execFileSync('git', ['-C', clone, 'checkout', '--quiet', side.commit])
  await install(clone)
  return clone
}

/** `make test` in a fresh clone, where no model is built; once more with `again`, where nothing has changed since. */
export async function runTests(side: Side, repository: string, again: boolean): Promise<Sample> {
  const clone = await cloneSide(side, repository)
  // The tests look for the real network beside the clone.
  await symlink(join(repository, '..', 'shared'), join(side.scratch, 'shared')).catch(() => {})
  const env = { ...process.env, CCACHE_DISABLE: '1' }
  const test = () => measureCommand('make', ['test'], { cwd: clone, env })
  if (again) await test()
  const run = await test()
  needSuccess(run, `make test of ${side.commit}`)
  return { value: run.seconds, cpu: run.cpuSeconds, result: null, cycles: null }
}
