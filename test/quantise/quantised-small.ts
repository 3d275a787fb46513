/** The small network quantised for a profile, with a picture's codes and the float network's tensors. */
import type { Profile } from '../../src/arithmetic/profile.ts'
import type { Codes, IntegerGraph } from '../../src/golden/types.ts'
import type { FloatGraph } from '../../src/graph/types.ts'
import { toNchwCodes } from '../../src/image/planes.ts'
import { imageQuant, widenRange } from '../../src/quantise/code-ranges.ts'
import { buildIntegerGraph, type Ranges } from '../../src/quantise/integer-graph.ts'
import { runSmall, smallGraph, smallImage } from './small-network.ts'

const pixels = smallImage(3)
const image = { width: 16, height: 16, data: interleave(pixels) }
export const tensorsOf = (graph: FloatGraph) =>
  runSmall(
    graph,
    Float32Array.from(pixels, (pixel) => pixel / 255),
  )
export const smallTensors = tensorsOf(smallGraph)

function interleave(planes: Uint8Array): Uint8Array {
  const area = planes.length / 3
  return Uint8Array.from({ length: planes.length }, (_, i) => planes[(i % 3) * area + Math.floor(i / 3)]!)
}

/** @param tableBits P of A-5 */
export function quantisedSmall(
  profile: Profile,
  tableBits = 10,
  float = smallGraph,
): { graph: IntegerGraph; image: Codes } {
  const tensors = float === smallGraph ? smallTensors : tensorsOf(float)
  const ranges: Ranges = new Map(
    [...tensors].map(([name, values]) => {
      const range = { low: Math.min(0, ...values), high: Math.max(0, ...values) }
      return [name, widenRange(range, name.endsWith('.conv') ? tableBits : 8, profile.codes)]
    }),
  )
  const options = { weightBits: 8, activationBits: 8, tableBits, scope: 'all', profile } as const
  return {
    graph: buildIntegerGraph(float, ranges, options),
    image: toNchwCodes(image, imageQuant(8, profile)),
  }
}
