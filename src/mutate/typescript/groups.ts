/** What `make mutate-ts` breaks, and the tests that must notice. */
import { readdirSync } from 'node:fs'

export interface Group {
  readonly name: string
  /** Source files that are broken. */
  readonly sources: readonly string[]
  /** Test files that are run on them. */
  readonly tests: readonly string[]
}

const REPORT = ['conclusion', 'stimulus', 'github', 'junit', 'ranges', 'selftest', 'terminal']
const RESULT = [
  'accuracy',
  'conclusion',
  'merge',
  'plan-identity',
  'record',
  'report-file',
  'result',
  'seeds',
]
/** What a proof rests on, and what is done in parts. Most of the pipeline runs in other processes: see pipeline-mutants.json. */
const PIPELINE = [
  'store/evidence',
  'pipeline/golden/frozen-index',
  'pipeline/golden/frozen-set',
  'pipeline/proof/keys',
  'pipeline/proof/ledger',
  'pipeline/proof/outcomes',
  'pipeline/proof/proved-run',
  'pipeline/proof/red-chains',
  'pipeline/sim/shards',
  'pipeline/farm/*',
]
const PIPELINE_TESTS = [
  'pipeline/bench.test',
  'store/evidence.test',
  'pipeline/golden/frozen-compare.test',
  'pipeline/golden/frozen-set.test',
  'pipeline/model/kept-layers.test',
  'pipeline/proof',
  'pipeline/sim/shards.test',
  'pipeline/farm',
]

/** Source files and tests, without their ending: `golden/*` is every file of a folder, and `golden` every test of one. */
const GROUPS: Readonly<Record<string, readonly [sources: readonly string[], tests: readonly string[]]>> = {
  golden: [
    ['golden/*'],
    // The schema of the integer graph is tested where files of it are read, shares of a layer where threads take them.
    [
      'golden',
      'quantise/engine-crew.test',
      'quantise/integer-check.test',
      'quantise/integer-file.test',
      'quantise/integer-shapes.test',
      'pipeline/golden/frozen-set.test',
    ],
  ],
  diff: [['diff/*'], ['diff', 'diff/hypotheses', 'schemas']],
  rom: [['rom/*'], ['rom']],
  formats: [['rom/formats/*'], ['rom/formats']],
  report: [
    [...REPORT.map((name) => `report/${name}`), ...RESULT.map((name) => `result/${name}`)],
    ['report', 'result', 'schemas'],
  ],
  pipeline: [PIPELINE, PIPELINE_TESTS],
  validate: [['validate/*'], ['validate']],
  quantise: [['quantise/*'], ['quantise', 'schemas']],
  graph: [['graph/*'], ['graph']],
  stimulus: [['stimulus/*'], ['stimulus', 'schemas']],
  checkpoint: [
    ['input/*', 'checkpoint/*'],
    ['input', 'checkpoint'],
  ],
}

/** Tests that start other tools, a browser, or read a million lines: nothing rests on them alone. */
const SLOW = /(page|tools|quartus|large|kernel)\.test\.ts$/

/**
 * The kernel's two forms are AssemblyScript and data: the specification is their witness. Programs of threads read their modules
 * anew, and never see a mutant.
 */
const LEFT_OUT = /\.as\.ts$|kernel\.wasm\.ts$|-types\.ts$|\/(sampled-thread|crew-helper|foreign-watch)\.ts$/

export const GROUP_NAMES: readonly string[] = Object.keys(GROUPS)

export function findGroup(name: string): Group {
  const [sources, tests] = GROUPS[name]!
  return {
    name,
    sources: sources.flatMap((pattern) => expand(`src/${pattern}`)).filter((file) => !LEFT_OUT.test(file)),
    tests: tests
      .flatMap((name) => expand(`test/${name.endsWith('.test') ? name : `${name}/*`}`))
      .filter((file) => /(?<!\.slow)\.test\.ts$/.test(file) && !SLOW.test(file)),
  }
}

function expand(pattern: string): readonly string[] {
  if (!pattern.endsWith('/*')) return [`${pattern}.ts`]
  const folder = pattern.slice(0, -2)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => `${folder}/${entry.name}`)
    .sort()
}
