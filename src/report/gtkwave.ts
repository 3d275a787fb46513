/** This file writes a GTKWave save file, which opens a waveform with the signals that matter and the cursor on the wrong write. */
import type { Mismatch } from '../diff/compare.ts'
import { printable } from '../input/printable.ts'
import type { EngineParameters } from '../rom/parameters.ts'

export interface SaveFileContent {
  /** Path of the FST file. */
  readonly file: string
  /** Cycle of the wrong write, counted as in the waveform. */
  readonly cycle: number
  readonly op: string
  readonly engine: EngineParameters
  readonly mismatch: Mismatch
}

/** The time at which the word is on the tap, before the edge that takes it. A cycle has two units: clock low and clock high. */
export const tapTime = (cycle: number): number => 2 * cycle

const TOP = 'TOP.detector'
const CONTROL = ['clk_i', 'rst_ni', 'busy_o', 'pc_o[15:0]', 'u_engine.start_i']

/** Lists the signals of the unit at work, with the widths that the parameters give them. */
function unitSignals(op: string, engine: EngineParameters): readonly string[] {
  const { inputLanes, tableBits } = engine
  switch (op) {
    case 'conv':
      return [
        'u_engine.u_mac.valid_i',
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
      return ['u_head.busy_o', 'u_head.box_count_o[15:0]']
  }
}

export function renderSaveFile({ file, cycle, op, engine, mismatch }: SaveFileContent): string {
  const { channel, y, x, expected, actual } = mismatch
  const time = tapTime(cycle)
  const tap = [
    'tap_valid_o',
    'tap_pc_o[15:0]',
    'tap_addr_o[31:0]',
    `tap_data_o[${engine.inputLanes * engine.activationBits - 1}:0]`,
  ]
  const group = (title: string, signals: readonly string[]): readonly string[] => [
    `-${printable(title)}`,
    ...signals.map((signal) => `${TOP}.${signal}`),
  ]
  return [
    `[dumpfile] "${printable(file)}"`,
    `[timestart] ${Math.max(0, time - 60)}`,
    `*-4.0 ${time} ${time}${' -1'.repeat(25)}`,
    '[sst_expanded] 1',
    '@28',
    ...group(
      `c${channel} y${y} x${x}: expected ${expected}, got ${actual ?? 'nothing'}, cycle ${cycle}`,
      CONTROL,
    ),
    '@22',
    ...group('feature words as they are written', tap),
    ...group(op, unitSignals(op, engine)),
    '',
  ].join('\n')
}
