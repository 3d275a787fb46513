/** What docs/synthesis.md says of the two columns of speed. */
import { wrap } from '../report/table.ts'
import { ICE40_DESIGNS } from './synth-design.ts'
import { SEEDS } from './synth-ice40.ts'
import { LIMIT_NS, type SynthRecord, TOLERANCE } from './synth-record.ts'

export interface Speed {
  readonly now: SynthRecord
  /** Whether nextpnr was there; if not, the megahertz are those of the record. */
  readonly placed: boolean
  /** Name in the record of the writer of pictures with 2x2 pixels in a word. */
  readonly folding: string
}

export const showNs = (ns: number | null): string => (ns === null ? '-' : ns.toFixed(2))
export const showMhz = (mhz: number | null): string => (mhz === null ? '-' : mhz.toFixed(1))

export function renderSpeedText({ now, placed }: Speed): readonly string[] {
  const [yosys, nextpnr = 'nextpnr-ice40'] = now.tools
  const sizes = ICE40_DESIGNS.map(({ top, parameters }) =>
    [top, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' '),
  )
  return [
    '## Speed',
    '',
    ...wrap(
      `**xc7 cells** is the slowest path through a module and the modules inside it, in nanoseconds: from its inputs and registers to its registers and outputs, by the \`sta\` of ${yosys}. It adds up the delays of the primitives (the \`specify\` blocks of \`xilinx/cells_sim.v\`) with the set-up time of the last one. Wires count nothing: on a device they take a third of a cycle and more. Of a module with several parameterisations the slowest counts. Two models are corrected before: Yosys leaves out the delay from the clock to the output of a block RAM without an output register (2.45 ns), and counts the one from an asynchronous reset to the output of a flip-flop, which no edge of the clock starts. A sum bit of a carry chain counts even where nobody reads it, which may add 0.1 ns. A cell without delays is an error, because its paths would not be seen.`,
      100,
    ),
    '',
    ...wrap(
      `**HX8K** is the clock that a module reaches by itself on a Lattice iCE40 HX8K (ct256), mapped by \`synth_ice40\` and placed and routed by ${nextpnr}: wires count. It is the median of ${SEEDS.length} seeds. So that no path begins or ends at a pin, the module sits in a harness: each bit of its inputs comes from a register of a shift register, and each bit of its outputs goes through one XOR into a register. The clock and the reset have pins. The device has 7,680 LUTs, no multipliers and 32 block RAMs of 4 kbit: the modules have the parameters below, which make some smaller than in the table. A dash is for a module that does not fit, or that has no path of its own.`,
      100,
    ),
    ...(placed
      ? []
      : [
          '',
          ...wrap(
            'nextpnr-ice40 was not installed when this page was written: the MHz are those of `docs/synthesis.json`, and may be of older RTL.',
            100,
          ),
        ]),
    '',
    '```text',
    ...sizes,
    '```',
    '',
    ...renderGoal(now),
  ]
}

/** Megahertz on the HX8K before there were registers between the stages. The goal was twice as many. */
const FIRST: Readonly<Record<string, { readonly mhz: number; readonly bound: string }>> = {
  requantise: { mhz: 43.6, bound: 'a product of 17 x 16 bits' },
  add_codes: { mhz: 50.3, bound: 'a product of 9 x 16 bits' },
  q_nms: { mhz: 51.9, bound: 'a product of 17 x 6 bits, of the union and the threshold' },
  mac_array: { mhz: 57.3, bound: 'a product of 9 x 8 bits' },
  sequencer: { mhz: 58.9, bound: 'the next address of the program; two thirds of it are wires' },
  tile_walker: { mhz: 66.8, bound: 'whether a tile ends, to all that begins then; three quarters are wires' },
}

const renderGoal = ({ modules }: SynthRecord): readonly string[] => [
  ...wrap(
    'The goal for six modules was twice the clock that they had on the HX8K at first. None reaches it. Four are bound by one product in a cycle, which that device builds of LUTs and every device for this detector has in one block: to cut it in two would cost a second DSP block there. The other two are bound by wires.',
    100,
  ),
  '',
  '| module | first, MHz | now, MHz | | its slowest path there |',
  '| --- | ---: | ---: | ---: | --- |',
  ...Object.entries(FIRST).map(([name, { mhz: first, bound }]) => {
    const now = modules[name]?.mhz ?? null
    const times = now === null ? '-' : `${(now / first).toFixed(2)} x`
    return `| \`${name}\` | ${showMhz(first)} | ${showMhz(now)} | ${times} | ${bound} |`
  }),
  '',
]

export const renderLimits = (): readonly string[] =>
  wrap(
    `It ends with an error if a path has more than ${LIMIT_NS} ns of cells: at 200 MHz a cycle has 5 ns, and on a 7-series device of the slowest speed grade the wires take a third of it and more. And it does if a module has more than ${100 * TOLERANCE} % more nanoseconds, or more than ${100 * TOLERANCE} % fewer megahertz, than \`docs/synthesis.json\` records. It names the module, both figures, and where the path begins and ends. A run that passes records what is better by more than that; a smaller change leaves the record as it is, so that small steps add up. \`make synth ARGS=--accept\` records everything.`,
    100,
  )
