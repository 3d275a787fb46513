/** This file makes the options that build and open the detector: its parameters for a set of ROMs, and its streams. */
import { join } from 'node:path'
import type { RomName, RomSet } from '../rom/emit.ts'
import { countLevels } from '../rom/program.ts'
import { largestGroup } from '../rom/weights-image.ts'
import { bridgeFolder } from '../simulate/build/runtime.ts'
import type { SimulateOptions } from '../simulate/types.ts'

/** Levels that most heads have: one build of the RTL serves them. */
const LEAST_LEVELS = 3

/** Each depth is at least this one, so that one build of the RTL serves most networks. */
const LEAST_DEPTHS = {
  feature: 32768,
  weight: 16384,
  param: 512,
  table: 65536,
  program: 4096,
} as const

export const atLeast = (least: number, needed: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(least, needed)))

/** The module's parameters that hold a set of ROMs, and no word more. */
export function exactParameters(roms: RomSet): Record<string, number> {
  const { engine, arithmetic } = roms
  // A copy of the RTL from before there were others has no parameters for them.
  const isAssay = arithmetic.requantise === 0 && arithmetic.add === 0
  return {
    PI: engine.inputLanes,
    PO: engine.outputLanes,
    PX: engine.pixels,
    WeightBits: engine.weightBits,
    ActivationBits: engine.activationBits,
    TableBits: engine.tableBits,
    Capacity: engine.capacity,
    MaxDetections: engine.maxDetections,
    MaxLevels: Math.max(1, countLevels(roms.steps.map(({ instruction }) => instruction))),
    FeatureDepth: roms.featureRows,
    WeightDepth: roms.weights.depth,
    ParamDepth: roms.params.depth,
    TableDepth: roms.tables.depth,
    ProgramDepth: roms.program.depth,
    ...(isAssay ? {} : { RequantiseArithmetic: arithmetic.requantise, AddArithmetic: arithmetic.add }),
  }
}

/**
 * What `rtl/detector_axi.sv` has beside these: its registers after a reset, as the program needs them, and room for two output groups
 * where the weights come from a memory.
 */
export function busParameters(roms: RomSet): Record<string, number> {
  const image = roms.placements.get(roms.steps[0]!.reads[0]!)!
  return {
    ImageBase: image.base,
    ImagePlane: image.plane,
    ImagePitch: image.pitch,
    ImageWidth: image.width,
    ImageHeight: image.height,
    SpaceToDepth: image.spaceToDepth ? 1 : 0,
    LineDepth: image.spaceToDepth ? image.width : 1,
    Last: roms.steps.length - 1,
    WeightBufferWords: 2 * largestGroup(roms.steps),
  }
}

/** The module's parameters for a simulation, with room for most other networks. */
export function detectorParameters(roms: RomSet): Record<string, number> {
  const exact = exactParameters(roms)
  return {
    ...exact,
    MaxLevels: Math.max(LEAST_LEVELS, exact.MaxLevels!),
    FeatureDepth: atLeast(LEAST_DEPTHS.feature, roms.featureRows),
    WeightDepth: atLeast(LEAST_DEPTHS.weight, roms.weights.depth),
    ParamDepth: atLeast(LEAST_DEPTHS.param, roms.params.depth),
    TableDepth: atLeast(LEAST_DEPTHS.table, roms.tables.depth),
    ProgramDepth: atLeast(LEAST_DEPTHS.program, roms.program.depth),
  }
}

/** The module by itself. */
export const DETECTOR = 'detector'

/** The module behind AXI. */
export const DETECTOR_AXI = 'detector_axi'

export function detectorOptions(
  roms: RomSet,
  sources: readonly string[],
  romPaths: Readonly<Record<RomName, string>>,
): SimulateOptions {
  return {
    top: DETECTOR,
    sources: [SHOWN, ...sources],
    parameters: detectorParameters(roms),
    plusargs: romPaths,
  }
}

/** A Verilator configuration that keeps the feature memory readable. */
const SHOWN = join(bridgeFolder, 'detector.vlt')

/**
 * These `SimulateOptions.streams` leave the tap alone: it would record every feature word, 27 MB an image of yolov8n, until somebody
 * takes them.
 */
export const NO_TAP = { tap: null } as const satisfies SimulateOptions['streams']
