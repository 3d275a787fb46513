/** Tools and data that are used without being asked for. */
import { argumentsOf, type Node, type Rule, rootName, walk } from './syntax.ts'

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
    zsh: 'zsh',
    chromium: 'chromium',
    squeue: 'Slurm, as root',
    mount: 'the right to mount a tmpfs',
    taskset: 'taskset',
    limitMemory: 'the right to limit memory',
  }),
)
/** These name Icarus as a word, and run nothing of it. */
const NAME_IT_ONLY: readonly string[] = [
  'cli/options/options.test.ts',
  'store/evidence.test.ts',
  'pipeline/proof/keys.test.ts',
  'pipeline/proof/proved-run.test.ts',
  'pipeline/sim/shards.test.ts',
  'result/merge.test.ts',
  'result/plan-identity.test.ts',
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

export const findUnasked: Rule = ({ file, nodes, at }) => {
  const needed = new Map<string, string>()
  for (const node of nodes) {
    // A tool is what is called by its name: execa('yosys', …), run('vvp', …).
    const isCall = node.type === 'CallExpression' && (node.callee as Node).type === 'Identifier'
    const word = isCall ? argumentsOf(node)[0] : node
    const value = word?.type === 'Literal' ? (word.value as string) : ''
    const isName = value === 'icarus' && !NAME_IT_ONLY.includes(file)
    const tool = isCall || isName ? COMMANDS.get(value) : undefined
    if (tool !== undefined) needed.set(tool, at(node))
    const name = node.type === 'Identifier' ? NAMES.get(node.name as string) : undefined
    if (name !== undefined) needed.set(name, at(node))
  }
  const asked = nodes.flatMap((node) =>
    node.type === 'CallExpression' && ['needs', 'testWith'].includes(rootName(node.callee as Node) ?? '')
      ? [...walk(argumentsOf(node)[0]!)].flatMap(({ type, value }) =>
          type === 'Literal' ? [String(value)] : [],
        )
      : [],
  )
  return [...needed].flatMap(([name, where]) =>
    asked.some((one) => one.startsWith(name))
      ? []
      : [`${where}: uses ${name}, and no needs() of this file asks for it`],
  )
}
