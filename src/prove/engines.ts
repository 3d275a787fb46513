/** Asks Yosys and ABC whether a property holds. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../bench/synth-yosys.ts'
import { ToolError } from '../input/tool-error.ts'
import { runTool } from '../process/run-tool.ts'
import type { Proof } from './proof.ts'
import type { Proved } from './summary.ts'

export type Answer = Proved['verdict']

/** Where a tool runs, and for how long. */
interface Place {
  /** An empty folder. */
  readonly scratch: string
  readonly seconds: number
}

interface Question extends Place {
  readonly proof: Proof
  /** The module with its property. */
  readonly copy: string
  /** What it needs. */
  readonly others: readonly string[]
}

/** Whether the property holds, by the proof's own engine. */
export async function prove(question: Question): Promise<Answer> {
  const { proof } = question
  if (proof.engine === 'induction') return induct(question)
  const command = proof.engine === 'bounded' ? `bmc3 -F ${proof.depth}` : 'pdr'
  return ask(question, command, [])
}

/** Whether a run of so many cycles violates the property. Of `reached`: whether one comes to what the property is about. */
export const search = (question: Question, what: 'holds' | 'reached', after = 0): Promise<Answer> =>
  ask(
    narrowed(question),
    `bmc3 -S ${after} -F ${question.proof.reach}`,
    what === 'reached' ? ['PROVE_REACHED'] : [],
  )

const narrowed = (question: Question): Question => ({
  ...question,
  proof: { ...question.proof, parameters: { ...question.proof.parameters, ...question.proof.narrow } },
})

/** From a module to single registers without enables. What is undefined is free. */
function prepare({ proof, copy, others }: Question, defines: readonly string[]): string[] {
  const form = proof.form === undefined ? ['SYNTHESIS'] : []
  const words = [...form, ...defines].map((word) => `-D${word}`)
  const parameters = Object.entries(proof.parameters).map(([name, value]) => `-set ${name} ${value}`)
  return [
    `read_verilog -sv -formal ${words.join(' ')} ${[...others, copy].map(quote).join(' ')}`,
    ...(parameters.length > 0 ? [`chparam ${parameters.join(' ')} ${proof.module}`] : []),
    `hierarchy -check -top ${proof.module}`,
    // Outputs are nothing to prove.
    'proc; flatten; delete -port o:*',
    ...(proof.free ?? []).map((name) => `cutpoint w:${name}`),
    'setundef -undriven -anyseq; opt_clean; memory_map -formal; opt',
    'async2sync; opt; dffunmap; opt_clean',
  ]
}

export const runYosys = ({ scratch, seconds }: Place, script: readonly string[]): Promise<string> =>
  runTool('yosys', ['-p', script.join('\n')], { cwd: scratch, timeoutMs: seconds * 1000 })

async function induct(question: Question): Promise<Answer> {
  const sat = `sat -tempinduct -prove-asserts -maxsteps ${question.proof.depth}`
  const said = await orNothing(runYosys(question, [...prepare(question, []), sat]))
  if (said.includes('Induction step proven: SUCCESS!')) return 'holds'
  return said.includes('model found for base case: FAIL!') ? 'refuted' : 'undecided'
}

/** Registers without a first value get one by an input each (`-zinit`). */
const TO_AIGER =
  'simplemap; dfflegalize -cell $_DFF_P_ 01; techmap; opt; dffunmap; setundef -undriven -anyseq; aigmap; opt_clean; write_aiger -zinit design.aig'

async function ask(question: Question, command: string, defines: readonly string[]): Promise<Answer> {
  await runYosys(question, [...prepare(question, defines), TO_AIGER])
  return askAbc(question, [command])
}

/** Of a design in the folder, whose outputs are never to be 1. */
export async function askAbc(
  place: Place,
  commands: readonly string[],
  design = 'design.aig',
): Promise<Answer> {
  const said = await runAbc(place, [`read_aiger ${design}`, 'strash', ...commands])
  if (/was asserted in frame/.test(said)) return 'refuted'
  return /Property proved|No output asserted in \d+ frames/.test(said) ? 'holds' : 'undecided'
}

/**
 * Whether the outputs of `design.aig` stay 0, by induction over at most `frames` cycles. `ind` asks for the step alone: whether
 * they are 0 in a cycle if they were in those before. That they are in the first cycles, more than that, `bmc3` says.
 */
export async function inductAbc(place: Place, commands: readonly string[], frames: number): Promise<boolean> {
  const ready = ['read_aiger design.aig', 'strash', ...commands, 'orpos']
  const limit = Math.floor(place.seconds / 2)
  const step = await runAbc(place, [...ready, `ind -F ${frames} -T ${limit}`])
  if (!isStep(step)) return false
  const first = frames + 3
  return isBegin(await runAbc(place, [...ready, `bmc3 -F ${first} -T ${limit}`]), first)
}

/** @param said by `ind` */
export const isStep = (said: string): boolean => /^Networks are equivalent\./m.test(said)

/** @param said by `bmc3` of the `first` cycles: where it is out of time it says how far it has come */
export const isBegin = (said: string, first: number): boolean =>
  !/was asserted in frame/.test(said) &&
  Number(/No output asserted in (\d+) frames/.exec(said)?.[1] ?? 0) >= first

async function runAbc({ scratch, seconds }: Place, commands: readonly string[]): Promise<string> {
  const script = join(scratch, 'abc.script')
  await writeFile(script, `${commands.join('\n')}\n`)
  const options = { cwd: scratch, timeoutMs: seconds * 1000 }
  return orNothing(runTool('yosys-abc', ['-f', script], options))
}

/** Nothing is said where the time is over. @throws ToolError any other failure */
const orNothing = (running: Promise<string>): Promise<string> =>
  running.catch((error: unknown) => {
    if (error instanceof ToolError && error.message.includes('took longer than')) return ''
    throw error
  })
