/** One run of vitest on instrumented sources, in a process that may be killed at any moment. */
import { statSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { read, write } from './journal.ts'

export interface Bench extends AsyncDisposable {
  /** What tests leave behind; outside of the checkout, as it would be, and removed with the bench. */
  readonly temporary: string
  /** Holds the instrumented texts as they are named in the checkout, and the configuration. */
  readonly folder: string
  readonly journal: string
}

const here = dirname(fileURLToPath(import.meta.url))
const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

export async function makeBench(folder: string, texts: ReadonlyMap<string, string>): Promise<Bench> {
  await mkdir(folder, { recursive: true })
  const temporary = await mkdtemp(join(tmpdir(), 'assay-mutants-'))
  for (const [file, text] of texts) {
    const path = join(folder, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  const journal = resolve(folder, 'journal.jsonl')
  await writeFile(journal, '')
  for (const runner of [true, false])
    await writeFile(configOf(folder, runner), describe(folder, [...texts.keys()], runner))
  const remove = async (): Promise<void> =>
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 })
  return { folder, journal, temporary, [Symbol.asyncDispose]: remove }
}

const configOf = (folder: string, withRunner: boolean): string =>
  join(folder, withRunner ? 'judge.config.mjs' : 'plain.config.mjs')

function describe(folder: string, files: readonly string[], withRunner: boolean): string {
  const plugin = pathToFileURL(join(here, `plugin${ending}`)).href
  const options = {
    include: ['test/**/*.test.ts'],
    reporters: ['dot'],
    silent: true,
    expect: { requireAssertions: true },
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
    maxConcurrency: 1,
    fileParallelism: false,
    isolate: false,
    // A mutant that was given up may still fail somewhere.
    dangerouslyIgnoreUnhandledErrors: true,
    ...(withRunner ? { runner: join(here, `runner${ending}`) } : {}),
  }
  return [
    `import { readInstead } from ${JSON.stringify(plugin)}`,
    `const plugins = [readInstead(${JSON.stringify(resolve(folder))}, ${JSON.stringify(files)})]`,
    `export default { plugins, test: ${JSON.stringify(options)} }`,
    '',
  ].join('\n')
}

/** Runs the tests once; a mutant that hangs the process is killed with it and written down. @returns what vitest printed */
export async function runTests(
  { folder, journal, temporary }: Bench,
  tests: readonly string[],
  { withSlow, signal }: { readonly withSlow: boolean; readonly signal: AbortSignal },
): Promise<string> {
  const run = start(configOf(folder, true), tests, signal, {
    TMPDIR: temporary,
    ASSAY_MUTATION_JOURNAL: journal,
    ASSAY_MUTATION_SLOW: withSlow ? '1' : '0',
  })
  const watch = setInterval(() => {
    const last = read(journal).at(-1)
    if (last?.kind !== 'try' || Date.now() - statSync(journal).mtimeMs < last.limitMs + 5_000) return
    const { mutant, test } = last
    write(journal, { kind: 'killed', mutant, test, reason: 'runs without end' })
    killGroup(run.pid)
  }, 1_000)
  try {
    return (await run).all ?? ''
  } finally {
    clearInterval(watch)
    killGroup(run.pid)
  }
}

/**
 * Runs the tests as they are, with one mutant awake from the start: for what runs while a module is loaded or in a hook.
 *
 * @returns a line on what failed; null where everything passed
 */
export async function runPlain(
  { folder, temporary }: Bench,
  tests: readonly string[],
  options: { readonly mutant?: number; readonly limitMs: number; readonly signal: AbortSignal },
): Promise<string | null> {
  const { mutant, limitMs, signal } = options
  const run = start(configOf(folder, false), [...tests, '--bail=1'], signal, {
    TMPDIR: temporary,
    __STRYKER_ACTIVE_MUTANT__: mutant === undefined ? undefined : String(mutant - 1),
  })
  const timer = setTimeout(() => killGroup(run.pid), limitMs)
  const { exitCode, all = '' } = await run
  clearTimeout(timer)
  killGroup(run.pid)
  return exitCode === 0 ? null : (/^.*(?:Error|FAIL).*$/m.exec(all)?.[0] ?? 'failed').slice(0, 200)
}

/** Process groups that run: a worker in an endless loop does not notice that its parent has gone. */
const running = new Set<number>()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    for (const pid of running) killGroup(pid)
    process.exit(130)
  })

function start(config: string, args: readonly string[], signal: AbortSignal, env: NodeJS.ProcessEnv) {
  const run = execa(
    'node_modules/.bin/vitest',
    ['run', '--config', config, '--root', process.cwd(), ...args],
    {
      // Programs that the tests start read the same texts.
      env: { ...env, NO_COLOR: '1', ASSAY_MUTATED_SOURCES: resolve(dirname(config)) },
      reject: false,
      all: true,
      stdin: 'ignore',
      detached: true,
      cancelSignal: signal,
    },
  )
  const { pid } = run
  if (pid !== undefined) {
    running.add(pid)
    run.finally(() => running.delete(pid))
  }
  return run
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
