/** This file writes a GTKWave save file, which opens a waveform with the signals that matter and the cursor where they go wrong. */
import { printable } from '../input/printable.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import type { ModuleInterface } from '../simulate/boundary/module-interface.ts'

export interface SignalGroup {
  readonly title: string
  /** As GTKWave names them: path and range. */
  readonly signals: readonly string[]
}

export interface SaveFileContent {
  /** Names of the FST file and of the save file, which lie in one folder. */
  readonly file: string
  readonly save: string
  /** Cycle of the fault, counted as in the waveform. */
  readonly cycle: number
  readonly groups: readonly SignalGroup[]
}

/** The time at which a word is on the ports, before the edge that takes it. A cycle has two units: clock low and clock high. */
export const tapTime = (cycle: number): number => 2 * cycle

/**
 * Where a waveform shows the fault: its time, and how that is opened. The cycle from power-up, in which a result has it, is not told: that
 * of the run stands beside the difference, and a moment has one number in cycles. @param save path of the save file
 */
export const describeLook = ({ cycle, save }: { readonly cycle: number; readonly save: string }) =>
  [`look at ${tapTime(cycle)} ps`, `gtkwave ${save}`] as const

const TOP = 'TOP.detector'
const CONTROL = ['clk_i', 'rst_ni', 'busy_o', 'pc_o[15:0]', 'u_engine.start_i']
const MAC = 'u_engine.u_mac'

/** The accumulator of the array that made an element. */
export interface Lane {
  readonly pixel: number
  readonly output: number
}

/** Accumulators of a (pixel, output channel): one for every four input channels (rtl/mac_array.sv). */
const partsOf = ({ inputLanes }: EngineParameters): number =>
  inputLanes / (inputLanes % 4 === 0 ? 4 : inputLanes % 2 === 0 ? 2 : 1)

/** Elements of the largest array that the save file names. */
export const accumulatorCount = (engine: EngineParameters): number =>
  engine.pixels * engine.outputLanes * partsOf(engine)

/** Later versions of Verilator give an array a scope of its own. GTKWave passes over what a waveform does not have. */
function accumulators(engine: EngineParameters, { pixel, output }: Lane): readonly string[] {
  const parts = partsOf(engine)
  const first = (pixel * engine.outputLanes + output) * parts
  const names = Array.from({ length: parts }, (_, part) => `acc_q[${first + part}][31:0]`)
  return names.flatMap((name) => [`${MAC}.${name}`, `${MAC}.acc_q.${name}`])
}

/** Lists the signals of the unit at work, with the widths that the parameters give them. */
function unitSignals(op: string, engine: EngineParameters, lane: Lane | null): readonly string[] {
  const { inputLanes, tableBits } = engine
  switch (op) {
    case 'conv':
      return [
        `${MAC}.valid_i`,
        `${MAC}.first_i`,
        `${MAC}.last_i`,
        ...(lane === null ? [] : accumulators(engine, lane)),
        'u_engine.u_requantise.valid_i',
        `u_engine.u_requantise.code_o[${inputLanes * tableBits - 1}:0]`,
        'u_engine.u_table.valid_i',
      ]
    case 'add':
      return ['u_engine.u_add.valid_i', 'u_engine.u_add.valid_o']
    case 'max-pool':
    case 'upsample':
      return ['u_engine.u_codes.valid_i', 'u_engine.u_codes.first_i', 'u_engine.u_codes.last_i']
    default:
      return ['u_head.busy_o', 'u_head.box_count_o[15:0]', 'candidate_count_o[31:0]', 'overflow_o']
  }
}

/**
 * Signals of the detector.
 * @param title what is wrong
 */
export function detectorGroups(
  title: string,
  op: string,
  engine: EngineParameters,
  lane: Lane | null,
): readonly SignalGroup[] {
  const word = engine.inputLanes * engine.activationBits
  const tap = ['tap_valid_o', 'tap_pc_o[15:0]', 'tap_addr_o[31:0]', `tap_data_o[${word - 1}:0]`]
  const within = (signals: readonly string[]) => signals.map((signal) => `${TOP}.${signal}`)
  return [
    { title, signals: within(CONTROL) },
    { title: 'feature words as they are written', signals: within(tap) },
    { title: op, signals: within(unitSignals(op, engine, lane)) },
  ]
}

/** All ports of a module of the user's. */
export const portGroups = (title: string, { ports }: ModuleInterface): readonly SignalGroup[] => [
  {
    title,
    signals: ports
      .filter(({ elements }) => elements === null)
      .map(({ name, width }) => (width === 1 ? `TOP.${name}` : `TOP.${name}[${width - 1}:0]`)),
  },
]

export function renderSaveFile({ file, save, cycle, groups }: SaveFileContent): string {
  const time = tapTime(cycle)
  return [
    // GTKWave finds the waveform beside the save file, as both have no folder here, wherever they are moved together.
    `[dumpfile] "${printable(file)}"`,
    `[savefile] "${printable(save)}"`,
    `[timestart] ${Math.max(0, time - 60)}`,
    `*-4.0 ${time} ${time}${' -1'.repeat(25)}`,
    '[sst_expanded] 1',
    ...groups.flatMap(({ title, signals }, index) => [
      index === 0 ? '@28' : '@22',
      `-${printable(title)}`,
      ...signals.map(printable),
    ]),
    '',
  ].join('\n')
}
