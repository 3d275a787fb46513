/** What test files must keep to, so that no test passes without testing: read from their syntax. */
import { parseAst } from 'vitest/node'

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? value : [],
  )

function* walk(node: Node, isDoor: (node: Node) => boolean = () => false): Generator<Node> {
  yield node
  for (const child of childrenOf(node)) if (!isDoor(child)) yield* walk(child, isDoor)
}

const isFunction = ({ type }: Node): boolean =>
  type === 'ArrowFunctionExpression' || type === 'FunctionExpression' || type === 'FunctionDeclaration'

/** `test` of `test(…)`, `test.each(…)(…)`, `test.concurrent(…)`. */
function rootName(callee: Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name as string
  if (callee.type === 'MemberExpression') return rootName(callee.object as Node)
  if (callee.type === 'CallExpression') return rootName(callee.callee as Node)
  return undefined
}

const TESTS: readonly (string | undefined)[] = ['test', 'it', 'testWith']
const SUITES: readonly (string | undefined)[] = [...TESTS, 'describe', 'needs']
const HIDDEN = ['skip', 'skipIf', 'runIf', 'todo', 'only']

/** What is asked of the machine, and the witness that must be named where it is. */
const COMMANDS = new Map(
  Object.entries({
    iverilog: 'iverilog',
    vvp: 'iverilog',
    icarus: 'iverilog',
    yosys: 'yosys',
    srec_cat: 'srec_cat',
    fst2vcd: 'fst2vcd',
    python3: 'python3',
    chromium: 'chromium',
    squeue: 'Slurm, as root',
    mount: 'the right to mount a tmpfs',
  }),
)
/** These name Icarus as a word, and run nothing of it. */
const NAME_IT_ONLY: readonly string[] = [
  'cli/options.test.ts',
  'pipeline/layer-keys.test.ts',
  'pipeline/proved-run.test.ts',
  'pipeline/shards.test.ts',
  'report/merge.test.ts',
  'simulate/environment.test.ts',
]
const NAMES = new Map(
  Object.entries({
    EACH_PYTHON: 'python3 with numpy',
    runPython: 'python3 with numpy',
    askPage: 'chromium',
    sharedPath: '../shared/',
    YOLOV8N: '../shared/',
    prepareYolov8n: '../shared/',
    COCO_IMAGE: '../shared/',
    COCO_CALIBRATION: '../shared/',
  }),
)

/** Sentences on what a test file does that it must not. */
export function findBreaches(file: string, text: string): readonly string[] {
  const program = parseAst(text, { lang: 'ts' }, file)
  const at = ({ start }: Node): string => `${file}:${text.slice(0, start).split('\n').length}`
  const breaches: string[] = []
  const nodes = [...walk(program as unknown as Node)]
  for (const node of nodes) {
    if (node.type === 'MemberExpression' && SUITES.includes(rootName(node.object as Node))) {
      const { name } = node.property as Node
      if (HIDDEN.includes(name as string))
        breaches.push(`${at(node)}: .${name}; ask for a witness with needs()`)
    }
    if (node.type !== 'CallExpression' || !TESTS.includes(rootName(node.callee as Node))) continue
    for (const body of (node.arguments as Node[]).filter(isFunction))
      for (const inside of walk(body.body as Node, isFunction))
        if (inside.type === 'ReturnStatement')
          breaches.push(`${at(inside)}: a test that returns early passes; ask for a witness with needs()`)
  }
  const needed = new Map<string, string>()
  for (const node of nodes) {
    // A tool is what is called by its name: execa('yosys', …), run('vvp', …).
    const isCall = node.type === 'CallExpression' && (node.callee as Node).type === 'Identifier'
    const word = isCall ? (node.arguments as Node[])[0] : node
    const value = word?.type === 'Literal' ? (word.value as string) : ''
    const isName = value === 'icarus' && !NAME_IT_ONLY.includes(file)
    const tool = isCall || isName ? COMMANDS.get(value) : undefined
    if (tool !== undefined) needed.set(tool, at(node))
    const name = node.type === 'Identifier' ? NAMES.get(node.name as string) : undefined
    if (name !== undefined) needed.set(name, at(node))
  }
  const asked = nodes.flatMap((node) =>
    node.type === 'CallExpression' && ['needs', 'testWith'].includes(rootName(node.callee as Node) ?? '')
      ? [...walk((node.arguments as Node[])[0]!)].flatMap(({ type, value }) =>
          type === 'Literal' ? [String(value)] : [],
        )
      : [],
  )
  for (const [name, where] of needed)
    if (!asked.some((one) => one.startsWith(name)))
      breaches.push(`${where}: uses ${name}, and no needs() of this file asks for it`)
  return breaches
}
