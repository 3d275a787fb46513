/** What a quantisation gains and costs: the size of the network before and after, and the noise of the head's logits on a few images. */
import { availableParallelism } from 'node:os'
import { describeArchitecture } from '../../artefacts/architecture.ts'
import { ITEM_BYTES } from '../../checkpoint/tensor.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { spread } from '../../image/list-images.ts'
import { countStored, meanBits } from '../../quantise/activation-bits.ts'
import { addPower, decibelsOf, NO_POWER } from '../../quantise/signal-power.ts'
import { formatSi, wrap } from '../../report/table.ts'
import type { Progress } from '../files/progress.ts'
import type { LoadedModel, PreparedModel } from '../model/prepare.ts'
import { decorate } from '../report/decoration.ts'
import type { LayerTask } from './layer-runner.ts'
import { startPool } from './worker-pool.ts'

export interface QuantisationSummary {
  /** How many tensors have how many bits, the fewest bits first. */
  readonly activationBits: readonly { readonly bits: number; readonly tensors: number }[]
  /** Mean bits of a stored code. */
  readonly meanActivationBits: number
  readonly size: ReturnType<typeof describeArchitecture>['size']
  /** Null if it could not be measured, which a remark has explained. */
  readonly signalToNoise: LogitNoise | null
}

interface LogitNoise {
  readonly images: number
  /** The network was fitted to these images: on others it may be worse. */
  readonly fitted: boolean
  /** Signal to noise of the logits of boxes and of classes, dB; null if nothing differs. */
  readonly box: number | null
  readonly cls: number | null
}

/** Images that are enough for a figure of one decimal. */
const MOST_IMAGES = 4

export async function summarise(
  model: LoadedModel,
  prepared: PreparedModel,
  progress: Progress,
): Promise<QuantisationSummary> {
  const { size } = describeArchitecture(model.graph, prepared.integer, ITEM_BYTES[model.dtype])
  const { made } = await decorate('signal to noise', progress, () => measureNoise(model, prepared, progress))
  const { integer } = prepared
  return {
    activationBits: countBits(integer),
    meanActivationBits: meanOf(model.graph, integer),
    size,
    signalToNoise: made ?? null,
  }
}

function meanOf(graph: FloatGraph, { nodes, activationBits, profile }: IntegerGraph): number {
  const groupBits = new Map(nodes.map(({ name, quant }) => [name, quant.bits]))
  const made = graph.nodes.filter(({ name }) => groupBits.has(name))
  return meanBits(countStored(graph, made, profile), { activationBits, groupBits })
}

function countBits({ nodes }: IntegerGraph): QuantisationSummary['activationBits'] {
  const found = new Map<number, number>()
  for (const { quant } of nodes) found.set(quant.bits, (found.get(quant.bits) ?? 0) + 1)
  return [...found].map(([bits, tensors]) => ({ bits, tensors })).sort((a, b) => a.bits - b.bits)
}

/** Runs the integer network and the float one on some images of the calibration's folder: on those that were not chosen, where there are any. */
async function measureNoise(
  model: LoadedModel,
  { integer, calibration, spare }: PreparedModel,
  progress: Progress,
): Promise<LogitNoise> {
  const fitted = spare.length === 0
  const paths = spread(fitted ? calibration : spare, MOST_IMAGES)
  const task = progress.start(`compare the logits on ${paths.length} image${paths.length === 1 ? '' : 's'}`)
  const setup = { kind: 'layers', fused: model.graph, integer, choice: null } as const
  await using pool = await startPool<'layers'>(setup, Math.min(availableParallelism(), paths.length))
  const sums = { box: NO_POWER, cls: NO_POWER }
  const tasks = paths.map((path): LayerTask => ({ analysis: 'all', paths: [path] }))
  await pool.run(tasks, (_index, result) => {
    if (result.analysis !== 'logits') throw new Error('Expected the noise of logits')
    sums.box = addPower(sums.box, result.box)
    sums.cls = addPower(sums.cls, result.cls)
  })
  task.done()
  return { images: paths.length, fitted, box: decibelsOf(sums.box), cls: decibelsOf(sums.cls) }
}

/** Lines of at most 80 columns. */
export function describeSummary({
  activationBits,
  meanActivationBits,
  size,
  signalToNoise,
}: QuantisationSummary): readonly string[] {
  const { parameters, floatBytes, weightBytes, parameterBytes, tableBytes, headTableBytes, floatLayerBytes } =
    size
  const others = parameterBytes + tableBytes + headTableBytes
  const after = weightBytes + others + floatLayerBytes
  const bytes = (count: number): string => `${formatSi(count)}B`
  const decibels = (value: number | null): string => (value === null ? 'exact' : `${value.toFixed(1)} dB`)
  return [
    `${formatSi(parameters)} parameters: ${bytes(floatBytes)} in float32, ${bytes(after)} quantised, ${(floatBytes / after).toFixed(1)} times less`,
    `  ${bytes(weightBytes)} weights, ${bytes(others)} biases, multipliers and tables${floatLayerBytes === 0 ? '' : `, ${bytes(floatLayerBytes)} left in float`}`,
    ...(activationBits.length === 1
      ? []
      : [
          ...wrap(
            `Activations: ${activationBits.map(({ bits, tensors }, i) => `${bits}-bit in ${tensors}${i === 0 ? ` tensor${tensors === 1 ? '' : 's'}` : ''}`).join(', ')}`,
          ),
          `  ${meanActivationBits.toFixed(2)} bits per stored activation in the mean`,
        ]),
    ...(signalToNoise === null
      ? []
      : wrap(
          `Signal to noise of the logits: boxes ${decibels(signalToNoise.box)}, classes ${decibels(signalToNoise.cls)}, on ${describeImages(signalToNoise)}`,
        )),
  ]
}

const describeImages = ({ images, fitted }: LogitNoise): string =>
  fitted
    ? `${images === 1 ? 'the calibration image' : `${images} calibration images`}, which ranges were fitted to: assay validate measures on others`
    : `${images} image${images === 1 ? '' : 's'} that calibration left out`
