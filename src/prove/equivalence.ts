/** Mutants that are called equivalent, proved so: both texts of a module side by side, under the same inputs. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../bench/synth-yosys.ts'
import { ToolError } from '../input/tool-error.ts'
import { type Explanation, explain } from '../mutation/explanations.ts'
import { chooseMutant, type Mutant, mutateSource } from '../mutation/mutate-source.ts'
import { OUR_RTL } from '../pipeline/files/rtl-sources.ts'
import { inTemporaryFolder } from '../store/files.ts'
import { type Answer, askAbc, inductAbc, runYosys } from './engines.ts'
import { insertText } from './source.ts'

/** How the two texts of a module are compared. */
export interface Comparison {
  readonly module: string
  /** Of rtl/, beside the module and assay_pkg. */
  readonly sources?: readonly string[]
  readonly parameters: Readonly<Record<string, number>>
  /** When an output counts: an expression of the module's signals, mostly the output that says so. */
  readonly beside?: Readonly<Record<string, string>>
  /** Modules inside that are black boxes: what comes out of one is free, and what goes into it is compared. */
  readonly cut?: readonly string[]
  /** What goes into a black box, by `instance.port`: an expression of what counts of it. */
  readonly takes?: Readonly<Record<string, string>>
  /** What all these expressions need besides. */
  readonly declares?: string
  /** What the property of this name in test/prove/ assumes of inputs is assumed. */
  readonly assumes?: string
  /** What else is assumed: expressions of the module's signals. */
  readonly given?: readonly string[]
  /** Expressions that hold in both copies, proved along: without them the comparison is no induction. */
  readonly lemmas?: readonly string[]
  /** Of the two forms that `ifdef SYNTHESIS` tells apart; hardware's where not given. */
  readonly form?: 'simulation'
}

export interface Compared {
  readonly mutant: Mutant
  readonly verdict: Answer
  readonly seconds: number
}

/** A solver that has not answered by then is not waited for. */
const SECONDS = 60

/** More cycles than any value takes through what is compared. */
const FRAMES = 16

/** A mutant that Yosys cannot build (a latch, an edge that nothing uses), or not in time. */
const NO_DESIGN = /Latch inferred|Multiple edge sensitive|took longer than/

/**
 * An output that does not always count goes out through a port of its own, 0 otherwise, and no longer as itself.
 * @param name of the copy
 */
function copyOf(text: string, comparison: Comparison, id: number, name: string): string {
  const { module, beside = {}, takes = {}, declares = '' } = comparison
  let copy = chooseMutant(text, id).replace(new RegExp(`\\bmodule ${module}\\b`), `module ${name}`)
  copy = insertText(copy, declares)
  for (const [input, counts] of Object.entries(takes)) copy = connect(copy, input, counts)
  for (const [output, valid] of Object.entries(beside)) {
    copy = copy.replace(
      new RegExp(`output logic\\s+(\\[[^\\n]*\\]\\s+)?${output}\\b`),
      (port) => `${port}, ${port.replace(output, `seen_${output}`)}`,
    )
    copy = insertText(copy, `  assign seen_${output} = ${valid} ? ${output} : '0;\n`)
  }
  return copy
}

/** @param input `instance.port` of a black box, which gets `value` instead of what it is connected to */
function connect(text: string, input: string, value: string): string {
  const [instance, port] = input.split('.') as [string, string]
  const begin = text.indexOf(`) ${instance} (`)
  const end = text.indexOf('\n  );', begin)
  if (begin < 0 || end < 0) throw new Error(`expected an instance ${instance}`)
  const connection = new RegExp(`\\.${port}(\\(.*\\))?(?=,?(\\n|$))`)
  const ports = text.slice(begin, end)
  if (!connection.test(ports)) throw new Error(`expected a port ${input}`)
  return `${text.slice(0, begin)}${ports.replace(connection, () => `.${port}(${value})`)}${text.slice(end)}`
}

