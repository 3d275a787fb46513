/** The detector with the parameters of one set of ROMs: a package of them, and top modules that have no others. */
import { ROM_NAMES, type RomName, type RomSet } from '../rom/emit.ts'
import { busParameters, DETECTOR, DETECTOR_AXI, exactParameters } from './options.ts'

export const PACKAGE = 'assay_roms_pkg'
export const TOP = 'assay_detector'
/** The same behind AXI. */
export const TOP_AXI = 'assay_detector_axi'

/** Parameters that name the files, in the order of `ROM_NAMES`. */
const FILES: Readonly<Record<RomName, string>> = {
  program: 'ProgramFile',
  weights: 'WeightFile',
  params: 'ParamFile',
  tables: 'TableFile',
  head: 'HeadFile',
}

/** Direction, width (1 for a single bit), name. */
type TopPort = readonly ['input' | 'output', number | string, string]
const WORD = 'PI*ActivationBits'
/** Parameters of the top on a bus itself, for whoever instantiates it: where the weights are is no matter of the files. */
const CHOICES = { WeightsFromMemory: 0, MemoryDataBits: 128 } as const
const TAP: readonly TopPort[] = [
  ['output', 1, 'tap_valid_o'],
  ['output', 16, 'tap_pc_o'],
  ['output', 32, 'tap_addr_o'],
  ['output', WORD, 'tap_data_o'],
]

/** Of `rtl/detector.sv`, but for those of a memory of weights. */
const PORTS: readonly TopPort[] = [
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
  ...TAP,
  ['input', 16, 'box_addr_i'],
  ['output', 128, 'box_data_o'],
  ['output', 16, 'box_count_o'],
  ['output', 32, 'candidate_count_o'],
  ['output', 1, 'overflow_o'],
]

/** What becomes of them, with the weights in the ROM. Verilator's lint knows by its name what `unused` is for. */
const NO_MEMORY = [
  "weights_base_i(64'd0)",
  'm_axi_arvalid_o(unused[0])',
  "m_axi_arready_i(1'b0)",
  'm_axi_araddr_o(unused[64:1])',
  'm_axi_arlen_o(unused[72:65])',
  "m_axi_rvalid_i(1'b0)",
  'm_axi_rready_o(unused[73])',
  "m_axi_rdata_i(128'd0)",
  "m_axi_rresp_i(2'd0)",
]

/** Of `rtl/detector_axi.sv`. */
const AXI_PORTS: readonly TopPort[] = [
  ['input', 1, 'clk_i'],
  ['input', 1, 'rst_ni'],
  ['input', 12, 's_axil_awaddr_i'],
  ['input', 1, 's_axil_awvalid_i'],
  ['output', 1, 's_axil_awready_o'],
  ['input', 32, 's_axil_wdata_i'],
  ['input', 4, 's_axil_wstrb_i'],
  ['input', 1, 's_axil_wvalid_i'],
  ['output', 1, 's_axil_wready_o'],
  ['output', 2, 's_axil_bresp_o'],
  ['output', 1, 's_axil_bvalid_o'],
  ['input', 1, 's_axil_bready_i'],
  ['input', 12, 's_axil_araddr_i'],
  ['input', 1, 's_axil_arvalid_i'],
  ['output', 1, 's_axil_arready_o'],
  ['output', 32, 's_axil_rdata_o'],
  ['output', 2, 's_axil_rresp_o'],
  ['output', 1, 's_axil_rvalid_o'],
  ['input', 1, 's_axil_rready_i'],
  ['input', 1, 's_axis_image_tvalid_i'],
  ['output', 1, 's_axis_image_tready_o'],
  ['input', '(3*ActivationBits+7)/8*8', 's_axis_image_tdata_i'],
  ['input', 1, 's_axis_image_tlast_i'],
  ['output', 1, 'm_axis_boxes_tvalid_o'],
  ['input', 1, 'm_axis_boxes_tready_i'],
  ['output', 128, 'm_axis_boxes_tdata_o'],
  ['output', 1, 'm_axis_boxes_tlast_o'],
  ['output', 1, 'm_axi_arvalid_o'],
  ['input', 1, 'm_axi_arready_i'],
  ['output', 64, 'm_axi_araddr_o'],
  ['output', 8, 'm_axi_arlen_o'],
  ['output', 3, 'm_axi_arsize_o'],
  ['output', 2, 'm_axi_arburst_o'],
  ['output', 4, 'm_axi_arcache_o'],
  ['output', 3, 'm_axi_arprot_o'],
  ['input', 1, 'm_axi_rvalid_i'],
  ['output', 1, 'm_axi_rready_o'],
  ['input', 'MemoryDataBits', 'm_axi_rdata_i'],
  ['input', 2, 'm_axi_rresp_i'],
  ['input', 1, 'm_axi_rlast_i'],
  ['output', 1, 'interrupt_o'],
  ...TAP,
]

