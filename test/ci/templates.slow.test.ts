/** The templates for GitLab and Jenkins: their lines are run here, in their order, on RTL that is right, red, and no RTL at all. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseReport } from '../../src/result/report-file.ts'
import { assayMain, runAssay } from '../cli/run-assay.ts'
import { shareModels } from '../cli/share-models.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(HOME, path), 'utf8')
const QUICK = ['--calibration-images', '2', '--techniques', 'none', '--quiet']

/** As many runs as there are shards. */
const PLAN = `name: nightly
options: { frozen: golden/yolov8n, rtl: rtl, array: 8x8x2 }
matrix:
  layers: [model.0, model.1, model.3, model.5, model.7, model.2.cv1, model.2.cv2, model.4.cv1]
`

/** A project with its RTL and its golden data, and the programs that a machine of CI has: what installs is silent. */
let origin = ''
beforeAll(async () => {
  origin = makeFolder()
  await shareModels(join(origin, 'build'))
  cpSync(join(HOME, 'rtl'), join(origin, 'rtl'), { recursive: true })
  const frozen = ['golden', '--freeze', 'golden/yolov8n', ...QUICK]
  expect((await runAssay(frozen, { cwd: origin })).exitCode).toBe(0)
  mkdirSync(join(origin, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(assayMain, join(origin, 'node_modules', '.bin', 'assay'))
  mkdirSync(join(origin, 'bin'))
  for (const name of ['npm', 'apt-get', 'sudo'])
    writeFileSync(join(origin, 'bin', name), `#!/bin/sh\necho ${name} "$@" >> ${origin}/installed\n`, {
      mode: 0o755,
    })
})

interface Ran {
  readonly status: number | null
  readonly stderr: string
}

/** The lines of a job in one shell, as GitLab's runner does; `project` is a copy of its own. */
function runLines(
  lines: readonly string[],
  project: string,
  env: Readonly<Record<string, string>> = {},
): Ran {
  const path = `${join(origin, 'bin')}:${process.env.PATH}`
  const given = { ...process.env, PATH: path, NO_COLOR: '1', CI_PROJECT_DIR: project, ...env }
  return spawnSync('bash', ['-eo', 'pipefail', '-c', lines.join('\n')], {
    ...{ cwd: project, env: given, encoding: 'utf8' as const },
  })
}

function makeProject(change: (text: string) => string = (text) => text): string {
  const project = makeFolder()
  cpSync(origin, project, { recursive: true, verbatimSymlinks: true })
  const file = join(project, 'rtl', 'add_codes.sv')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, change(text))
  return project
}
const wrong = (text: string): string => text.replace('(sum >>> shift) + offset', '(sum >>> shift) - offset')
const unfinished = (text: string): string => text.replace('endmodule', '')

const reportOf = (project: string) =>
  parseReport(readFileSync(join(project, 'report', 'report.json'), 'utf8'), project)
const qualityOf = (project: string) =>
  JSON.parse(readFileSync(join(project, 'report', 'codequality.json'), 'utf8')) as readonly {
    readonly location: unknown
  }[]

/** What every system has to do with a run of the frozen set. */
function describeRuns(run: (project: string) => Ran): void {
  test('RTL that is right is green, from golden data alone', () => {
    const project = makeProject()
    const { status, stderr } = run(project)
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('assay:')])
    expect(reportOf(project)).toMatchObject({ verdict: 'exact' })
    const files = ['assay.sarif', 'codequality.json', 'junit.xml', 'report.html', 'report.json', 'sim.json']
    expect(readdirSync(join(project, 'report')).sort()).toEqual(files)
    expect(qualityOf(project)).toEqual([])
  })

  test('a mismatch is red, and leaves its waveform', () => {
    const project = makeProject(wrong)
    expect(run(project).status).toBe(1)
    expect(reportOf(project)).toMatchObject({ verdict: 'mismatch' })
    const files = readdirSync(join(project, 'build'), { recursive: true }) as string[]
    expect(files.filter((name) => /^[^/]+\/waves\/.*\.fst$/.test(name))).toHaveLength(1)
  })

  test('a syntax error has its file and line', () => {
    const project = makeProject(unfinished)
    const { status, stderr } = run(project)
    expect([status, stderr]).toEqual([3, expect.stringContaining('rtl/add_codes.sv:')])
    expect(qualityOf(project)).toMatchObject([
      { location: { path: 'rtl/add_codes.sv', lines: { begin: expect.any(Number) } } },
    ])
    expect(readFileSync(join(project, 'report', 'junit.xml'), 'utf8')).toContain('<error')
  })
}

