/** The slowest path of each mapped module, by Yosys' `sta`: the cells' own delays, nothing for wires. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mapped } from './synth-map.ts'
import { correctModels } from './synth-models.ts'
import { plainName } from './synth-netlist.ts'
import { type Log, quote, readXilinxModels, runYosys, stage } from './synth-yosys.ts'

export interface Path {
  /** Name of the module, without its parameters. */
  readonly module: string
  readonly picoseconds: number
  /** A register, with its primitive and port, or a port of the module. */
  readonly from: string
  readonly to: string
}

const MODELS = 'corrected-cells.v'
const MARK = 'module: '

/** What would leave a path out unseen. */
const BLIND = /has no timing arcs|not recognised|is not a black- nor white-box/

/** Lines of a path, the end first: `    6083 width_q[0]\FDRE (FDRE.R)`, `       0   \clk_i (<primary input>)`; those of wires have no number. */
const STEP = /^ *(\d+) +(.*) \((.*)\)$/

const SEVERAL_OUTPUTS = /^(CARRY4|DSP48E1|RAM)/

interface Step {
  readonly name: string
  readonly port: string
}

const say = ({ name, port }: Step): string =>
  port.startsWith('<') ? name.replace(/^\\/, '') : `${name.replace(/\\\w+$/, '')} (${port})`

/** Where a path ends: at a cell; at a port, whose wire is named on the line below; or at an output of a cell that nobody reads. */
function sayEnd(lines: readonly string[], last: Step): string {
  if (lines[0]?.includes('(<primary output>)')) return lines[1]!.trim().replace(/^\\/, '')
  return lines[0]?.includes('(<unknown>)') ? `${say(last)}, which nobody reads` : say(last)
}

/** @param report what `sta` said of one module */
function readPath(type: string, report: string): Path | null {
  const module = plainName(type)
  const found = /^Latest arrival time in '.*' is (\d+):\n([\s\S]*?)\n\n/m.exec(report)
  // No cell at all: sta says nothing.
  if (found === null) return null
  const [, picoseconds, text] = found
  const steps: Step[] = []
  const lines = text!.split('\n').filter((line) => !line.startsWith('Warning'))
  for (const line of lines) {
    const [, , name, port] = STEP.exec(line) ?? []
    if (name !== undefined && port !== undefined) steps.push({ name, port })
  }
  // Of a cell with several outputs one may be read by nobody, and come last.
  if (text!.includes('(<unknown>)') && !SEVERAL_OUTPUTS.test(steps[0]?.port ?? ''))
    throw new Error(
      `${module}: the slowest path ends nowhere, at ${steps[0] === undefined ? 'no cell' : say(steps[0])}`,
    )
  const [last, before] = [steps.at(-1), steps.at(-2)]
  // A path from a register begins with its clock; one from a port with the port.
  const launched = before !== undefined && /\.(C|CLK|WCLK|CLK[A-Z]+CLK)->/.test(before.port)
  const from = launched ? before : last
  return { module, picoseconds: Number(picoseconds), from: say(from!), to: sayEnd(lines, steps[0]!) }
}

/** The slower of two paths of a module that the design has with several parameters. */
const keepSlowest = (paths: readonly Path[]): readonly Path[] => {
  const slowest = new Map<string, Path>()
  for (const path of paths)
    if (path.picoseconds > (slowest.get(path.module)?.picoseconds ?? -1)) slowest.set(path.module, path)
  return [...slowest.values()]
}

/**
 * Every module with the modules inside it, from its inputs and its registers to its registers and its outputs. The netlist is read anew: beside
 * `synth_xilinx` the models lose the arcs of flip-flops.
 *
 * @returns the slowest path of each module; none for one without a cell.
 * @throws Error if the models have no arcs for a cell: its paths would not be seen.
 */
export async function findPaths(
  { design: { top }, netlist, types }: Mapped,
  scratch: string,
  log: Log = () => {},
): Promise<readonly Path[]> {
  writeFileSync(join(scratch, MODELS), correctModels(readXilinxModels()))
  const script = [
    stage('slowest paths'),
    `read_rtlil ${quote(netlist)}`,
    'delete =A:blackbox =A:whitebox',
    `read_verilog -lib -specify ${MODELS}`,
    'design -save mapped',
    ...types.flatMap((type) => [
      'design -load mapped',
      `hierarchy -top ${type}`,
      'flatten; opt_clean -purge',
      // Registers have the names of what they drive.
      'rename -wire t:FD*',
      `log ${MARK}${type}`,
      'sta',
    ]),
  ]
  const said = await runYosys({ top, script, scratch, log, what: 'Yosys finds no paths', loud: true })
  const blind = said.split('\n').filter((line) => BLIND.test(line))
  if (blind.length > 0)
    throw new Error(`${top}: paths through these cells are not seen:\n${[...new Set(blind)].join('\n')}`)
  const reports = said.split(`\n${MARK}`).slice(1)
  if (reports.length !== types.length)
    throw new Error(`${top}: Yosys reports ${reports.length} modules, not ${types.length}`)
  const paths = types.map((type, index) => readPath(type, reports[index]!))
  return keepSlowest(paths.filter((path) => path !== null))
}
