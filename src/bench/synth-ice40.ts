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
const SEEDS: readonly number[] = [1, 2, 3]
/** nextpnr goes on until it is this fast: more than any module reaches. */
const GOAL_MHZ = 200
/** A placement takes a minute; with some seeds nextpnr 0.4 never ends. Those are left out. */
const MOST_MS = 300_000

const port = openObject({ direction: v.string(), bits: listOf(v.unknown()) })
const PORTS = openObject({ modules: recordOf(openObject({ ports: recordOf(port) })) })
type Ports = Checked<typeof PORTS>['modules'][string]['ports']

const REPORT = openObject({ fmax: recordOf(closedObject({ achieved: real(0), constraint: real(0) })) })

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

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** What nextpnr says where a design has more cells than the device. */
const FULL = /no BELs remaining|Unable to find a placement/

/**
 * @returns MHz, the median over the seeds; null if the module does not fit
 * @throws Error if Yosys or nextpnr fails otherwise.
 */
export async function placeAndRoute(
  design: Design,
  sources: readonly string[],
  scratch: string,
): Promise<number | null> {
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
  const found: number[] = []
  for (const seed of SEEDS) {
    const report = `${top}-${seed}.json`
    const goal = ['--freq', String(GOAL_MHZ), '--timing-allow-fail', '--seed', String(seed)]
    const files = ['--json', mapped, '--report', report, '--pcf-allow-unconstrained']
    const options = { cwd: scratch, all: true, reject: false, timeout: MOST_MS } as const
    const { exitCode, all, timedOut } = await execa(
      TOOL,
      ['--hx8k', '--package', 'ct256', '-q', ...goal, ...files],
      options,
    )
    if (timedOut) continue
    if (exitCode !== 0 && FULL.test(all)) return null
    if (exitCode !== 0) throw new Error(`${top}: ${TOOL} fails.\n${all}`)
    const { fmax } = checkJson(REPORT, readFileSync(join(scratch, report), 'utf8'), `${TOOL}'s report`)
    found.push(Math.min(...Object.values(fmax).map(({ achieved }) => achieved)))
  }
  if (found.length === 0) throw new Error(`${top}: ${TOOL} ends with none of the seeds ${SEEDS.join(', ')}`)
  return median(found)
}