interface GitlabJob {
  readonly extends?: string | readonly string[]
  readonly stage?: string
  readonly script?: readonly string[]
  readonly before_script?: readonly string[]
  readonly needs?: readonly (string | { readonly job: string })[]
  readonly parallel?: number
  readonly artifacts?: {
    readonly paths: readonly string[]
    readonly reports?: Readonly<Record<string, string>>
  }
}

describe('GitLab', () => {
  const { stages, workflow, ...jobs } = parse(read('templates/rtl-regression.gitlab-ci.yml')) as {
    readonly stages: readonly string[]
    readonly workflow: { readonly rules: readonly { readonly if: string }[] }
  } & Readonly<Record<string, GitlabJob>>
  const all = jobs as unknown as Readonly<Record<string, GitlabJob>>
  const own = Object.entries(all).filter(([name]) => !name.startsWith('.'))
  const linesOf = (job: GitlabJob): readonly string[] => [...all['.assay']!.before_script!, ...job.script!]

  test('jobs are of stages that there are, and need and extend jobs that there are', () => {
    expect(own.map(([name]) => name)).toEqual(['bit-exact', 'night-plan', 'night-shard', 'night-join'])
    for (const [, { stage, script, needs = [], extends: bases = [] }] of own) {
      expect(stages).toContain(stage)
      expect(script!.length).toBeGreaterThan(0)
      for (const need of needs) expect(all).toHaveProperty([typeof need === 'string' ? need : need.job])
      for (const base of [bases].flat()) expect(Object.keys(all)).toContain(base)
    }
    expect(workflow.rules.map((rule) => rule.if)).toContain('$CI_PIPELINE_SOURCE == "merge_request_event"')
  })

  test('as many shards are planned as run', () => {
    expect(all['night-plan']!.script![0]).toContain(` -n ${all['night-shard']!.parallel} `)
  })

  test('reports that GitLab reads are written', () => {
    const { reports, paths } = all['bit-exact']!.artifacts!
    expect(reports).toEqual({ junit: 'report/junit.xml', codequality: 'report/codequality.json' })
    expect(paths).toContain('report')
    expect(all['bit-exact']!.script![0]).toMatch(/--result-folder report --report .*junit.*codequality/)
  })

  describeRuns((project) => runLines(linesOf(all['bit-exact']!), project))

  test('a night in shards; where they left nothing, their failure is no mismatch', () => {
    const project = makeProject()
    writeFileSync(join(project, 'nightly.yaml'), PLAN)
    expect(runLines(linesOf(all['night-plan']!), project).status).toBe(0)
    for (let index = 1; index <= 8; index++) {
      const shard = { CI_NODE_INDEX: String(index), CI_NODE_TOTAL: '8' }
      expect(runLines(linesOf(all['night-shard']!), project, shard).status).toBe(0)
    }
    expect(runLines(linesOf(all['night-join']!), project)).toMatchObject({ status: 0 })
    expect(readFileSync(join(project, 'night', 'junit.xml'), 'utf8')).toContain('<testsuites')
    rmSync(join(project, 'night', 'runs'), { recursive: true })
    expect(runLines(linesOf(all['night-join']!), project).status).toBe(3)
  })
})

