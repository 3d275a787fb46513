/** The detector with the parameters of one set of ROMs: a package of them, and a top module that has no others. */
import { ROM_NAMES, type RomName, type RomSet } from '../rom/emit.ts'
import { DETECTOR, exactParameters } from './options.ts'

export const PACKAGE = 'assay_roms_pkg'
export const TOP = 'assay_detector'

/** Parameters that name the files, in the order of `ROM_NAMES`. */
const FILES: Readonly<Record<RomName, string>> = {
  program: 'ProgramFile',
  weights: 'WeightFile',
  params: 'ParamFile',
  tables: 'TableFile',
  head: 'HeadFile',
}

/** Ports of `rtl/detector.sv`: direction, width (1 for a single bit), name. */
const WORD = 'PI*ActivationBits'
const PORTS: readonly (readonly ['input' | 'output', number | string, string])[] = [
  ['input', 1, 'clk_i'],
  ['input', 1, 'rst_ni'],
  ['input', 1, 'host_valid_i'],
  ['output', 1, 'host_ready_o'],
  ['input', 32, 'host_addr_i'],
  ['input', WORD, 'host_data_i'],
  ['input', 1, 'start_i'],
  ['input', 16, 'first_i'],
  ['input', 16, 'last_i'],
  ['output', 1, 'busy_o'],
  ['output', 1, 'done_o'],
  ['output', 8, 'error_o'],
  ['output', 16, 'pc_o'],
  ['output', 1, 'tap_valid_o'],
  ['output', 16, 'tap_pc_o'],
  ['output', 32, 'tap_addr_o'],
  ['output', WORD, 'tap_data_o'],
  ['input', 16, 'box_addr_i'],
  ['output', 128, 'box_data_o'],
  ['output', 16, 'box_count_o'],
  ['output', 32, 'candidate_count_o'],
  ['output', 1, 'overflow_o'],
]

/** `assay_roms_pkg.sv`. @param about the model, for the first line: it holds no line break */
export function writePackage(roms: RomSet, about: string): string {
  const numbers = Object.entries(exactParameters(roms))
  return [
    `// Parameters of \`${DETECTOR}\` for the ROM files beside this one: ${about}.`,
    '// Written by `assay roms`. Tools look for the files from the folder in which they run.',
    `package ${PACKAGE};`,
    ...numbers.map(([name, value]) => `  localparam int ${name} = ${value};`),
    ...ROM_NAMES.map((name) => `  localparam ${FILES[name]} = "${name}.mem";`),
    'endpackage',
    '',
  ].join('\n')
}

/** `assay_detector.sv`: an instance to use as it is, or to copy. */
export function writeTop(roms: RomSet): string {
  const names = [...Object.keys(exactParameters(roms)), ...ROM_NAMES.map((name) => FILES[name])]
  const range = (width: number | string): string => {
    if (width === 1) return ''
    const top = typeof width === 'number' ? width - 1 : `${width.replace(/\w+/g, `${PACKAGE}::$&`)}-1`
    return ` [${top}:0]`
  }
  const ports = PORTS.map(
    ([direction, width, name]) => `  ${direction.padEnd(6)} logic${range(width)} ${name}`,
  )
  return [
    `// \`${DETECTOR}\` with the parameters of ${PACKAGE}. Compile after rtl/rtl.f and ${PACKAGE}.sv.`,
    `module ${TOP} (`,
    ports.join(',\n'),
    ');',
    `  ${DETECTOR} #(`,
    names.map((name) => `    .${name}(${PACKAGE}::${name})`).join(',\n'),
    '  ) u_detector (',
    PORTS.map(([, , name]) => `    .${name}(${name})`).join(',\n'),
    '  );',
    'endmodule',
    '',
  ].join('\n')
}
