/** Memories as yolov8n at 640x640 needs them, mapped as a slice of a few bits: many block RAMs, and what chooses between them. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { formatCount, wrap } from '../report/table.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import type { Design } from './synth-design.ts'
import { mapDesign } from './synth-map.ts'
import { addUse, type Use } from './synth-netlist.ts'
import { LIMIT_NS } from './synth-record.ts'
import { findPaths, type Path } from './synth-timing.ts'
import type { Log } from './synth-yosys.ts'

/** Words of yolov8n's weights with the default array, and without those of its first layer. */
const WEIGHTS = { all: 12_292, full: 12_288 }
const ROWS = 25_600
/** Bits that a RAMB36 holds of 512 words. */
const SLICE = 72

export interface LargeMemory {
  readonly what: string
  readonly words: number
  readonly width: number
  readonly use: Use
  readonly path: Path
}

const rom = (depth: number): Design => ({
  top: 'rom',
  parameters: { Width: SLICE, Depth: depth, OutputRegister: 1 },
  roms: [{ parameter: 'File', bits: SLICE, depth }],
})

const FEATURES: Design = {
  top: 'feature_memory',
  parameters: { PI: 1, PX: DEFAULT_ENGINE.pixels, Depth: ROWS },
}

export async function mapLargeMemories(
  sources: readonly string[],
  scratch: string,
  log: Log,
): Promise<readonly LargeMemory[]> {
  const designs = [
    { what: 'weight ROM', words: WEIGHTS.all, width: SLICE, design: rom(WEIGHTS.all) },
    { what: 'weight ROM', words: WEIGHTS.full, width: SLICE, design: rom(WEIGHTS.full) },
    { what: `features, ${2 * DEFAULT_ENGINE.pixels} banks`, words: ROWS, width: 8, design: FEATURES },
  ]
  const found: LargeMemory[] = []
  for (const [index, { design, ...rest }] of designs.entries()) {
    log(`${rest.what} of ${formatCount(rest.words)} words`)
    const own = join(scratch, `large-${index}`)
    mkdirSync(own)
    const mapped = await mapDesign(design, sources, own)
    const [path] = await findPaths(mapped, own)
    found.push({ ...rest, use: addUse(mapped.modules), path: path! })
  }
  return found
}

export const renderLargeMemories = (memories: readonly LargeMemory[]): readonly string[] => [
  '## Memories of yolov8n',
  '',
  ...wrap(
    `The design above is small, and so are its memories. yolov8n at 640x640 with the default array needs words of 2,048 bits in the weight ROM and of 128 bits in each bank of features; a slice of them shows what chooses between block RAMs. A weight ROM of ${formatCount(WEIGHTS.full)} words would be whole blocks of 4,096: these are full, and the first layer, whose 2x2 pixels fill 12 of 16 lanes, has the four others. As deep as yolov8n needs them, the paths of these slices are longer than the ${LIMIT_NS} ns that every module of the design above keeps: between the block RAMs and the register behind them are multiplexers of Yosys, where devices with cascades of block RAMs need none.`,
    100,
  ),
  '',
  '| memory | words x bits | RAMB18 | LUT | xc7 cells, ns |',
  '| --- | ---: | ---: | ---: | ---: |',
  ...memories.map(({ what, words, width, use, path }) => {
    const { blockRams, luts } = use
    const ns = (path.picoseconds / 1000).toFixed(2)
    return `| ${what} | ${formatCount(words)} x ${width} | ${formatCount(blockRams)} | ${formatCount(luts)} | ${ns} |`
  }),
  '',
]
