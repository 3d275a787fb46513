/** `make coverage`: of rtl/ by its tests, of src/ by all tests. `make coverage ARGS=rtl` or `ARGS=src` does one of them. */
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { runTool } from '../process/run-tool.ts'
import { refuse, toolWords } from '../process/tool-words.ts'
import { renderTable } from '../report/table.ts'
import { writeWhole } from '../store/files.ts'
import {
  addShares,
  type CoveragePoint,
  type FileCoverage,
  formatShare,
  readCounts,
  summariseFile,
} from './counts.ts'
import { pageName, renderFile, renderIndex } from './html.ts'

const home = join('build', 'coverage')
const usage = "make coverage ARGS='[rtl|src] [test file …]'"
const [what, ...filters] = toolWords({ usage, options: {}, names: null }).positionals
if (what !== undefined && what !== 'rtl' && what !== 'src') refuse(`expected rtl or src, got ${what}`, usage)
let exitCode = 0
if (what !== 'src') exitCode ||= await coverRtl(filters.length > 0 ? filters : ['test/rtl/'])
if (what !== 'rtl') exitCode ||= await coverSources(filters)
process.exit(exitCode)

async function coverRtl(tests: readonly string[]): Promise<number> {
  const data = join(home, 'rtl-data')
  await rm(data, { recursive: true, force: true })
  const code = await runVitest(tests, [], { ASSAY_COVERAGE: data })
  const names = (await readdir(data).catch(() => [])).filter((name) => name.endsWith('.dat'))
  if (names.length === 0) {
    process.stderr.write('no test opened a model: there is nothing to count\n')
    return 3
  }
  const merged = new Map<string, Map<string, CoveragePoint>>()
  for (const name of names) readCounts(await readFile(join(data, name), 'utf8'), merged)
  const files = [...merged]
    .filter(([file]) => file.startsWith('rtl/'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, points]) => ({ file, points: [...points.values()].sort((a, b) => a.line - b.line) }))
  const summaries = files.map(({ file, points }) => summariseFile(file, points))
  for (const [index, { file, points }] of files.entries()) {
    const html = renderFile(summaries[index]!, points, await readFile(file, 'utf8'))
    await writeWhole(join(home, 'rtl', pageName(file)), html)
  }
  await writeWhole(join(home, 'rtl', 'index.html'), renderIndex(summaries))
  // `hit`, `all` and `modules` are what the report's page reads: points of every kind.
  const points = (file: FileCoverage) => ({
    hit: file.lines.covered + file.branches.covered + file.toggles.covered,
    all: file.lines.total + file.branches.total + file.toggles.total,
  })
  const total = addShares(summaries)
  const modules = summaries.map((file) => ({ name: basename(file.file, '.sv'), ...points(file) }))
  const json = { format: 1, ...points(total), modules, files: summaries, total }
  await writeWhole(join(home, 'rtl.json'), `${JSON.stringify(json, null, 2)}\n`)
  const paths = names.map((name) => join(data, name))
  await runTool('verilator_coverage', ['--write-info', join(home, 'rtl.info'), ...paths])
  const lines = renderTable<FileCoverage>(
    [
      { title: 'file', align: 'left', value: ({ file }) => file },
      { title: 'lines', align: 'right', value: (file) => formatShare(file.lines) },
      { title: 'branches', align: 'right', value: (file) => formatShare(file.branches) },
      { title: 'toggles', align: 'right', value: (file) => formatShare(file.toggles) },
    ],
    [...summaries, addShares(summaries)],
  )
  process.stdout.write(
    `${lines.join('\n')}\n\n${join(home, 'rtl', 'index.html')}, ${join(home, 'rtl.info')}\n`,
  )
  return code
}

async function coverSources(tests: readonly string[]): Promise<number> {
  const folder = join(home, 'src')
  const flags = ['--coverage.enabled', '--coverage.provider=v8', '--coverage.include=src/**/*.ts']
  const output = ['html', 'json-summary', 'lcovonly', 'text-summary'].map(
    (name) => `--coverage.reporter=${name}`,
  )
  const code = await runVitest(tests, [...flags, ...output, `--coverage.reportsDirectory=${folder}`], {})
  process.stdout.write(`${join(folder, 'index.html')}\n`)
  return code
}

/** Exit code 0, or 1 when tests failed. */
async function runVitest(
  tests: readonly string[],
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const args = ['run', '--testTimeout=600000', '--hookTimeout=600000', ...flags, ...tests]
  const { exitCode } = await execa('node_modules/.bin/vitest', args, {
    env,
    reject: false,
    stdin: 'ignore',
    stdout: process.stderr,
    stderr: process.stderr,
  })
  return exitCode === 0 ? 0 : 1
}
