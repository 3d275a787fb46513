/**
 * `make synth`: Yosys maps every module of rtl/, and the detector at a small size, to Xilinx 7-series primitives. Writes the
 * table of docs/synthesis.md; fails on a latch, a combinational loop, or a memory that does not become block RAM.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { readSourceList } from '../pipeline/rtl-sources.ts'
import { formatCount, renderTable } from '../report/table.ts'

interface Design {
  readonly top: string
  readonly parameters: Readonly<Record<string, number>>
  /** Block RAMs (halves of 36 kbit) that its memories must become. */
  readonly leastBlockRams: number
}

interface Mapped {
  readonly name: string
  readonly parameters: string
  readonly luts: number
  readonly flipFlops: number
  readonly dsps: number
  readonly blockRams: number
  readonly seconds: number
}

const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const SMALL = { PI: 4, PO: 4, PX: 1 }

/** Sizes at which a module is mapped; the others at their defaults. Memories need content to be kept, and depth to be block RAM. */
const DESIGNS: readonly Design[] = [
  { top: 'requantise', parameters: { Lanes: 4, CodeBits: 8 }, leastBlockRams: 0 },
  { top: 'activation_table', parameters: { Lanes: 4, TableBits: 10 }, leastBlockRams: 4 },
  { top: 'add_codes', parameters: { Lanes: 4 }, leastBlockRams: 0 },
  { top: 'code_array', parameters: { PI: 4, PX: 4 }, leastBlockRams: 0 },
  { top: 'pixel_align', parameters: { PI: 4, PX: 4 }, leastBlockRams: 0 },
  { top: 'mac_array', parameters: SMALL, leastBlockRams: 0 },
  { top: 'tile_walker', parameters: SMALL, leastBlockRams: 0 },
  { top: 'tile_drain', parameters: { PX: 4 }, leastBlockRams: 0 },
  { top: 'feature_memory', parameters: { PI: 4, PX: 4, Depth: 1024 }, leastBlockRams: 8 },
  { top: 'conv_engine', parameters: { ...SMALL, TableBits: 10 }, leastBlockRams: 4 },
  { top: 'divider', parameters: {}, leastBlockRams: 0 },
  { top: 'box_decode', parameters: {}, leastBlockRams: 0 },
  { top: 'class_score', parameters: { PI: 4, PX: 1 }, leastBlockRams: 0 },
  { top: 'candidate_sort', parameters: {}, leastBlockRams: 1 },
  { top: 'q_nms', parameters: {}, leastBlockRams: 1 },
  { top: 'detect_head', parameters: { PI: 4, PX: 1 }, leastBlockRams: 2 },
  { top: 'sequencer', parameters: SMALL, leastBlockRams: 0 },
  {
    top: 'detector',
    parameters: {
      ...SMALL,
      TableBits: 10,
      FeatureDepth: 4096,
      WeightDepth: 4096,
      ParamDepth: 256,
      TableDepth: 8192,
      ProgramDepth: 1024,
      Capacity: 256,
      MaxDetections: 64,
    },
    leastBlockRams: 12,
  },
]

const DSPS = ['DSP48E1']
const count = (cells: Readonly<Record<string, number>>, match: (type: string) => boolean): number =>
  Object.entries(cells).reduce((sum, [type, number]) => sum + (match(type) ? number : 0), 0)

async function mapDesign(design: Design, sources: readonly string[], scratch: string): Promise<Mapped> {
  const report = join(scratch, `${design.top}.json`)
  const parameters = Object.entries(design.parameters).map(([name, value]) => `-set ${name} ${value}`)
  const roms = design.top === 'detector' ? romParameters(scratch) : []
  const script = [
    `read_verilog -sv -DSYNTHESIS ${sources.join(' ')}`,
    ...(parameters.length + roms.length > 0
      ? [`chparam ${[...parameters, ...roms].join(' ')} ${design.top}`]
      : []),
    `synth_xilinx -family xc7 -flatten -top ${design.top}`,
    'select -assert-none t:$dlatch t:$_DLATCH_* t:LDCE t:LDPE',
    'check -assert',
    `tee -q -o ${report} stat -json`,
  ].join('; ')
  const begin = performance.now()
  const { exitCode, stdout, stderr } = await execa('yosys', ['-q', '-p', script], { reject: false })
  if (exitCode !== 0) throw new Error(`${design.top}: Yosys refuses it.\n${stdout}\n${stderr}`)
  const { design: total } = JSON.parse(readFileSync(report, 'utf8')) as {
    design: { num_cells_by_type: Record<string, number> }
  }
  const cells = total.num_cells_by_type
  const blockRams =
    count(cells, (type) => type === 'RAMB18E1') + 2 * count(cells, (type) => type === 'RAMB36E1')
  if (blockRams < design.leastBlockRams)
    throw new Error(
      `${design.top}: its memories became ${blockRams} block RAMs of 18 kbit, expected ${design.leastBlockRams} or more`,
    )
  return {
    name: design.top,
    parameters: Object.entries(design.parameters)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    luts: count(cells, (type) => /^LUT\d$/.test(type)),
    flipFlops: count(cells, (type) => /^FD[RSCP]E/.test(type)),
    dsps: count(cells, (type) => DSPS.includes(type)),
    blockRams,
    seconds: (performance.now() - begin) / 1000,
  }
}