/** Both begin with the same registers: 0 where a register has no value by itself. */
function compareScript({
  parameters,
  sources = [],
  beside = {},
  cut = [],
  lemmas = [],
  form,
}: Comparison): string[] {
  const words = form === undefined ? ['-DSYNTHESIS'] : []
  const others = ['assay_pkg', ...sources, ...cut].map((name) => quote(join(OUR_RTL, `${name}.sv`)))
  const widths = Object.entries(parameters).map(([name, value]) => `-set ${name} ${value}`)
  const read = (name: string): string[] => [
    `read_verilog -sv -formal ${[...words, ...others, `${name}.sv`].join(' ')}`,
    ...(widths.length > 0 ? [`chparam ${widths.join(' ')} ${name}`] : []),
    `hierarchy -check -top ${name}`,
    ...cut.map((box) => `blackbox *${box}*`),
    `proc; flatten; ${cut.map((box) => `expose -evert t:*${box}*; `).join('')}memory_map -formal; setundef -undriven -zero; opt_clean; rename -top ${name}`,
    ...Object.keys(beside).map((output) => `delete -port w:${output}`),
    `design -stash ${name}`,
  ]
  return [
    ...read('gold'),
    ...read('gate'),
    'design -copy-from gold gold; design -copy-from gate gate',
    ...(lemmas.length > 0 ? [] : ['delete */t:$assert']),
    'miter -equiv -make_assert -flatten gold gate miter',
    'hierarchy -top miter; opt; async2sync; opt; dffunmap; opt_clean; opt -full',
    'setundef -undriven -zero; simplemap; dfflegalize -cell $_DFF_P_ 01; zinit -all; techmap; opt; dffunmap',
    'aigmap; opt_clean; write_aiger -zinit design.aig',
    // A search asks for the outputs alone: a lemma that is wrong of a mutant is no difference.
    'delete t:$assert n:*gold* n:*gate* %u %i; write_aiger -zinit bare.aig',
  ]
}

async function readMutants(module: string) {
  const source = await readFile(join(OUR_RTL, `${module}.sv`), 'utf8')
  return { source, ...mutateSource(source, `rtl/${module}.sv`) }
}

/** The ids of a module's mutants: those that are explained, and those that tests kill. */
export async function mutantsOf(module: string, explanations: readonly Explanation[]) {
  const { source, mutants } = await readMutants(module)
  const lines = source.split('\n')
  const ids = (explained: boolean) =>
    mutants
      .filter((mutant) => (explain(mutant, lines, explanations) !== null) === explained)
      .map(({ id }) => id)
  return { explained: ids(true), others: ids(false) }
}

/**
 * Compares a module with its mutants. Registers that have no value by themselves begin with 0, what `assumes` and `given` say is
 * assumed, and outputs count as `beside` says, inputs of black boxes as `takes` does: `holds` says no more than that.
 * @param ids of `mutateSource`
 */
export async function compareMutants(
  comparison: Comparison,
  ids: readonly number[],
  onResult: (compared: Compared) => void = () => {},
): Promise<readonly Compared[]> {
  const { module, assumes, given = [], lemmas = [] } = comparison
  const { text, mutants } = await readMutants(module)
  const property =
    assumes === undefined
      ? ''
      : `${await readFile(join('test', 'prove', `${assumes}.sv`), 'utf8')}  always_comb assume (prove_assumed);\n`
  const each = (verb: string, words: readonly string[]) =>
    words.map((one) => `  always_comb ${verb} (${one});\n`)
  const proved = each('assert', lemmas).join('')
  const assumed = [property, ...each('assume', given), proved].join('')
  const all: Compared[] = []
  for (const mutant of mutants.filter(({ id }) => ids.includes(id)))
    await inTemporaryFolder('assay-equal-', async (scratch) => {
      await writeFile(join(scratch, 'gold.sv'), insertText(copyOf(text, comparison, 0, 'gold'), assumed))
      await writeFile(
        join(scratch, 'gate.sv'),
        insertText(copyOf(text, comparison, mutant.id, 'gate'), proved),
      )
      const begin = performance.now()
      const place = { scratch, seconds: SECONDS }
      const verdict = await runYosys(place, compareScript(comparison)).then(
        async () => {
          // A difference that is not rare shows at random inputs: nothing else is taken from these.
          const random = await askAbc(place, ['fold', 'sim3 -F 64 -T 1'], 'bare.aig')
          if (random === 'refuted') return random
          // What is equal in both is merged first, by induction over all registers.
          if (await inductAbc(place, ['fold', 'scorr'], FRAMES)) return 'holds'
          return askAbc(place, ['fold', 'scorr', `pdr -T ${SECONDS / 2}`], 'bare.aig')
        },
        (error: unknown): Answer => {
          if (error instanceof ToolError && NO_DESIGN.test(`${error.message}${error.output}`))
            return 'undecided'
          throw error
        },
      )
      const compared = { mutant, verdict, seconds: (performance.now() - begin) / 1000 }
      all.push(compared)
      onResult(compared)
    })
  return all
}
