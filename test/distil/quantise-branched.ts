/** The branched network in integers. */
import type { IntegerGraph } from '../../src/golden/types.ts'
import { toNchwFloat } from '../../src/image/planes.ts'
import { calibrate } from '../../src/quantise/calibrate.ts'
import { buildIntegerGraph, type QuantiseOptions, type Ranges } from '../../src/quantise/integer-graph.ts'
import type { Observer } from '../../src/quantise/observers.ts'
import { selectRanges } from '../../src/quantise/ranges.ts'
import { openSampled } from '../../src/quantise/sampled-threads.ts'
import { branchedGraph, branchedImage } from './branched-network.ts'

export const IMAGES = 4

export async function quantiseBranched(
  bits: Omit<QuantiseOptions, 'scope'>,
  { scope = 'all', observer = 'mse' }: Partial<Pick<QuantiseOptions, 'scope'> & { observer: Observer }> = {},
) {
  const graph = branchedGraph()
  const images = Array.from({ length: IMAGES }, (_, seed) => branchedImage(seed))
  await using source = await openSampled(graph, IMAGES)
  const calibration = await calibrate(
    graph,
    source,
    images.map((image) => ({ real: toNchwFloat(image) })),
  )
  const options: QuantiseOptions = { ...bits, scope }
  const ranges: Ranges = await selectRanges(graph, calibration, { ...bits, observer })
  const integer: IntegerGraph = buildIntegerGraph(graph, ranges, options)
  return { graph, images, ranges, options, integer }
}