describe('Jenkins', () => {
  const text = read('templates/Jenkinsfile')
  const code = text.replaceAll(/^\s*\/\/.*$/gm, '')
  const stageOf = (name: string): string => {
    const begin = code.indexOf(`stage('${name}')`)
    expect(begin).toBeGreaterThan(0)
    return blockAt(code, code.indexOf('{', begin))
  }
  /** The lines of `sh`, in their order. */
  const linesOf = (block: string): readonly string[] =>
    [...block.matchAll(/\bsh '((?:[^'\\]|\\.)*)'/g)].map(([, line]) => line!)

  test('is one declarative pipeline whose brackets close, with a report after each stage that has one', () => {
    expect(code.trim()).toMatch(/^pipeline \{[\s\S]*\}$/)
    expect(blockAt(code, code.indexOf('{')).trim()).toBe(code.trim().slice('pipeline '.length))
    const stages = [...code.matchAll(/stage\('([^']+)'\)/g)].map(([, name]) => name)
    expect(stages).toEqual(['Bit-exact', 'Night: plan', 'Night: shards', 'Shard', 'Night: join'])
    for (const name of ['Bit-exact', 'Night: join'])
      expect(stageOf(name)).toMatch(/post \{\s+always \{\s+junit testResults: '\w+\/junit\.xml'/)
    expect(stageOf('Bit-exact')).toContain("sarif(pattern: 'report/assay.sarif')")
  })

  test('as many shards are planned as run and joined', () => {
    const shards = [...stageOf('Night: shards').matchAll(/values (.*)/g)][0]![1]!
    expect(linesOf(stageOf('Night: plan')).join()).toContain(` -n ${shards.split(',').length} `)
    expect(stageOf('Night: join')).toContain(`[${shards}]`)
    expect(linesOf(stageOf('Shard')).join('\n')).toContain(`"$SHARD/${shards.split(',').length}"`)
  })

  test('a night in shards', () => {
    const project = makeProject()
    writeFileSync(join(project, 'nightly.yaml'), PLAN.replaceAll(/, model\.(7|2|4)[.\w]*/g, ''))
    expect(runLines(linesOf(stageOf('Night: plan')), project).status).toBe(0)
    const runs = join(project, 'night', 'runs')
    // Each shard has a workspace, of which the stash carries what it left.
    for (const shard of ['1', '2', '3', '4']) {
      const own = join(project, shard)
      expect(runLines(linesOf(stageOf('Shard')), project, { SHARD: shard }).status).toBe(0)
      cpSync(runs, own, { recursive: true })
    }
    const [remove, ...others] = linesOf(stageOf('Night: join')).slice(1)
    expect(runLines([remove!], project).status).toBe(0)
    for (const shard of ['1', '2', '3', '4']) cpSync(join(project, shard), runs, { recursive: true })
    expect(runLines(others, project)).toMatchObject({ status: 0 })
  })

  describeRuns((project) => {
    const block = stageOf('Bit-exact')
    const [steps, post] = block.split(/\bpost \{/) as [string, string]
    const ran = runLines(linesOf(steps), project)
    expect(linesOf(post)).toHaveLength(1)
    expect(runLines(linesOf(post), project).status).toBe(0)
    return ran
  })
})

describe('GitHub', () => {
  interface Job {
    readonly strategy?: unknown
    readonly steps: readonly { readonly run?: string; readonly with?: Readonly<Record<string, string>> }[]
  }
  const { jobs } = parse(read('templates/rtl-nightly.yml')) as {
    readonly jobs: Readonly<Record<string, Job>>
  }
  const linesOf = (name: string, shard = ''): readonly string[] =>
    jobs[name]!.steps.flatMap(({ run }) => run?.replace(/\$\{\{ matrix\.shard \}\}/, shard) ?? [])

  test('a night: the plan is the matrix, each shard leaves its runs, and the whole is joined', () => {
    const project = makeProject(wrong)
    writeFileSync(join(project, 'nightly.yaml'), PLAN)
    const output = join(project, 'output')
    expect(runLines(linesOf('plan'), project, { GITHUB_OUTPUT: output }).status).toBe(0)
    const shards = JSON.parse(readFileSync(output, 'utf8').replace('shards=', '')) as readonly string[]
    expect(shards).toHaveLength(8)
    // Of eight, one leaves nothing.
    const results = shards.slice(1).map((shard) => runLines(linesOf('shard', shard), project).status)
    expect(new Set(results)).toEqual(new Set([0]))
    const night = runLines(linesOf('join'), project, { GITHUB_ACTIONS: 'true' })
    expect(night.status).toBe(3)
    expect(readdirSync(join(project, 'night')).sort()).toEqual(
      expect.arrayContaining(['history', 'junit.xml', 'plan.json', 'regress.json', 'report.html', 'runs']),
    )
  })

  test('what a job uploads is what another takes', () => {
    const named = (key: 'name' | 'pattern'): readonly string[] =>
      Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.with?.[key] ?? []))
    expect(named('name').filter((name) => name === 'night-plan')).toHaveLength(3)
    expect(named('pattern')).toEqual(['night-shard-*'])
    expect(named('name').filter((name) => name.startsWith('night-shard-'))).toHaveLength(1)
  })
})

test('what installs was asked for, without scripts', () => {
  const installed = readFileSync(join(origin, 'installed'), 'utf8').split('\n')
  expect(installed).toContain('npm ci --ignore-scripts')
  expect(installed).toContain('apt-get install -y verilator g++ zlib1g-dev')
})

/** The text from a bracket to the one that closes it. Quoted brackets count as well: those of the file close. */
function blockAt(code: string, begin: number): string {
  let depth = 0
  for (let at = begin; at < code.length; at++) {
    if (code[at] === '{') depth += 1
    if (code[at] === '}' && --depth === 0) return code.slice(begin, at + 1)
  }
  throw new RangeError(`No bracket closes that of ${code.slice(begin, begin + 40)}`)
}
