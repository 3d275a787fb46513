/**
 * Distillation: the scales, biases and steps of an integer network learn from the float network, on crops of calibration images. Its codes of weights stand. It
 * mends what refinement cannot, which looks at one layer at a time: errors that layers make together.
 */
import type { IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import type { RgbImage } from '../image/rgb-image.ts'
import { giveWay } from '../input/give-way.ts'
import { lastConvolutions, type QuantiseOptions, type Ranges } from '../quantise/integer-graph.ts'
import { createSampler } from '../quantise/layer-samples.ts'
import { planCrop, resizeGraph, takeCrop } from './crops.ts'
import { type Learned, openLearning } from './learning.ts'
import type { Arrays, Rates } from './parameters.ts'
import { TrainingNetwork } from './training-network.ts'

export interface DistilTask {
  readonly graph: FloatGraph
  /** Where learning begins. */
  readonly integer: IntegerGraph
  readonly ranges: Ranges
  /** Of the size of the network's input. */
  readonly images: readonly RgbImage[]
}

export interface DistilOptions {
  readonly steps: number
  /** Height and width of a crop, at most. */
  readonly crop: number
  /** At the beginning; they fall to zero as a cosine does. */
  readonly rates: Rates
  readonly seed: number
}

/** The integer graph that has learned, and its ranges. `onStep` is told the losses of each step. */
export async function distil(
  { graph, integer, ranges, images }: DistilTask,
  options: QuantiseOptions,
  { steps, crop, rates, seed }: DistilOptions,
  onStep: (done: number, losses: Arrays) => void = () => {},
): Promise<Learned> {
  const { name: input, shape } = graph.nodes[0]!
  const stride = Math.max(...graph.head.levels.map((level) => level.stride))
  const size = planCrop({ height: shape[1], width: shape[2] }, crop, stride)
  const small = resizeGraph(graph, size)
  const learning = openLearning(graph, integer)
  const student = learning.student(small)
  await using network = await TrainingNetwork.open(student, listFeatures(graph, student.rounded))
  const random = createSampler(seed)
  for (let done = 0; done < steps; done++) {
    const share = (1 + Math.cos((Math.PI * done) / steps)) / 2
    const inputs: Arrays = new Map()
    for (const one of learning.parameters) one.feed(inputs)
    const image = images[done % images.length]!
    inputs.set(input, takeCrop(image, size, random))
    const results = await network.run(inputs)
    for (const one of learning.parameters)
      one.learn(results, { scale: rates.scale * share, bias: rates.bias * share })
    onStep(done + 1, results)
    await giveWay()
  }
  return learning.build(ranges, options)
}

/** What modules hand on, where it is integer, but for the head's logits. */
function listFeatures(graph: FloatGraph, rounded: ReadonlySet<string>): readonly string[] {
  const last = lastConvolutions(graph)
  return [...new Set(graph.aliases.values())].filter((name) => rounded.has(name) && !last.has(name))
}
