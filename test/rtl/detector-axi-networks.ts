/** Networks whose pictures lie in the feature memory in every way that there is. */
import type { IntegerGraph, NmsOptions } from '../../src/golden/types.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import { headGraph } from '../golden/head-graph.ts'

export interface Network {
  readonly graph: IntegerGraph
  readonly engine: EngineParameters
  readonly nms: NmsOptions
}

const nms = { minCode: 20, iouThreshold: 900, capacity: 12, maxDetections: 5, multiLabel: false }
const array = (lanes: number, pixels: number, bits = 8) => ({
  ...{ ...DEFAULT_ENGINE, inputLanes: lanes, outputLanes: lanes, pixels, capacity: 12, maxDetections: 5 },
  ...{ activationBits: bits, tableBits: bits },
})
/** A word holds one pixel, four (space-to-depth), or a third of one. */
export const PLAIN: Network = { graph: headGraph([3, 5, 7], 3), engine: array(4, 2), nms }
export const FOLDED: Network = {
  graph: headGraph([3, 6, 10], 3, { stemStride: 2 }),
  engine: array(16, 2),
  nms,
}
export const ROOMY: Network = { graph: headGraph([3, 5, 6], 3), engine: array(16, 2), nms }
export const THIRDS: Network = { graph: headGraph([3, 4, 6], 2, { bits: 5 }), engine: array(1, 1, 5), nms: { ...nms, minCode: 4 } } // biome-ignore format: a network a line
export const HALVES: Network = { graph: headGraph([3, 3, 5], 2, { bits: 6 }), engine: array(2, 4, 6), nms: { ...nms, minCode: 9 } } // biome-ignore format: a network a line