/** `assay_roms_pkg.sv`. @param about the model, for the first line: it holds no line break */
export function writePackage(roms: RomSet, about: string): string {
  const numbers = Object.entries({ ...exactParameters(roms), ...busParameters(roms) })
  return [
    `// Parameters of \`${DETECTOR}\` and of \`${DETECTOR_AXI}\` for the ROM files beside this one: ${about}.`,
    '// Written by `assay roms`. Tools look for the files from the folder in which they run.',
    `package ${PACKAGE};`,
    ...numbers.map(([name, value]) => `  localparam int ${name} = ${value};`),
    ...ROM_NAMES.map((name) => `  localparam ${FILES[name]} = "${name}.mem";`),
    'endpackage',
    '',
  ].join('\n')
}

/** `assay_detector.sv`: an instance to use as it is, or to copy. */
export const writeTop = (roms: RomSet): string =>
  writeInstance(roms, DETECTOR, TOP, { ports: PORTS, tied: NO_MEMORY })

/** `assay_detector_axi.sv`, likewise. */
export const writeTopAxi = (roms: RomSet): string =>
  writeInstance(roms, DETECTOR_AXI, TOP_AXI, {
    ports: AXI_PORTS,
    more: Object.keys(busParameters(roms)),
    choices: CHOICES,
  })

interface Shape {
  readonly ports: readonly TopPort[]
  /** Connections of the module's other ports. */
  readonly tied?: readonly string[]
  /** Parameters that the package has beside those of every module. */
  readonly more?: readonly string[]
  /** Parameters of the top, with their defaults. */
  readonly choices?: Readonly<Record<string, number>>
}

function writeInstance(
  roms: RomSet,
  module: string,
  top: string,
  { ports: list, tied = [], more = [], choices = {} }: Shape,
): string {
  const names = [...Object.keys(exactParameters(roms)), ...ROM_NAMES.map((name) => FILES[name]), ...more]
  const own = Object.entries(choices)
  const scoped = (name: string): string => (name in choices ? name : `${PACKAGE}::${name}`)
  const range = (width: number | string): string => {
    if (width === 1) return ''
    const high = typeof width === 'number' ? width - 1 : `${width.replace(/[A-Z]\w*/gi, scoped)}-1`
    return ` [${high}:0]`
  }
  const ports = list.map(
    ([direction, width, name]) => `  ${direction.padEnd(6)} logic${range(width)} ${name}`,
  )
  return [
    `// \`${module}\` with the parameters of ${PACKAGE}. Compile after rtl/rtl.f and ${PACKAGE}.sv.`,
    ...(own.length === 0
      ? [`module ${top} (`]
      : [
          `module ${top} #(`,
          own.map(([name, value]) => `  parameter int ${name} = ${value}`).join(',\n'),
          ') (',
        ]),
    ports.join(',\n'),
    ');',
    ...(tied.length === 0 ? [] : ['  wire [73:0] unused;']),
    `  ${module} #(`,
    [...names, ...Object.keys(choices)].map((name) => `    .${name}(${scoped(name)})`).join(',\n'),
    `  ) u_${module} (`,
    [...list.map(([, , name]) => `${name}(${name})`), ...tied].map((pin) => `    .${pin}`).join(',\n'),
    '  );',
    'endmodule',
    '',
  ].join('\n')
}
