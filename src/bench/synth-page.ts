/** docs/synthesis.md, and its table for a terminal. */
import { formatCount, renderTable, wrap } from '../report/table.ts'
import { BLOCK_RAM_BITS, type Mapped } from './synth-map.ts'
import { type LargeMemory, renderLargeMemories } from './synth-memories.ts'
import { addUse, type MappedMemory, type ModuleUse } from './synth-netlist.ts'
import { type Products, renderProducts } from './synth-products.ts'
import { type ProfileUse, renderProfiles } from './synth-profiles.ts'
import type { Figures } from './synth-record.ts'
import { renderLimits, renderSpeedText, type Speed, showMhz, showNs } from './synth-speed-text.ts'

const count = formatCount

/** The modules in the order of the sources, then all together. */
function listRows({ modules }: Mapped, order: readonly string[]): readonly ModuleUse[] {
  const rank = ({ name }: ModuleUse): number => order.indexOf(name)
  const rows = modules.toSorted((a, b) => rank(a) - rank(b))
  return [...rows, { name: 'all', instances: 1, ...addUse(rows) }]
}

const became = ({ blockRams, lutRams }: MappedMemory): string =>
  blockRams > 0 ? `${blockRams} RAMB18` : lutRams > 0 ? `${lutRams} LUT RAM` : 'LUTs and flip-flops'

/** `u_sequencer.$auto$proc_rom.cc:150:do_switch$22190`: where in Yosys it came from, and as which cell, says nothing. */
const plainMemory = (name: string): string => name.replace(/\$auto\$(\w+)\.cc:\d+:\w+\$\d+/, '($1)')

const memoryRows = (memories: readonly MappedMemory[]): readonly string[] =>
  memories
    .toSorted((a, b) => b.words * b.width - a.words * a.width)
    .map(
      (memory) =>
        `| \`${plainMemory(memory.name)}\` | ${count(memory.words)} x ${memory.width} | ${count(memory.words * memory.width)} | ${became(memory)} |`,
    )

/** DSPs that a product of the array takes. */
function describeProducts({ design, modules }: Mapped): string {
  const { PI = 0, PO = 0, PX = 0 } = design.parameters
  const dsps = modules.find(({ name }) => name === 'mac_array')?.dsps ?? 0
  return `A product of the array takes ${dsps / (PI * PO * PX)} DSP48E1.`
}

/** What the writer of pictures takes where it folds. */
function describeWriter({ design, modules, memories }: Mapped, ns: string): readonly string[] {
  const { luts, flipFlops } = addUse(modules)
  const line = memories.find(({ name }) => name.includes('upper'))!
  return [
    `With ${design.parameters.PI} lanes \`image_writer\` keeps a row of pixels: it takes ${count(luts)} LUTs and`,
    `${count(flipFlops)} flip-flops, and its line memory of ${count(line.words)} x ${line.width} bits becomes ${became(line)}.`,
    `Its slowest path has ${ns} ns of cells.`,
  ]
}

/** What takes the place of the weight ROM where the weights come from a memory. */
function describeCache({ design, modules, memories }: Mapped, { ns, mhz }: Figures): readonly string[] {
  const { luts, flipFlops, dsps } = addUse(modules)
  const { Width = 0, Depth = 0, DataBits = 0 } = design.parameters
  const blocks = memories.reduce((sum, { blockRams }) => sum + blockRams, 0)
  return [
    `Weights from a memory: \`weight_cache\` for ${count(Depth)} words of ${count(Width)} bits and a bus of ${DataBits} bits`,
    `takes ${count(luts)} LUTs, ${count(flipFlops)} flip-flops, ${dsps} DSP48E1 and ${blocks} RAMB18, in the place of the weight ROM.`,
    `Its slowest path has ${showNs(ns)} ns of cells; a small one reaches ${showMhz(mhz)} MHz on the HX8K.`,
  ]
}

interface Others {
  readonly writer: Mapped
  readonly cache: Mapped
  readonly profiles: readonly ProfileUse[]
  readonly large: readonly LargeMemory[]
  readonly products: Products
}

