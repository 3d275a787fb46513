/** The designs of `make synth`: the detector on its bus, at a size that Yosys maps in minutes, with ROMs of random content. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '../golden/random.ts'

export interface Design {
  readonly top: string
  /** Parameters that are not named are the module's own defaults. */
  readonly parameters: Readonly<Record<string, number>>
  readonly roms?: readonly RomContent[]
}

interface RomContent {
  /** String parameter of the top module that names the file. */
  readonly parameter: string
  /** Bits of a word. */
  readonly bits: number
  readonly depth: number
}

const ARRAY = { PI: 4, PO: 4, PX: 2, TableBits: 10 }
const DEPTHS = {
  FeatureDepth: 2048,
  WeightDepth: 1024,
  ParamDepth: 128,
  TableDepth: 4096,
  ProgramDepth: 1024,
}

/** W, A, capacity and the number of boxes are the defaults. */
export const SMALL_DETECTOR: Design = {
  top: 'detector_axi',
  parameters: { ...ARRAY, ...DEPTHS },
  roms: [
    { parameter: 'ProgramFile', bits: 32, depth: DEPTHS.ProgramDepth },
    { parameter: 'WeightFile', bits: ARRAY.PI * ARRAY.PO * 8, depth: DEPTHS.WeightDepth },
    { parameter: 'ParamFile', bits: ARRAY.PO * 64, depth: DEPTHS.ParamDepth },
    { parameter: 'TableFile', bits: 8, depth: DEPTHS.TableDepth },
    { parameter: 'HeadFile', bits: 16, depth: 512 },
  ],
}

/** A size nobody would map in a test, but which is quickly looked at for latches and loops. */
export const DEFAULT_DETECTOR: Design = { top: 'detector_axi', parameters: {} }

/** The small detector with its weights in a memory: what the memory needs instead of the ROM. */
export const MEMORY_DETECTOR: Design = {
  ...SMALL_DETECTOR,
  parameters: { ...SMALL_DETECTOR.parameters, WeightsFromMemory: 1, MemoryDataBits: 64 },
}

/** The buffer of weights for the default array, with room for two of the largest groups of yolov8n. */
export const WEIGHT_CACHE: Design = {
  top: 'weight_cache',
  parameters: { Width: 2048, Depth: 288, DataBits: 128 },
}

/** The writer of pictures for lanes that hold 2x2 pixels, which the small detector's do not. */
export const FOLDING_WRITER: Design = { top: 'image_writer', parameters: { PI: 16, PX: 4 } }

const { PI, PO, PX, TableBits } = ARRAY
const { FeatureDepth, WeightDepth, ParamDepth, TableDepth, ProgramDepth } = DEPTHS
const SIZES = { FeatureDepth, WeightDepth, ParamDepth }

/**
 * What is placed and routed for the HX8K: 7,680 cells of a LUT and a flip-flop, 32 block RAMs of 4 kbit, no multiplier. As in the small detector
 * where that fits, or else with fewer lanes. A ROM alone and the gate of the clock have no path, and what holds the whole array or the whole head does not fit.
 */
export const ICE40_DESIGNS: readonly Design[] = [
  { top: 'feature_memory', parameters: { PI, PX, Depth: 512 } },
  { top: 'pixel_align', parameters: { PI, PX } },
  { top: 'mac_array', parameters: { PI: 2, PO: 2, PX } },
  { top: 'code_array', parameters: { PI, PX } },
  { top: 'requantise', parameters: { Lanes: 1, CodeBits: TableBits } },
  { top: 'add_codes', parameters: { Lanes: 1 } },
  { top: 'activation_table', parameters: { Lanes: 2 } },
  { top: 'weight_cache', parameters: { Width: 128, Depth: 64, DataBits: 64 } },
  { top: 'tile_walker', parameters: { PI, PO, PX, ...SIZES } },
  { top: 'tile_drain', parameters: { PX, RowBits: 11 } },
  { top: 'conv_engine', parameters: { PI: 1, PO: 1, PX: 1 } },
  { top: 'divider', parameters: {} },
  { top: 'box_decode', parameters: { PI, PX } },
  { top: 'class_score', parameters: { PI, PX } },
  { top: 'candidate_sort', parameters: {} },
  { top: 'q_nms', parameters: {} },
  { top: 'operand_check', parameters: { PI, PO, PX, TableBits, ...SIZES, TableDepth } },
  { top: 'sequencer', parameters: { PI, PO, PX, TableBits, ...SIZES, TableDepth, ProgramDepth } },
  { top: 'detector_registers', parameters: {} },
  { top: 'image_writer', parameters: { PI, PX, FeatureDepth } },
  { top: 'run_control', parameters: {} },
  { top: 'box_sender', parameters: {} },
]

/**
 * Writes files for the design's ROMs into the folder that Yosys runs in, and gives the settings that name them. Any content serves that is not regular: a ROM without content is
 * optimised away, and all that reads it.
 */
export function writeRomContent({ top, roms = [] }: Design, folder: string): readonly string[] {
  const next = createRandom(1)
  const word = (bits: number): string => {
    let text = ''
    for (let digit = 0; digit < Math.ceil(bits / 4); digit++) text += (next() >>> 28).toString(16)
    return text
  }
  return roms.map(({ parameter, bits, depth }) => {
    const file = `${top}-${parameter}.mem`
    writeFileSync(join(folder, file), `${Array.from({ length: depth }, () => word(bits)).join('\n')}\n`)
    return `-set ${parameter} "${file}"`
  })
}