/** ROM contents: an empty ROM is optimised away. Any content serves; it must not be regular. */
function romParameters(scratch: string): readonly string[] {
  const { detector } = Object.fromEntries(DESIGNS.map(({ top, parameters }) => [top, parameters]))
  const { PI, PO, WeightDepth, ParamDepth, TableDepth, ProgramDepth } = detector!
  let state = 1
  const word = (bits: number): string => {
    let text = ''
    for (let digit = 0; digit < Math.ceil(bits / 4); digit++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      text += (state >>> 28).toString(16)
    }
    return text
  }
  const roms = [
    { parameter: 'ProgramFile', bits: 32, depth: ProgramDepth! },
    { parameter: 'WeightFile', bits: PI! * PO! * 8, depth: WeightDepth! },
    { parameter: 'ParamFile', bits: PO! * 64, depth: ParamDepth! },
    { parameter: 'TableFile', bits: 8, depth: TableDepth! },
    { parameter: 'HeadFile', bits: 16, depth: 512 },
  ]
  return roms.map(({ parameter, bits, depth }) => {
    const path = join(scratch, `${parameter}.mem`)
    writeFileSync(path, `${Array.from({ length: depth }, () => word(bits)).join('\n')}\n`)
    return `-set ${parameter} "${path}"`
  })
}

function renderDocument(rows: readonly Mapped[], yosys: string): string {
  return [
    '# Synthesis',
    '',
    `\`make synth\` wrote this page with ${yosys}, \`synth_xilinx -family xc7\`, nothing placed or routed: the numbers compare modules and changes, they are`,
    'no promise of a device. No latch and no combinational loop; every memory of size becomes block RAM.',
    '',
    '| module | parameters | LUT | FF | DSP48E1 | RAMB18 |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      (row) =>
        `| \`${row.name}\` | ${row.parameters || 'default'} | ${formatCount(row.luts)} | ${formatCount(row.flipFlops)} | ${row.dsps} | ${row.blockRams} |`,
    ),
    '',
    'A RAMB36 counts as two RAMB18. A 4x4x1 array keeps the run short; multipliers grow with PI·PO·PX, and Yosys maps those of 8x8 bits to LUTs where it finds that cheaper.',
    '',
  ].join('\n')
}

const wanted = process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'assay-synth-'))
try {
  const { stdout: version } = await execa('yosys', ['-V'])
  const sources = await readSourceList()
  const rows: Mapped[] = []
  for (const design of DESIGNS) {
    if (wanted.length > 0 && !wanted.includes(design.top)) continue
    process.stderr.write(`  ${design.top} …\n`)
    rows.push(await mapDesign(design, sources, scratch))
  }
  const lines = renderTable<Mapped>(
    [
      { title: 'module', align: 'left', value: ({ name }) => name },
      { title: 'LUT', align: 'right', value: ({ luts }) => formatCount(luts) },
      { title: 'FF', align: 'right', value: ({ flipFlops }) => formatCount(flipFlops) },
      { title: 'DSP', align: 'right', value: ({ dsps }) => String(dsps) },
      { title: 'RAMB18', align: 'right', value: ({ blockRams }) => String(blockRams) },
      { title: 'time', align: 'right', value: ({ seconds }) => `${seconds.toFixed(1)} s` },
    ],
    rows,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
  if (wanted.length === 0)
    writeFileSync(join(home, 'docs', 'synthesis.md'), renderDocument(rows, version.split(' (')[0]!))
} catch (error) {
  process.stderr.write(
    `${basename(process.argv[1]!)}: ${error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
