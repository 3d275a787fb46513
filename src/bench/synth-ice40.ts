/** Places and routes single modules for a Lattice iCE40 HX8K, by `nextpnr-ice40`: how fast they are with their wires. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import * as v from 'valibot'
import { type Checked, checkJson, closedObject, listOf, openObject, real, recordOf } from '../input/schema.ts'
import type { Design } from './synth-design.ts'
import { elaborate } from './synth-map.ts'
import { quote, runYosys } from './synth-yosys.ts'

const TOOL = 'nextpnr-ice40'
/** The same each time; the median of an odd number is one of them. */
export const SEEDS: readonly number[] = [1, 2, 3]
/** nextpnr goes on until it is this fast: more than any module reaches. */
const GOAL_MHZ = 200
/** Seconds of the processor, which a busy machine does not shorten. A placement takes half a minute; with some seeds nextpnr 0.4 never ends: those are left out. */
const MOST_SECONDS = 240

const port = openObject({ direction: v.string(), bits: listOf(v.unknown()) })
const PORTS = openObject({ modules: recordOf(openObject({ ports: recordOf(port) })) })
type Ports = Checked<typeof PORTS>['modules'][string]['ports']

const place = openObject({ cell: v.string() })
const REPORT = openObject({
  fmax: recordOf(closedObject({ achieved: real(0), constraint: real(0) })),
  critical_paths: listOf(
    openObject({
      from: v.string(),
      to: v.string(),
      path: listOf(openObject({ from: place, to: place }), 1),
    }),
  ),
})

/** How fast a module is, and between which of its cells the slowest path is. */
export interface Speed {
  readonly mhz: number
  readonly from: string
  readonly to: string
}

/** `u.sum_q_SB_LUT4_I1_85_LC`: the rest behind the name is how it was mapped. */
const plainCell = (cell: string): string => cell.replace(/^u\./, '').replace(/_SB_.*$/, '')

/** What nextpnr reports of the path from an edge of the clock to one. */
export function readReport(json: string): Speed {
  const { fmax, critical_paths } = checkJson(REPORT, json, `${TOOL}'s report`)
  const clocked = critical_paths.find(
    ({ from, to }) => from.startsWith('posedge') && to.startsWith('posedge'),
  )
  const [first, last] = [clocked?.path[0], clocked?.path.at(-1)]
  if (first === undefined || last === undefined) throw new Error(`${TOOL} reports no path between registers`)
  const mhz = Math.min(...Object.values(fmax).map(({ achieved }) => achieved))
  return { mhz, from: plainCell(first.from.cell), to: plainCell(last.to.cell) }
}

/** Its first line, "nextpnr-ice40 -- Next Generation Place and Route (Version 0.4-1)"; null where it is not installed. */
export async function findNextpnr(): Promise<string | null> {
  const { exitCode, all, stderr } = await execa(TOOL, ['--version'], { all: true, reject: false })
  if (exitCode !== 0) return null
  const version = /Version ([^)\s]+)/.exec(all ?? stderr)?.[1] ?? 'of an unknown version'
  return `${TOOL} ${version}`
}

/** Pins of their own: what is timed are the paths between registers. */
const PINS: readonly string[] = ['clk_i', 'rst_ni']

/**
 * A module that holds another as `u`: every bit of an input is a register of a shift register that one pin fills, and every bit of an output goes
 * through one gate into a register of a second one, which ends in a pin. So no path begins or ends at a pin, and nothing can be left out.
 */
export function wrap(module: string, ports: Ports): string {
  const of = (direction: string) =>
    Object.entries(ports).filter(([name, port]) => port.direction === direction && !PINS.includes(name))
  const count = (some: readonly (readonly [string, Ports[string]])[]) =>
    some.reduce((sum, [, { bits }]) => sum + bits.length, 0)
  const [inputs, outputs] = [of('input'), of('output')]
  const pins = PINS.filter((name) => name in ports)
  const [ins, outs] = [Math.max(1, count(inputs)), Math.max(1, count(outputs))]
  const connect = (some: typeof inputs, wires: string) => {
    let at = 0
    return some.map(([name, { bits }]) => {
      at += bits.length
      return `.${name}(${wires}[${at - 1}:${at - bits.length}])`
    })
  }
  const connections = [
    ...pins.map((name) => `.${name}(${name})`),
    ...connect(inputs, 'in_q'),
    ...connect(outputs, 'out'),
  ]
  return `module harness (input wire clk_i, input wire rst_ni, input wire in_i, output wire out_o);
  reg [${ins - 1}:0] in_q;
  reg [${outs - 1}:0] out_q;
  wire [${outs - 1}:0] out;
  always @(posedge clk_i) begin
    in_q <= {in_q, in_i};
    out_q <= {out_q, in_q[${ins - 1}]} ^ out;
  end
  assign out_o = out_q[${outs - 1}];
  ${module} u (${connections.join(', ')});
endmodule
`
}

const median = (found: readonly Speed[]): Speed => found.toSorted((a, b) => a.mhz - b.mhz)[found.length >> 1]!

/** What nextpnr says where a design has more cells than the device. */
const FULL = /no BELs remaining|Unable to find a placement/

/**
 * @returns the median over the seeds; null if the module does not fit
 * @throws Error if Yosys or nextpnr fails otherwise.
 */
export async function placeAndRoute(
  design: Design,
  sources: readonly string[],
  scratch: string,
): Promise<Speed | null> {
  const { top } = design
  const [ports, elaborated, harness, mapped] = ['ports.json', 'elaborated.il', 'harness.v', 'ice40.json'].map(
    (name) => `${top}-${name}`,
  ) as [string, string, string, string]
  const read = [...elaborate(design, sources, scratch), `write_rtlil ${quote(elaborated)}`]
  const what = 'Yosys does not map it for an iCE40'
  await runYosys({ top, script: [...read, `write_json ${quote(ports)}`], scratch, what })
  const { modules } = checkJson(PORTS, readFileSync(join(scratch, ports), 'utf8'), "Yosys's netlist")
  writeFileSync(join(scratch, harness), wrap(top, modules[top]!.ports))
  const map = [
    `read_rtlil ${quote(elaborated)}`,
    `read_verilog ${quote(harness)}`,
    'hierarchy -check -top harness',
    `synth_ice40 -top harness -json ${quote(mapped)}`,
  ]
  await runYosys({ top, script: map, scratch, what })
  const found: Speed[] = []
  for (const seed of SEEDS) {
    const report = `${top}-${seed}.json`
    const goal = ['--freq', String(GOAL_MHZ), '--timing-allow-fail', '--seed', String(seed)]
    const files = ['--json', mapped, '--report', report, '--pcf-allow-unconstrained']
    const options = { cwd: scratch, all: true, reject: false } as const
    const words = [TOOL, '--hx8k', '--package', 'ct256', '-q', ...goal, ...files]
    const limited = `ulimit -t ${MOST_SECONDS}; exec "$@"`
    const { exitCode, signal, all } = await execa('sh', ['-c', limited, 'sh', ...words], options)
    if (signal === 'SIGXCPU' || signal === 'SIGKILL') continue
    if (exitCode !== 0 && FULL.test(all)) return null
    if (exitCode !== 0) throw new Error(`${top}: ${TOOL} fails.\n${all}`)
    found.push(readReport(readFileSync(join(scratch, report), 'utf8')))
  }
  if (found.length === 0) throw new Error(`${top}: ${TOOL} ends with none of the seeds ${SEEDS.join(', ')}`)
  return median(found)
}
