/** The waveform of a red run around its first wrong element, as a picture. */
import type { Mismatch } from '../../diff/compare.ts'
import { tapTime } from '../../report/gtkwave.ts'
import type { SimResult } from '../../result/result.ts'
import { drawWaveform, type WaveRow } from './draw-waveform.ts'
import { readVcd, type Trace, valueAt } from './vcd.ts'

const CYCLES_BEFORE = 5
const CYCLES_AFTER = 2

const PATHS = {
  clock: 'TOP.detector.clk_i',
  requantised: 'TOP.detector.u_engine.u_requantise.code_o',
  valid: 'TOP.detector.tap_valid_o',
  address: 'TOP.detector.tap_addr_o',
  data: 'TOP.detector.tap_data_o',
}

/**
 * @param vcd what `fst2vcd` makes of the run's waveform.
 * @throws {Error} the waveform does not show what the report says
 */
export function drawMismatch(vcd: string, { waveform, layers, run }: SimResult): string {
  const first = layers.find(({ name }) => name === waveform?.layer)?.first
  if (waveform === null || first === null || first === undefined) throw new Error('the run has no waveform')
  const { cycle, layer } = waveform
  const { inputLanes, outputLanes, activationBits, tableBits } = run.engine
  const traces = readVcd(vcd, Object.values(PATHS))
  const rows: readonly WaveRow[] = [
    { label: 'clk_i', kind: 'wire', samples: sample(traces.get(PATHS.clock)!, cycle) },
    busRow(
      'u_requantise.code_o',
      traces.get(PATHS.requantised)!,
      cycle,
      tableBits,
      first.channel % outputLanes,
    ),
    { label: 'tap_valid_o', kind: 'wire', samples: sample(traces.get(PATHS.valid)!, cycle) },
    busRow('tap_addr_o', traces.get(PATHS.address)!, cycle, 32, 0),
    busRow('tap_data_o', traces.get(PATHS.data)!, cycle, activationBits, first.channel % inputLanes),
  ]
  const wrongRow = rows.length - 1
  const shown = rows[wrongRow]!.samples[2 * CYCLES_BEFORE]
  if (shown !== String(first.actual))
    throw new Error(`expected ${first.actual} on the tap in cycle ${cycle}, the waveform has ${shown}`)
  return drawWaveform({
    title: `${layer} ${describe(first)}`,
    firstCycle: cycle - CYCLES_BEFORE,
    markedCycle: cycle,
    wrongRow,
    rows,
  })
}

const describe = ({ channel, y, x, expected, actual }: Mismatch): string =>
  `c${channel} y${y} x${x}: expected ${expected}, received ${actual}`

/** The bits in each half cycle; the rising edge of a cycle is one unit before its tap is read. */
function sample(trace: Trace, cycle: number): readonly string[] {
  const begin = tapTime(cycle - CYCLES_BEFORE) - 1
  return Array.from({ length: 2 * (CYCLES_BEFORE + 1 + CYCLES_AFTER) }, (_, half) =>
    valueAt(trace, begin + half),
  )
}

/** One lane of a bus, in decimal. */
function busRow(name: string, trace: Trace, cycle: number, width: number, lane: number): WaveRow {
  const low = lane * width
  const samples = sample(trace, cycle).map((bits) => {
    const own = bits.slice(trace.width - low - width, trace.width - low)
    return /^[01]+$/.test(own) ? String(Number.parseInt(own, 2)) : 'x'
  })
  return { label: trace.width === width ? name : `${name}[${low + width - 1}:${low}]`, kind: 'bus', samples }
}
