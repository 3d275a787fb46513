/** Runs a design through Yosys: looks for what no FPGA should hold, then maps it to Xilinx 7-series primitives, module by module. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Design, writeRomContent } from './synth-design.ts'
import { listTypes, type MappedMemory, type ModuleUse, readNetlist, useOf } from './synth-netlist.ts'
import { type Log, quote, runYosys, stage } from './synth-yosys.ts'

/** A memory of this many bits has to become block RAM; smaller ones may be LUTs or flip-flops. */
export const BLOCK_RAM_BITS = 4096

export interface Mapped {
  readonly design: Design
  /** What each module takes without those in it, all its instances together. */
  readonly modules: readonly ModuleUse[]
  readonly memories: readonly MappedMemory[]
  /** File in the scratch folder, as RTLIL, with the borders of modules. */
  readonly netlist: string
  /** Names that Yosys gives to the design's modules, one for each set of parameters. */
  readonly types: readonly string[]
}

/**
 * Reads the sources and elaborates the design; everything else begins with this. Yosys names cells after the paths of files, and LUTs are packed
 * in the order of names: it is given copies beside it, so that a figure does not depend on where the checkout is.
 */
export function elaborate(design: Design, sources: readonly string[], scratch: string): readonly string[] {
  mkdirSync(join(scratch, 'rtl'), { recursive: true })
  const copies = sources.map((path) => {
    const copy = join('rtl', basename(path))
    copyFileSync(path, join(scratch, copy))
    return copy
  })
  const settings = Object.entries(design.parameters).map(([name, value]) => `-set ${name} ${value}`)
  const all = [...settings, ...writeRomContent(design, scratch)]
  return [
    `read_verilog -sv -DSYNTHESIS ${copies.map(quote).join(' ')}`,
    ...(all.length > 0 ? [`chparam ${all.join(' ')} ${design.top}`] : []),
    `hierarchy -check -top ${design.top}`,
    `rename -top ${design.top}`,
    'proc',
  ]
}

/**
 * Elaborates and flattens a design, and looks for latches, combinational loops (through several modules, too), conflicting drivers, and wires
 * without one.
 * @throws Error with what Yosys found and where.
 */
export async function checkDesign(
  design: Design,
  sources: readonly string[],
  scratch: string,
  log: Log = () => {},
): Promise<void> {
  const script = [
    stage('elaborate, look for latches and loops'),
    ...elaborate(design, sources, scratch),
    'flatten; opt_expr; opt_clean',
    'check -assert',
    'select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$sr',
  ]
  const what = 'Yosys finds a latch, a combinational loop, or a wire with no or several drivers'
  await runYosys({ top: design.top, script, scratch, log, what })
}

/** Between the labels of `synth_xilinx`. */
const STAGES = ['begin', 'prepare', 'map_dsp', 'coarse', 'map_memory', 'fine', 'map_cells', 'map_luts', '']

/**
 * Maps a design. Nothing is optimised across the borders of modules, so that every one has figures of its own and is mapped once.
 * @throws Error if Yosys fails, a latch comes out, or a memory of size does not become block RAM.
 */
export async function mapDesign(
  design: Design,
  sources: readonly string[],
  scratch: string,
  log: Log = () => {},
): Promise<Mapped> {
  const { top } = design
  const netlist = `${top}-after.il`
  const [before, after] = ['before', 'after'].map((when) => `${top}-${when}.json`)
  const script = [
    stage('elaborate'),
    ...elaborate(design, sources, scratch),
    'design -save elaborated',
    'opt_expr; opt_clean; memory -nomap; opt_clean',
    `write_json ${quote(before!)}`,
    'design -load elaborated',
    ...STAGES.slice(0, -1).flatMap((from, index) => [
      stage(`synth_xilinx ${from}`),
      `synth_xilinx -family xc7 -noiopad -noclkbuf -top ${top} -run ${from}:${STAGES[index + 1]}`,
    ]),
    'select -assert-none t:LDCE t:LDPE t:$_DLATCH_*',
    `write_json ${quote(after!)}`,
    `write_rtlil ${quote(netlist)}`,
  ]
  await runYosys({ top, script, scratch, log, what: 'Yosys does not map it, or finds a latch' })
  const [elaborated, mapped] = [before!, after!].map((path) =>
    readNetlist(readFileSync(join(scratch, path), 'utf8')),
  )
  const { modules, memories } = useOf(top, elaborated!, mapped!)
  const lost = memories.find(
    ({ words, width, blockRams }) => words * width >= BLOCK_RAM_BITS && blockRams === 0,
  )
  if (lost !== undefined)
    throw new Error(
      `${top}: the memory ${lost.name}, ${lost.words} words of ${lost.width} bits, became ${lost.lutRams} LUT RAMs and no block RAM`,
    )
  return { design, modules, memories, netlist, types: listTypes(mapped!) }
}
