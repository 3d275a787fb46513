/** The sweep measures accuracy against model size over several bit widths. */
import { join } from 'node:path'
import { profileName } from '../../golden/code-range.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import type { SweepPoint, SweepResult } from '../../report/layer-cost.ts'
import { plotLines } from '../../report/plot-svg.ts'
import { formatCount } from '../../report/table.ts'
import { writeWhole } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'
import type { PreparedModel } from '../model/prepare.ts'
import { type ValidationRequest, validate } from './validation.ts'

/** Bytes that the hardware stores of a model: weight codes, biases (32 bits), multipliers (16), shifts (6) and tables. */
export function countModelBytes(graph: IntegerGraph): number {
  let bits = 0
  for (const node of graph.nodes) {
    if (node.op !== 'conv') continue
    bits += node.weight.length * node.weightBits + node.bias.length * (32 + 16 + 6)
    bits += (node.table?.length ?? 0) * node.quant.bits
  }
  return Math.ceil(bits / 8)
}

/** Bytes of the fused network in float32. */
export const countFloatBytes = (graph: FloatGraph): number =>
  graph.nodes.reduce(
    (sum, node) => sum + (node.op === 'conv' ? 4 * (node.weight.length + (node.bias?.length ?? 0)) : 0),
    0,
  )

/** A validation of a quantised model. */
export type SweepRequest = ValidationRequest & { readonly prepared: PreparedModel }

/** Validates each model together with the float network, and writes `sweep.json` and `sweep.svg` to `folder`. */
export async function sweepBits(
  requests: readonly SweepRequest[],
  folder: string,
  progress: Progress,
): Promise<SweepResult> {
  const points: SweepPoint[] = []
  let [floatMap, images]: [number | null, number] = [null, 0]
  for (const request of requests) {
    const { integer } = request.prepared
    const stage = integer.head === null ? 'quantised' : 'full'
    // Earlier results of this model, perhaps on more images and stages, stay in their folder.
    const own = join(folder, `w${integer.weightBits}a${integer.activationBits}`)
    const changes = { folder: own, stages: ['float', stage], pictures: [] } as const
    const result = await validate({ ...request, ...changes }, progress)
    const [float, quantised] = [result.stages[0]!, result.stages[1]!]
    floatMap = float.map
    images = result.images
    points.push({
      weightBits: integer.weightBits,
      activationBits: integer.activationBits,
      bytes: countModelBytes(integer),
      map: quantised.map,
      map50: quantised.map50,
      difference: quantised.difference?.difference ?? null,
      low: quantised.difference?.low ?? null,
      high: quantised.difference?.high ?? null,
    })
  }
  const first = requests[0]!
  const result: SweepResult = {
    stage: first.prepared.integer.head === null ? 'quantised' : 'full',
    profile: profileName(first.prepared.integer),
    images,
    floatMap,
    floatBytes: countFloatBytes(first.model.graph),
    points,
  }
  await writeWhole(join(folder, 'sweep.json'), `${JSON.stringify(result, null, 1)}\n`)
  await writeWhole(join(folder, 'sweep.svg'), plotSweep(result))
  return result
}

export function plotSweep({ points, floatMap, profile, images }: SweepResult): string {
  const kilobytes = ({ bytes }: SweepPoint): number => bytes / 1000
  const sizes = points.map(kilobytes)
  const float = 100 * (floatMap ?? Number.NaN)
  const plot = plotLines({
    isFile: true,
    title: `Accuracy against model size${profile === undefined ? '' : `, ${profile}`}, ${formatCount(images)} image${images === 1 ? '' : 's'}`,
    xLabel: 'model size, kB',
    yLabel: 'mAP50-95, %',
    labels: points.map(({ weightBits, activationBits }) => `W${weightBits}A${activationBits}`),
    series: [
      {
        name: 'integer',
        points: points.map((point) => [kilobytes(point), 100 * (point.map ?? Number.NaN)] as const),
      },
      {
        name: 'float',
        points: [
          [Math.min(...sizes), float],
          [Math.max(...sizes), float],
        ],
      },
    ],
  })
  return String(plot)
}
