/** Runs the tests of one module against its mutants. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { checkJson } from '../input/schema.ts'
import { ToolError } from '../input/tool-error.ts'
import { type Mutant, mutateSource, selectorSource } from './mutate-source.ts'
import type { Target } from './targets.ts'
import { type Verdict, verdict } from './verdict.ts'

export interface TargetResult {
  readonly target: Target
  readonly mutants: readonly Mutant[]
  /** By mutant; a mutant without one survived. */
  readonly verdicts: ReadonlyMap<number, Verdict>
  readonly seconds: number
}

/**
 * Runs a module's tests against each of its mutants.
 *
 * @throws ToolError when the tests fail without a mutant, or do not run.
 */
export async function runTarget(target: Target, folder: string, timeoutMs: number): Promise<TargetResult> {
  const started = performance.now()
  const own = resolve(folder, target.module)
  await rm(own, { recursive: true, force: true })
  await mkdir(join(own, dirname(target.file)), { recursive: true })
  // Every mutant's run of a test leaves files behind.
  const temporary = join(own, 'tmp')
  await mkdir(temporary)
  const { text, mutants } = mutateSource(await readFile(target.file, 'utf8'), target.file)
  const verdictFile = join(own, 'verdicts.jsonl')
  await Promise.all([
    writeFile(join(own, target.file), text),
    writeFile(join(own, 'assay_mutation.sv'), selectorSource),
    writeFile(verdictFile, ''),
    writeFile(join(own, 'vitest.config.js'), describeRun()),
  ])
  const args = ['run', '--config', join(own, 'vitest.config.js'), '--root', process.cwd(), ...target.tests]
  const result = await execa('node_modules/.bin/vitest', args, {
    env: {
      TMPDIR: temporary,
      ASSAY_MUTATION: own,
      ASSAY_MUTANTS: String(mutants.length),
      ASSAY_MUTATION_VERDICTS: verdictFile,
      ASSAY_MUTANT: '0',
    },
    timeout: timeoutMs,
    reject: false,
    all: true,
    stdin: 'ignore',
  })
  await rm(temporary, { recursive: true, force: true })
  if (result.failed) {
    const why = result.timedOut ? `took longer than ${timeoutMs / 1000} s` : (result.all ?? '').slice(-3000)
    throw new ToolError(`The tests of ${target.module} have to pass before it is broken: ${why}`, {
      tool: 'vitest',
      output: result.all ?? '',
      cause: result,
    })
  }
  const lines = (await readFile(verdictFile, 'utf8')).split('\n').filter((line) => line !== '')
  const verdicts = new Map(
    lines.map((line) => {
      const own = checkJson(verdict, line, verdictFile)
      return [own.mutant, own] as const
    }),
  )
  return { target, mutants, verdicts, seconds: (performance.now() - started) / 1000 }
}

/** One process, one test at a time: the runner keeps the living mutants, and a mutant is a variable of the process. */
function describeRun(): string {
  const here = fileURLToPath(import.meta.url)
  const runner = join(dirname(here), here.endsWith('.ts') ? 'runner.ts' : 'runner.js')
  const options = {
    include: ['test/**/*.test.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    maxConcurrency: 1,
    runner,
  }
  return `export default { test: ${JSON.stringify(options)} }\n`
}
