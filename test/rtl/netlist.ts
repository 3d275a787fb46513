/** Modules of rtl/ as Yosys maps them: xc7 primitives in the place of the RTL, with the same ports and parameters, for the benches of the RTL. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { readXilinxModels } from '../../src/bench/synth-yosys.ts'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'

type Sources = readonly string[]

/** What Verilator says of Yosys' models and netlists, and what is no fault of theirs. */
const QUIET = ['COMBDLY', 'INITIALDLY', 'PINMISSING', 'UNDRIVEN', 'UNOPTFLAT', 'UNUSED', 'WIDTH'].map(
  (name) => `// verilator lint_off ${name}`,
)

/** `rtl/name.sv` of a list. */
const pathOf = (sources: Sources, name: string): string =>
  sources.find((path) => basename(path) === `${name}.sv`)!

/** The first lines of a module, to the end of its ports, and the names of these. */
function readHeader(text: string, name: string): { header: string; ports: readonly string[] } {
  const header = new RegExp(`^module ${name}\\b[\\s\\S]*?^\\);`, 'm').exec(text)![0]
  const declared = header
    .replaceAll(/\/\/.*/g, '')
    .matchAll(/\b(?:input|output)\b[^,;]*?(\w+)\s*(?=,|\n?\);)/g)
  return { header, ports: [...declared].map(([, port]) => port!) }
}

/** A module with the header of another, whose body is `inner` on the same ports, but for those that are given. */
function envelop(text: string, name: string, inner: string, other: Record<string, string> = {}): string {
  const { header, ports } = readHeader(text, name)
  const connections = ports.map((port) => `.${port}(${other[port] ?? port})`)
  return `${header}\n  ${inner} u_inner (${connections.join(', ')});\n`
}

/** Only those models that the netlist uses: a simulator need not take the others. */
function pickModels(netlist: string): string {
  const used = new Set([...netlist.matchAll(/^ {2}([A-Z][A-Z0-9]+) (?:#|\\|\w)/gm)].map(([, name]) => name!))
  const models = readXilinxModels().matchAll(/^module (\w+)[\s\S]*?^endmodule/gm)
  return [...models].flatMap(([text, name]) => (used.has(name!) ? [text] : [])).join('\n')
}

export interface Mapping {
  readonly top: string
  readonly parameters: Readonly<Record<string, number>>
  /** Default: those of rtl/. */
  readonly sources?: Sources
}

/**
 * Maps a module and all that is in it to xc7 primitives, in `folder`. Memories become LUT RAM: Yosys has no model of a block RAM.
 *
 * @returns the sources of rtl/ with the netlist in the place of the module.
 */
export async function mapToNetlist({ top, parameters, sources }: Mapping, folder: string): Promise<Sources> {
  const rtl = await readSourceList()
  const [netlist, cells, shell] = ['netlist.v', 'cells.v', `${top}.sv`].map((name) => join(folder, name))
  const settings = Object.entries(parameters).map(([name, value]) => `-set ${name} ${value}`)
  const script = [
    `read_verilog -sv -DSYNTHESIS ${(sources ?? rtl).join(' ')}`,
    `chparam ${settings.join(' ')} ${top}`,
    `hierarchy -check -top ${top}`,
    `rename -top ${top}_netlist`,
    `synth_xilinx -family xc7 -flatten -nobram -noiopad -noclkbuf -top ${top}_netlist`,
    `opt_clean -purge; write_verilog -noattr ${netlist}`,
  ]
  await execa('yosys', ['-q', '-p', script.join('\n')])
  const text = await readFile(netlist!, 'utf8')
  const quiet = (verilog: string) => `${[...QUIET, '`default_nettype wire', verilog].join('\n')}\n`
  await writeFile(netlist!, quiet(text))
  await writeFile(cells!, quiet(pickModels(text)))
  const own = await readFile(pathOf(rtl, top), 'utf8')
  await writeFile(shell!, quiet(`${envelop(own, top, `${top}_netlist`)}endmodule`))
  return rtl.flatMap((path) => (path === pathOf(rtl, top) ? [cells!, netlist!, shell!] : [path]))
}

/** The sources of rtl/ with one module whose output is wrong in its lowest bit, where it is synthesised. */
export async function breakWhenSynthesised(name: string, output: string, folder: string): Promise<Sources> {
  const rtl = await readSourceList()
  const text = await readFile(pathOf(rtl, name), 'utf8')
  const [right, broken] = ['right', 'broken'].map((word) => join(folder, `${name}-${word}.sv`))
  await writeFile(right!, text.replace(new RegExp(`^module ${name}\\b`, 'm'), `module ${name}_right`))
  const { header } = readHeader(text, name)
  const parameters = [...header.matchAll(/parameter (?:\w+ )?(?:\[[^\]]*\] )?(\w+) =/g)].map(
    ([, one]) => `.${one}(${one})`,
  )
  const inner = `${name}_right #(${parameters.join(', ')})`
  await writeFile(
    broken!,
    `${envelop(text, name, inner, { [output]: 'correct' })}
  wire [$bits(${output})-1:0] correct;
\`ifdef SYNTHESIS
  assign ${output} = correct ^ 1'b1;
\`else
  assign ${output} = correct;
\`endif
endmodule\n`,
  )
  return rtl.flatMap((path) => (path === pathOf(rtl, name) ? [right!, broken!] : [path]))
}