/** @param order names of the modules, in the order of the sources */
export function renderPage(
  mapped: Mapped,
  { writer, cache, profiles, large, products }: Others,
  order: readonly string[],
  speed: Speed,
): string {
  const { design, memories } = mapped
  const { tools, modules } = speed.now
  const settings = Object.entries(design.parameters).map(([name, value]) => `${name}=${value}`)
  return [
    '# Synthesis',
    '',
    ...wrap(
      `\`make synth\` writes this page with ${tools[0]} and \`synth_xilinx -family xc7\`, without placing or routing but for the last column ([Speed](#speed)). The numbers are for comparing modules and changes; they promise nothing about a device. Every module of \`rtl/\` but \`weight_cache\` is part of this \`detector_axi\`. Yosys maps each once and optimises nothing across the borders of modules, so that each has figures of its own. A row counts all instances of a module together, without the modules inside it; the time of a path is with these.`,
      100,
    ),
    '',
    'The detector has these parameters; the others have their defaults. The ROMs hold random content.',
    '',
    '```text',
    `${design.top} ${settings.join(' ')}`,
    '```',
    '',
    '| module | instances | LUT | FF | DSP48E1 | RAMB18 | LUT RAM | xc7 cells, ns | HX8K, MHz |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...listRows(mapped, order).map((row) => {
      const name = row.name === 'all' ? '**all**' : `\`${row.name}\``
      const numbers = [row.luts, row.flipFlops, row.dsps, row.blockRams, row.lutRams].map(count)
      const { ns, mhz } = modules[row.name] ?? { ns: null, mhz: null }
      const times = row.name === 'all' ? ' | ' : `${showNs(ns)} | ${showMhz(mhz)}`
      return `| ${name} | ${row.name === 'all' ? '' : row.instances} | ${numbers.join(' | ')} | ${times} |`
    }),
    '',
    'A RAMB36 counts as two RAMB18. A LUT RAM is a primitive of up to 256 bits.',
    '',
    describeProducts(mapped),
    '',
    ...renderProducts(products),
    '',
    ...describeWriter(writer, showNs(modules[speed.folding]!.ns)),
    '',
    ...describeCache(cache, modules.weight_cache!),
    '',
    ...renderSpeedText(speed),
    ...renderProfiles(profiles),
    '## Memories',
    '',
    '| memory | words x bits | bits | becomes |',
    '| --- | ---: | ---: | --- |',
    ...memoryRows(memories),
    '',
    ...renderLargeMemories(large),
    '## What makes it fail',
    '',
    '`make synth` ends with an error if Yosys finds a latch, a combinational loop (also one through',
    'several modules), or a wire with no driver or with several. It checks this in the design above and,',
    'unmapped, in the same with its weights in a memory and in the one of the default size (16x16x4). It',
    `also ends with an error if a memory of ${count(BLOCK_RAM_BITS)} bits or more does not become block RAM, or if a`,
    'module of `rtl/rtl.f` is in none of these.',
    '',
    ...renderLimits(),
    '',
    '`test/rtl/synth*.test.ts` show that it can fail.',
    '',
  ].join('\n')
}

export function renderRows(
  mapped: Mapped,
  order: readonly string[],
  speed: Speed['now']['modules'],
): readonly string[] {
  const number = (title: string, value: (row: ModuleUse) => number) =>
    ({ title, align: 'right', value: (row: ModuleUse) => count(value(row)) }) as const
  return renderTable<ModuleUse>(
    [
      { title: 'module', align: 'left', value: ({ name }) => name },
      number('instances', ({ instances }) => instances),
      number('LUT', ({ luts }) => luts),
      number('FF', ({ flipFlops }) => flipFlops),
      number('DSP', ({ dsps }) => dsps),
      number('RAMB18', ({ blockRams }) => blockRams),
      number('LUT RAM', ({ lutRams }) => lutRams),
      { title: 'ns', align: 'right', value: ({ name }) => showNs(speed[name]?.ns ?? null) },
      { title: 'MHz', align: 'right', value: ({ name }) => showMhz(speed[name]?.mhz ?? null) },
    ],
    listRows(mapped, order),
  )
}
