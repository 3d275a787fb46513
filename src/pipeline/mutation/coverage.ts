/** `assay coverage`: the lines, branches and bits of a user's modules that their vitest files reach. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, extname, join, relative, resolve } from 'node:path'
import {
  addShares,
  type CoveragePoint,
  type CoverageReport,
  countPoints,
  type FileCoverage,
  readCounts,
  summariseFile,
} from '../../coverage/counts.ts'
import { InputError } from '../../input/input-error.ts'
import { checkFiles } from '../../input/read-file.ts'
import { runTool } from '../../process/run-tool.ts'
import { pageName, renderFile, renderIndex } from '../../report/html/coverage.ts'
import { isForeign } from '../../simulate/build/source-flags.ts'
import { inTemporaryFolder, readInput, writeWhole } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'
import { describeOutput } from './failures.ts'
import { findVitest, startVitest } from './run-vitest.ts'

export interface CoverageOptions {
  /** Files to count; none: those below the working directory. */
  readonly sources: readonly string[]
  /** Filters of vitest; none: all its test files. */
  readonly tests: readonly string[]
  readonly out: string
}

export interface CoverageRun {
  readonly report: CoverageReport
  /** Paths of what was written. */
  readonly files: readonly string[]
  /** What vitest said; null if every test passed. */
  readonly failure: string | null
}

interface Counted {
  readonly file: string
  readonly points: readonly CoveragePoint[]
}

/** Runs the tests with counters in every model. @throws InputError if no test opens a model */
export async function runCoverage(options: CoverageOptions, progress: Progress): Promise<CoverageRun> {
  const { sources, tests, out } = options
  checkFiles(sources, 'Check the path.')
  const foreign = sources.find(isForeign)
  if (foreign !== undefined)
    throw new InputError('is no SystemVerilog, and has nothing to count', foreign, 'Name RTL files.')
  const vitest = await findVitest()
  return inTemporaryFolder('assay-coverage-', async (scratch) => {
    const [data, temporary] = [join(scratch, 'data'), join(scratch, 'tmp')]
    await Promise.all([data, temporary].map((folder) => mkdir(folder)))
    const task = progress.start('run the tests with counters')
    const { why, output } = await startVitest({ vitest, filters: tests, temporary }, { ASSAY_COVERAGE: data })
      .ended
    const names = (await readdir(data)).filter((name) => name.endsWith('.dat'))
    task.done(why === null ? undefined : 'some fail')
    if (names.length === 0)
      throw new InputError(
        `open no model, so that there is nothing to count${why === null ? '' : `:\n${describeOutput(output)}`}`,
        tests.length === 0 ? 'the tests of this project' : tests.join(', '),
        'Name test files that call `simulate` with --tests.',
      )
    const paths = names.map((name) => join(data, name))
    const counted = chooseFiles(await readAll(paths), sources)
    const report = summarise(counted)
    const home = join(out, 'coverage')
    const files = [join(home, 'rtl.json'), join(home, 'rtl', 'index.html'), join(home, 'rtl.info')]
    await writeWhole(files[0]!, `${JSON.stringify(report, null, 2)}\n`)
    await writeWhole(files[1]!, renderIndex(report.files))
    for (const [index, { file, points }] of counted.entries()) {
      const text = new TextDecoder().decode(await readInput(file))
      await writeWhole(join(home, 'rtl', pageName(file)), renderFile(report.files[index]!, points, text))
    }
    await runTool('verilator_coverage', ['--write-info', resolve(files[2]!), ...paths])
    return { report, files, failure: why === null ? null : describeOutput(output) }
  })
}

/** Points by file, added up over instances, parameter sets and tests. */
async function readAll(paths: readonly string[]): Promise<readonly Counted[]> {
  const merged = new Map<string, Map<string, CoveragePoint>>()
  for (const path of paths) readCounts(await readFile(path, 'utf8'), merged)
  return [...merged]
    .map(([file, points]) => ({
      file: relative('.', resolve(file)),
      points: [...points.values()].sort((a, b) => a.line - b.line),
    }))
    .sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** @throws InputError for a source that no model has */
function chooseFiles(counted: readonly Counted[], sources: readonly string[]): readonly Counted[] {
  if (sources.length === 0)
    return counted.filter(({ file }) => !file.startsWith('..') && !file.split('/').includes('node_modules'))
  const wanted = new Set(sources.map((path) => relative('.', resolve(path))))
  const chosen = counted.filter(({ file }) => wanted.has(file))
  const [missing] = [...wanted].filter((path) => !chosen.some(({ file }) => file === path))
  if (missing !== undefined)
    throw new InputError(
      'no model of the tests has anything to count of it',
      missing,
      'Name its test files with --tests.',
    )
  return chosen
}

function summarise(counted: readonly Counted[]): CoverageReport {
  const files = counted.map(({ file, points }) => summariseFile(file, points))
  const total = addShares(files)
  const modules = files.map((file: FileCoverage) => ({
    name: basename(file.file, extname(file.file)),
    ...countPoints(file),
  }))
  return { format: 1, ...countPoints(total), modules, files, total }
}
