/** What is only ever run elsewhere: the action, the workflows and the container file name things that exist, and their steps work here. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseReport } from '../../src/result/report-file.ts'
import { assayMain, runAssay } from '../cli/run-assay.ts'
import { shareModels } from '../cli/share-models.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(HOME, path), 'utf8')

interface Step {
  readonly id?: string
  readonly if?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly run?: string
  readonly shell?: string
  readonly env?: Readonly<Record<string, string>>
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}
interface Workflow {
  readonly on: unknown
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'runs-on': string
        readonly needs?: string | readonly string[]
        readonly permissions?: Readonly<Record<string, string>>
        readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> }
        readonly steps: readonly Step[]
      }
    >
  >
}

const action = parse(read('action.yml')) as Action
const farm = read('docs/farm.md').match(/```yaml\n(jobs:[\s\S]*?)```/)![1]!
const workflows: readonly (readonly [string, Workflow])[] = [
  ...['templates/rtl-regression.yml', 'templates/rtl-nightly.yml'].map(
    (name) => [name, parse(read(name)) as Workflow] as const,
  ),
  ...readdirSync(join(HOME, '.github/workflows')).map(
    (name) => [`.github/workflows/${name}`, parse(read(`.github/workflows/${name}`)) as Workflow] as const,
  ),
  ['docs/farm.md', { on: 'push', ...(parse(farm) as Omit<Workflow, 'on'>) }],
]
const everyStep = workflows.flatMap(([file, { jobs }]) =>
  Object.values(jobs).flatMap(({ steps }) => steps.map((step) => ({ file, step }))),
)
const shells = [...action.runs.steps, ...everyStep.map(({ step }) => step)].flatMap(({ run }) => run ?? [])

describe('the action', () => {
  test('is a composite one whose every step is whole', () => {
    expect(action.runs.using).toBe('composite')
    for (const { uses, run, shell } of action.runs.steps) {
      const bash = run !== undefined && uses === undefined && shell === 'bash'
      const ofAction = run === undefined && /^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/.test(uses ?? '')
      expect([uses ?? run, bash || ofAction]).toEqual([uses ?? run, true])
    }
  })

  const step = action.runs.steps.find(({ id }) => id === 'run')!
  const script = read('scripts/action.sh')

  test('uses every input that it declares, and no other; its outputs come from the step that runs', () => {
    const text = read('action.yml')
    const used = new Set([...text.matchAll(/inputs\.(\w+)/g)].map(([, name]) => name))
    expect(used).toEqual(new Set(Object.keys(action.inputs)))
    for (const { description } of Object.values(action.inputs)) expect(description).not.toBe('')
    const named = [...text.matchAll(/steps\.(\w+)\.outputs\.(\w+)/g)]
    expect(named.length).toBeGreaterThan(4)
    for (const [, id, output] of named) {
      expect(id).toBe('run')
      expect(script).toContain(`say ${output} `)
    }
  })

  test('hands every input to the script in a variable that it reads, and no input to a shell', () => {
    for (const name of Object.keys(action.inputs)) {
      const variable = Object.entries(step.env!).find(([, value]) => value === `\${{ inputs.${name} }}`)![0]
      expect(script).toMatch(new RegExp(`\\$\\{?${variable}\\b`))
    }
    for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{')
  })

  test('what needs a report is not done where the step before it did not begin', () => {
    const needy = action.runs.steps.filter(({ uses = '' }) => /upload-artifact|cache\/save/.test(uses))
    expect(needy.length).toBe(2)
    for (const { if: condition } of needy)
      expect(condition).toMatch(/^always\(\) && steps\.run\.outputs\.(report$|changed == 'true'$)/)
  })

  test('saves its cache under a key of its own, which later runs find by its beginning', () => {
    const withs = action.runs.steps.flatMap(({ uses = '', with: given }) =>
      uses.includes('cache/') ? [given!] : [],
    )
    const [restore, save] = withs as [Record<string, string>, Record<string, string>]
    expect(save.path).toBe(restore.path)
    expect(save.key).toMatch(/run_id.*run_attempt.*outputs\.artifact/)
    for (const begin of restore['restore-keys']!.trim().split('\n'))
      expect(save.key!.startsWith(begin.trim())).toBe(true)
  })
})

describe('workflows', () => {
  test.each(workflows)('%s: triggers, jobs and their steps', (_, { on, jobs }) => {
    expect([JSON.stringify(on)]).toEqual([expect.stringMatching(/push|workflow_dispatch|schedule/)])
    for (const { steps, needs, 'runs-on': machine } of Object.values(jobs)) {
      expect(machine).toMatch(/^ubuntu-/)
      for (const need of [needs ?? []].flat()) expect(Object.keys(jobs)).toContain(need)
      expect(steps.length).toBeGreaterThan(0)
      for (const step of steps) expect(step.uses ?? step.run).toEqual(expect.any(String))
    }
  })

  test('name every action by its commit, with the version beside it, and install without scripts', () => {
    const texts = ['action.yml', ...workflows.map(([file]) => file)].map(
      (file) => [file, read(file)] as const,
    )
    const lines = texts.flatMap(([file, text]) => text.split('\n').map((line) => `${file}: ${line.trim()}`))
    const uses = lines.filter((line) => / uses: /.test(line) && !line.includes('OWNER/assay@'))
    expect(uses.length).toBeGreaterThan(20)
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    const installs = lines.filter((line) => /\bnpm (ci|install)\b/.test(line))
    expect(installs.length).toBeGreaterThan(2)
    for (const line of installs) expect(line).toContain(' --ignore-scripts')
  })

  test('CI tests on the oldest Node that package.json allows, and on newer ones', () => {
    const { engines } = JSON.parse(read('package.json')) as { readonly engines: { readonly node: string } }
    const { test: job } = workflows.find(([file]) => file === '.github/workflows/ci.yml')![1].jobs
    const versions = job!.strategy!.matrix.node!
    expect(`>=${versions[0]}`).toBe(engines.node)
    expect(versions.slice(1)).toEqual(['22', '24'])
    expect(job!.steps.map(({ with: given }) => given?.['node-version'])).toContain(`\${{ matrix.node }}`)
  })

  test('a release publishes the package that was tested, in a job that runs nothing else', () => {
    const { pack, publish } = workflows.find(([file]) => file === '.github/workflows/release.yml')![1].jobs
    const commands = pack!.steps.flatMap(({ run }) => run ?? [])
    expect(commands.at(-1)).toBe('npm pack')
    expect(commands).toContain('bash .ci/run')
    expect(publish!.needs).toBe('pack')
    expect(publish!.permissions).toEqual({ 'id-token': 'write' })
    expect(publish!.steps.flatMap(({ run }) => run ?? [])).toEqual([
      expect.stringMatching(/^npm publish .* --provenance/),
    ])
    expect(publish!.steps.map(({ uses }) => uses).join()).not.toContain('checkout')
  })

  test('a required check is run by a merge queue, is left out by no filter, and on main is cancelled by nobody', () => {
    const { on, concurrency } = parse(read('templates/rtl-regression.yml'))
    expect(on).toEqual({ push: { branches: ['main'] }, pull_request: null, merge_group: null })
    expect(concurrency['cancel-in-progress']).toMatch(/^\$\{\{ github\.event_name == 'pull_request' \}\}$/)
    // A group of its own for each run: one that waits in a shared group is cancelled by the next.
    expect(concurrency.group).toContain('github.event.pull_request.number || github.run_id')
  })

  test('give the action inputs that it has', () => {
    const calls = everyStep.filter(({ step }) => step.uses?.startsWith('OWNER/assay@'))
    expect(calls.length).toBeGreaterThan(0)
    for (const { step } of calls)
      for (const name of Object.keys(step.with ?? {})) expect(Object.keys(action.inputs)).toContain(name)
  })

  test('call make targets, scripts and files that there are', () => {
    const makefile = read('Makefile')
    const targets = shells.flatMap((text) => [...text.matchAll(/^\s*make ([\w -]+)$/gm)])
    expect(targets.length).toBeGreaterThan(1)
    for (const [, names] of targets)
      for (const name of names!.split(' ')) expect(makefile).toMatch(new RegExp(`^${name}:`, 'm'))
    const scripts = shells.flatMap((text) => text.match(/(?:scripts|\.ci)\/[\w.-]+/g) ?? [])
    expect(scripts).toContain('scripts/need.sh')
    for (const path of scripts) expect(existsSync(join(HOME, path))).toBe(true)
  })

  test("CI begins with the README's two commands", () => {
    const commands = read('README.md').match(/```sh\n(make sim.*\nmake test.*)\n```/)![1]!
    const first = commands.split('\n').map((line) => line.replace(/ *#.*/, ''))
    expect(first).toEqual(['make sim', 'make test'])
    const lines = read('.ci/run')
      .split('\n')
      .filter((line) => !/^(#|set |cd |$)/.test(line))
    expect(lines.slice(0, 2)).toEqual(first)
    expect(lines.filter((line) => /\bmake fresh$/.test(line))).toHaveLength(1)
  })

  test('give commands options that they have', async () => {
    const texts = [...shells, ...read('docs/farm.md').split('\n'), ...read('docs/ci.md').split('\n')]
    const asked = new Map<string, Set<string>>([['sim', new Set()]])
    const note = (command: string, text: string): void => {
      const options = text.match(/(?<=[\s(])--[a-z][a-z-]*/g) ?? []
      asked.set(command, new Set([...(asked.get(command) ?? []), ...options]))
    }
    for (const line of texts.flatMap((text) => text.split('\n'))) {
      // What follows a lone -- belongs to assay sim.
      const [own, shared = ''] = line.split(/ -- /)
      // What stands before it is npx's.
      const [, command, words] = /\bassay (sim|farm|merge|golden|diff|validate|clean) (.*)/.exec(own!) ?? []
      if (command !== undefined) note(command, ` ${words}`)
      if (command === 'farm') note('sim', ` ${shared.replace(/#.*/, '')}`)
    }
    note('sim', read('scripts/action.sh').replaceAll(/^.*(regress|clean|--arg|#).*$/gm, ''))
    expect(asked.get('sim')!.size).toBeGreaterThan(5)
    expect([...asked.keys()].sort()).toEqual(['clean', 'diff', 'farm', 'golden', 'merge', 'sim', 'validate'])
    await Promise.all(
      [...asked].map(async ([command, options]) => {
        const { stdout } = await runAssay([command, '--help'], { env: { COLUMNS: '200' } })
        for (const option of options) expect(stdout, `${command} ${option}`).toContain(option)
      }),
    )
  })
})

test('npm ci runs no install script, wherever it stands', () => {
  // Not by git: it refuses a clone of somebody else.
  const folders = ['.ci', '.github', '.devcontainer', 'docs', 'examples', 'scripts', 'src', 'templates']
  const files = [
    ...readdirSync(HOME),
    ...folders.flatMap((folder) =>
      (readdirSync(join(HOME, folder), { recursive: true }) as string[]).map((name) => join(folder, name)),
    ),
  ].filter((name) => /(^|\/)([^./]+|\.ci\/run)$|\.(md|yml|json|sh|ts)$/.test(name) && name !== 'CHANGELOG.md')
  const lines = files
    .filter((name) => statSync(join(HOME, name)).isFile())
    .flatMap((name) => (read(name).match(/^.*npm ci\b.*$/gm) ?? []).map((line) => `${name}: ${line}`))
  expect(lines.length).toBeGreaterThan(4)
  expect(lines.filter((line) => !line.includes('--ignore-scripts'))).toEqual([])
})

describe('the container file', () => {
  const copied = [...read('Containerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) =>
    names!.split(' '),
  )

  test('copies what there is, and nothing that is left out', () => {
    const ignored = read('.containerignore').split('\n')
    expect(copied).toEqual(expect.arrayContaining(['src', 'rtl', 'sim', 'golden', 'package.json']))
    for (const name of copied) {
      expect(existsSync(join(HOME, name)), name).toBe(true)
      expect(ignored).not.toContain(name)
    }
  })

  test("keeps of onnxruntime's libraries those of this system", () => {
    const folder = makeFolder()
    const bin = 'node_modules/onnxruntime-node/bin'
    const list = (root: string): readonly string[] =>
      (readdirSync(join(root, bin), { recursive: true }) as string[])
        .filter((name) => name.split('/').length === 3)
        .sort()
    // The folders as they are, without the hundreds of megabytes in them.
    for (const name of list(HOME)) mkdirSync(join(folder, bin, name), { recursive: true })
    expect(list(folder).length).toBeGreaterThan(2)
    const command = /&& (find node_modules.*)/.exec(read('Containerfile'))![1]!
    execFileSync('bash', ['-c', command.replaceAll('/linux/', `/${process.platform}/`)], { cwd: folder })
    expect(list(folder)).toEqual([expect.stringMatching(`/${process.platform}/${process.arch}$`)])
  })

  test('has all that the command reads', async () => {
    const folder = makeFolder()
    const last = read('Containerfile')
      .split(/^FROM /m)
      .at(-1)!
    const names = [...last.matchAll(/^COPY (?:--from=build \/opt\/assay\/)?(.+) \S+$/gm)].flatMap(
      ([, list]) => list!.split(' '),
    )
    expect(names).toContain('node_modules')
    expect(names).toContain('golden')
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      symlinkSync(join(HOME, name), join(folder, name))
    }
    const main = join(folder, 'dist', 'cli', 'main.js')
    // Links are kept, so that the program finds nothing beside them.
    const flags = ['--preserve-symlinks', '--preserve-symlinks-main', main]
    const args = [
      'golden',
      '--calibration-images',
      '2',
      '--techniques',
      'none',
      '--quiet',
      '--out',
      join(folder, 'build'),
    ]
    const stdout = execFileSync(process.execPath, [...flags, ...args], { cwd: folder, encoding: 'utf8' })
    expect(stdout).toContain('golden')
  })
})

describe('a step of the action, run here', () => {
  /** The shell of GitHub's runners. */
  const runStep = (script: string, cwd: string, env: Readonly<Record<string, string>>): string =>
    execFileSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })

  const { run, env: stepEnv } = action.runs.steps.find(({ id }) => id === 'run')!
  const quick =
    '--array 8x8x2 --calibration-images 2 --techniques none\n--no-pictures --layers model.0,model.22.cv2.2.2'
  const job = { JOB: 'bit-exact', JOB_INDEX: '0', JOB_TOTAL: '1' }

  /** One use of the action in a job whose temporary folder is in `workspace`. */
  function use(
    workspace: string,
    inputs: Readonly<Record<string, string>>,
    own: Record<string, string> = {},
  ) {
    const [output, summary] = ['output', 'summary'].map((name) => join(workspace, name)) as [string, string]
    for (const file of [output, summary]) writeFileSync(file, '')
    const given = Object.fromEntries(
      Object.entries(stepEnv!).map(([name, value]) => [
        name,
        value
          .replace(
            /\$\{\{ inputs\.(\w+) \}\}/,
            (_, input: string) => inputs[input] ?? action.inputs[input]!.default,
          )
          .replace(/\$\{\{ github\.action_path \}\}/, HOME.replace(/\/$/, '')),
      ]),
    )
    expect(given.ASSAY).toBe(assayMain)
    const github = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, RUNNER_TEMP: workspace }
    const files = { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary }
    const env = { ...process.env, ...given, ...job, ...github, ...files, ...own }
    // From here, where other tests have built the same model.
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run!],
      {
        ...{ cwd: HOME, env, encoding: 'utf8' },
      },
    )
    // As GitHub reads it: the last line of a name counts.
    const lines = readFileSync(output, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line !== '')
    const outputs = Object.fromEntries(lines.map((line) => line.split('=') as [string, string]))
    return { status, stdout, stderr, outputs, summary: readFileSync(summary, 'utf8') }
  }

  test('a shard leaves every report, and says where; an unchanged one saves no cache', async () => {
    const workspace = makeFolder()
    const out = join(workspace, 'build')
    await shareModels(out)
    const inputs = { out, shard: '1/2', arguments: quick }
    const first = use(workspace, inputs)
    expect(first.outputs).toEqual({
      report: `${out}/report-1-of-2`,
      artifact: 'assay-bit-exact',
      changed: 'true',
    })
    const folder = join(out, 'report-1-of-2')
    const kinds = ['sim.json', 'report.json', 'junit.xml', 'report.html', 'assay.sarif']
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(kinds))
    const report = parseReport(readFileSync(join(folder, 'report.json'), 'utf8'), folder)
    expect(report).toMatchObject({ verdict: 'exact', shard: { index: 1, count: 2 } })
    expect(first.summary).toMatch(/^## ✅ assay: shapes\.pt/)
    // The same in another job of the matrix, and then twice in that one.
    rmSync(join(workspace, 'assay-uses'))
    const second = use(workspace, inputs, { JOB_INDEX: '3', JOB_TOTAL: '8' })
    expect(second.outputs).toEqual({
      report: `${out}/report-1-of-2`,
      artifact: 'assay-bit-exact.3',
      changed: 'false',
    })
    expect(use(workspace, { ...inputs, name: 'a b/c' }).outputs).toMatchObject({
      report: `${out}/report-1-of-2-2`,
      artifact: 'assay-a-b-c.use-2',
    })
  })

  test('a red run leaves its waveform and what the simulator read', async () => {
    const workspace = makeFolder()
    const out = join(workspace, 'build')
    await shareModels(out)
    const rtl = join(workspace, 'rtl')
    cpSync(join(HOME, 'rtl'), rtl, { recursive: true })
    const file = join(rtl, 'round_code.sv')
    const text = readFileSync(file, 'utf8')
    const broken = text.replace('narrowed[Near-1:0])) + zero', 'narrowed[Near-1:0])) - zero')
    expect(broken).not.toBe(text)
    writeFileSync(file, broken)
    const args = quick.replace('model.22.cv2.2.2', 'model.2.m.0')
    const { status, outputs, stdout, summary } = use(workspace, { out, rtl, arguments: args })
    expect(stdout).toMatch(/^::error title=/m)
    expect(summary).toMatch(/^## ❌/)
    expect([status, outputs.changed]).toEqual([1, 'true'])
    const data = readdirSync(join(outputs.report!, 'data'))
    expect(data).toHaveLength(1)
    const kept = readdirSync(join(outputs.report!, 'data', data[0]!), { recursive: true }) as string[]
    expect(kept.some((name) => /^waves\/.*\.fst$/.test(name))).toBe(true)
    expect(kept.some((name) => /^roms\/.*\.mem$/.test(name))).toBe(true)
  })

  test('a plan is one report; a configuration is what --config takes', async () => {
    const workspace = makeFolder()
    const out = join(workspace, 'build')
    await shareModels(out)
    const plan = join(workspace, 'plan.yaml')
    writeFileSync(
      plan,
      'options: { array: 8x8x2, calibration-images: 2, techniques: none }\nmatrix: { layers: [model.0, model.1] }\n',
    )
    const night = use(workspace, { out, plan })
    expect([night.status, night.outputs.report]).toEqual([0, join(out, 'report')])
    expect(readdirSync(join(out, 'report'))).toEqual(
      expect.arrayContaining(['junit.xml', 'regress.json', 'report.html', 'runs']),
    )
    rmSync(join(workspace, 'assay-uses'))
    // The cache is all that is left of the night before.
    rmSync(join(out, 'report'), { recursive: true })
    const next = use(workspace, { out, plan, arguments: '--against last' })
    expect([next.status, next.stdout]).toEqual([0, expect.not.stringContaining('before this one')])
    expect(next.outputs.changed).toBe('true')
    const history = join(workspace, 'own')
    use(workspace, { out, plan, arguments: `--history ${history}` })
    expect(readdirSync(history)).toHaveLength(2)
    const config = join(workspace, 'options.json')
    writeFileSync(config, JSON.stringify({ array: '8x8x2', layers: 'model.0', bitz: 3 }))
    const refused = use(workspace, { out, config })
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(/^::error file=options\.json,title=assay sim .*there is no option bitz/m)
  })

  test('no two uses of one run share the name of their artefact', () => {
    const workspace = makeFolder()
    const nameOf = (own: Record<string, string>, count: number): string => {
      writeFileSync(join(workspace, 'assay-uses'), 'use\n'.repeat(count - 1))
      // Refused before anything runs, and named before it is refused.
      return use(workspace, { plan: 'a.yaml', rtl: 'rtl', out: join(workspace, 'build') }, own).outputs
        .artifact!
    }
    const jobs = ['a', 'a-1', 'a-2', 'a-1-2'].flatMap((JOB) => [
      { JOB, JOB_INDEX: '0', JOB_TOTAL: '1' },
      ...['1', '2'].map((JOB_INDEX) => ({ JOB, JOB_INDEX, JOB_TOTAL: '3' })),
    ])
    const names = jobs.flatMap((own) => [1, 2].map((count) => nameOf(own, count)))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^assay-[\w.-]+$/)
  })

  test('inputs that exclude each other are refused before anything runs', () => {
    const pairs: readonly Record<string, string>[] = [{ rtl: 'rtl' }, { shard: '1/2' }, { config: 'a.ts' }]
    for (const inputs of pairs) {
      const workspace = makeFolder()
      const { status, stdout } = use(workspace, { ...inputs, plan: 'a.yaml', out: join(workspace, 'build') })
      expect([status, stdout]).toEqual([2, expect.stringMatching(/^::error title=Assay::The input plan /)])
    }
  })

  test('the farm is planned as the matrix of the documentation reads it, and red where no shard ran', async () => {
    const workspace = makeFolder()
    await shareModels(join(workspace, 'build'))
    cpSync(join(HOME, 'rtl'), join(workspace, 'rtl'), { recursive: true })
    const frozen = join(workspace, 'golden', 'yolov8n')
    const freeze = ['--freeze', frozen, '--calibration-images', '2', '--techniques', 'none', '--quiet']
    expect((await runAssay(['golden', ...freeze, '--out', join(workspace, 'build')])).exitCode).toBe(0)
    mkdirSync(join(workspace, 'bin'))
    const assay = join(workspace, 'bin', 'npx')
    writeFileSync(assay, `#!/bin/sh\nshift\nexec ${process.execPath} ${assayMain} "$@"\n`, { mode: 0o755 })
    writeFileSync(
      join(workspace, 'bin', 'jq'),
      `#!/bin/sh\nexec ${process.execPath} -p "JSON.stringify(JSON.parse(require('fs').readFileSync('$3','utf8')).shards)"\n`,
      { mode: 0o755 },
    )
    const output = join(workspace, 'output')
    const { plan, merge } = workflows.find(([file]) => file === 'docs/farm.md')![1].jobs
    const { run } = plan!.steps.find(({ id }) => id === 'plan')!
    const env = { PATH: `${dirname(assay)}:${process.env.PATH}`, GITHUB_OUTPUT: output }
    runStep(run!, workspace, env)
    expect(readFileSync(output, 'utf8')).toBe('shards=["1/4","2/4","3/4","4/4"]\n')
    // As the artifact is unpacked where the shards' would be.
    cpSync(join(workspace, 'farm', 'manifest.json'), join(workspace, 'shards', 'manifest.json'))
    const last = merge!.steps.find(({ run: script }) => script?.includes('assay merge') === true)!
    expect(() => runStep(last.run!, workspace, env)).toThrow(/the report of shard 4 is missing/)
    const { counts } = parseReport(readFileSync(join(workspace, 'merged', 'report.json'), 'utf8'), workspace)
    expect(counts).toMatchObject({ exact: 0, notRun: 75 })
  })
})
