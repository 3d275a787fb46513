/** What `make mutate-ts` breaks, and the tests that have to notice. */
import { readdirSync } from 'node:fs'

export interface Group {
  readonly name: string
  /** Source files that are broken. */
  readonly sources: readonly string[]
  /** Test files that are run on them. */
  readonly tests: readonly string[]
}

const REPORT = [
  'accuracy',
  'conclusion',
  'github',
  'junit',
  'merge',
  'plan-identity',
  'ranges',
  'result',
  'seeds',
]

/** Source files without their ending, and folders of tests; a `*` stands for every file of a folder. */
const GROUPS: Readonly<Record<string, readonly [sources: readonly string[], tests: readonly string[]]>> = {
  golden: [['golden/*'], ['golden']],
  diff: [['diff/*'], ['diff']],
  rom: [['rom/*'], ['rom']],
  formats: [['rom/formats/*'], ['rom/formats']],
  report: [REPORT.map((name) => `report/${name}`), ['report']],
  validate: [['validate/*'], ['validate']],
  quantise: [['quantise/*'], ['quantise']],
  graph: [['graph/*'], ['graph']],
  stimulus: [['stimulus/*'], ['stimulus']],
  checkpoint: [['checkpoint/*'], ['checkpoint']],
}

/** Tests of looks, in a browser: they take long, and no verdict of theirs rests on the sources of a group. */
const LOOKS = /page\.test\.ts$/

/** Of the kernel's two forms, one is AssemblyScript and the other data: its witness is the specification. */
const LEFT_OUT = /\.as\.ts$|kernel\.wasm\.ts$|types\.ts$/

export const GROUP_NAMES: readonly string[] = Object.keys(GROUPS)

export function findGroup(name: string): Group {
  const [sources, tests] = GROUPS[name]!
  return {
    name,
    sources: sources.flatMap((pattern) => expand(`src/${pattern}`)).filter((file) => !LEFT_OUT.test(file)),
    tests: tests
      .flatMap((folder) => expand(`test/${folder}/*`))
      .filter((file) => /(?<!\.slow)\.test\.ts$/.test(file) && !LOOKS.test(file)),
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
