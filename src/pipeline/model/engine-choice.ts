/** This file chooses the engine parameters and q_NMS settings of a run from options and model. */

import { codeThreshold } from '../../golden/head-tables.ts'
import type { IntegerGraph, NmsOptions } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { widestBits } from '../../quantise/activation-bits.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../rom/parameters.ts'
import type { ModelOptions } from './options.ts'

export interface NmsChoice {
  readonly confidence: number
  readonly iou: number
  readonly maxDetections: number
  readonly multiLabel: boolean
}

export const DEFAULT_NMS: NmsChoice = { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false }

/** PI, PO, PX. */
export type EngineArray = Pick<EngineParameters, 'inputLanes' | 'outputLanes' | 'pixels'>

/** Parses `16x16x4` to PI, PO and PX. */
export function parseArray(text: string): EngineArray {
  const match = /^(\d+)x(\d+)x(\d+)$/.exec(text)
  if (match === null) throw new InputError(`expected PIxPOxPX such as 16x16x4, got ${text}`, '--array')
  return { inputLanes: Number(match[1]), outputLanes: Number(match[2]), pixels: Number(match[3]) }
}

export function chooseEngine(options: ModelOptions, array: EngineArray | undefined): EngineParameters {
  return {
    ...DEFAULT_ENGINE,
    ...array,
    // With mixed precision the ROM is as wide as its widest layer, and the datapath as the widest tensor.
    ...widestBits(options),
    tableBits: options.tableBits,
  }
}

export function chooseNms(
  graph: IntegerGraph,
  engine: EngineParameters,
  choice: NmsChoice = DEFAULT_NMS,
): NmsOptions {
  return {
    minCode: graph.head === null ? 0 : codeThreshold(graph.head, choice.confidence),
    iouThreshold: Math.round(choice.iou * 1024),
    capacity: engine.capacity,
    maxDetections: Math.min(choice.maxDetections, engine.maxDetections),
    multiLabel: choice.multiLabel,
  }
}
