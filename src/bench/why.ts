/** How long it takes to find why a layer is red, and whether the cause is the one that was planted: no simulation. */
import { join } from 'node:path'
import { ASSAY } from '../arithmetic/built-in.ts'
import { classifyFault, type FaultContext } from '../diff/classify.ts'
import { wrongElements } from '../diff/fault-evidence.ts'
import { computeLayer } from '../diff/hypotheses/convolve-changed.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { Engine } from '../golden/engine.ts'
import type { Codes, IntegerConv } from '../golden/types.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import { atMost, type Bench, type Measurement } from './measure.ts'
import { type BenchModel, prepareBenchModel } from './model.ts'

/** Seconds for a layer. */
const LIMIT = 2
/** Fewer wrong elements may be anything. */
const LEAST_WRONG = 8

interface Layer {
  readonly node: IntegerConv
  readonly input: CodeTensor
  readonly expected: Codes
  /** The last layer before it that has a table. */
  readonly before: IntegerConv | undefined
}

/** Each weight is that of another place of its channel. */
function reorder(node: IntegerConv, from: (input: number, tap: number) => number): IntegerConv {
  const taps = node.kernel ** 2
  const size = node.inChannels * taps
  const weight = node.weight.map(
    (_, at) => node.weight[at - (at % size) + from(Math.floor((at % size) / taps), at % taps)]!,
  )
  return { ...node, weight }
}

/** By the id of the cause that has to be found; null where a layer cannot have the fault. */
const PLANTED: Readonly<Record<string, (layer: Layer) => Codes | null>> = {
  'zero-point-1': ({ node, input }) =>
    node.requantZeroPoint === 0
      ? null
      : computeLayer({ ...node, requantZeroPoint: node.requantZeroPoint - 1 }, input, ASSAY),
  'no-bias': ({ node, input }) => computeLayer({ ...node, bias: node.bias.map(() => 0) }, input, ASSAY),
  'table-before': ({ node, input, before }) =>
    node.table === null || before === undefined
      ? null
      : computeLayer({ ...node, table: before.table }, input, ASSAY),
  'weights-lanes-pairs-pi': ({ node, input }) =>
    node.inChannels % 16 === 0
      ? computeLayer(
          reorder(node, (from, tap) => (from ^ 1) * node.kernel ** 2 + tap),
          input,
          ASSAY,
        )
      : null,
  'output-transposed': ({ node: { shape }, expected }) => {
    const [, height, width] = shape
    const from = (at: number): number => (at % width) * width + Math.floor(at / width)
    const plane = height * width
    return height === width
      ? (expected.map((_, at) => expected[at - (at % plane) + from(at % plane)]!) as Codes)
      : null
  },
}

async function measureModel(model: BenchModel, what: string): Promise<readonly Measurement[]> {
  const { graph, image } = model
  const golden = Engine.create(graph).run(image)
  const convolutions = graph.nodes.filter((node) => node.op === 'conv')
  const tensors = new Map(
    graph.nodes.map(({ name, shape, quant }) => [name, { shape, quant, codes: golden.get(name)! }]),
  )
  const { inputLanes, outputLanes, pixels } = DEFAULT_ENGINE
  let [slowest, found, planted] = [0, 0, 0]
  for (const [place, node] of convolutions.entries()) {
    const [input, expected] = [tensors.get(node.inputs[0])!, golden.get(node.name)!]
    const before = convolutions.slice(0, place).findLast(({ table }) => table !== null)
    const context: FaultContext = {
      ...{ inputLanes, outputLanes, pixels, table: node.table, convolutions },
      ...{ layer: { node, inputs: [input] }, others: [{ name: node.inputs[0], ...input }] },
    }
    for (const [id, plant] of Object.entries(PLANTED)) {
      const actual = plant({ node, input, expected, before })
      if (actual === null || wrongElements(expected, actual).length < LEAST_WRONG) continue
      const begin = performance.now()
      const cause = classifyFault(expected, actual, node.shape, node.quant.bits, context)?.cause
      slowest = Math.max(slowest, (performance.now() - begin) / 1000)
      planted++
      if (cause?.id === id && cause.explained === cause.elements) found++
    }
  }
  const note = `${Object.keys(PLANTED).length} faults in each of ${convolutions.length} convolutions of ${what}`
  return [
    atMost(`why a layer of ${what} is red`, slowest, LIMIT, `the slowest; ${note}`),
    {
      what: `causes named first, ${what}`,
      target: `${planted}`,
      measured: `${found}`,
      met: found === planted,
      note: `each explains every element; ${note}`,
    },
  ]
}

export const whyBench: Bench = {
  name: 'why',
  run: async (context) => {
    const own = join(context.home, 'golden', 'default')
    const files = {
      model: join(own, 'shapes.pt'),
      image: join(own, 'val', '000000.png'),
      calibration: join(own, 'calib'),
    }
    const embedded = (await prepareBenchModel(context, { files }))!
    const real = await prepareBenchModel(context)
    return [
      ...(await measureModel(embedded, 'the embedded model')),
      ...(real === null ? [] : await measureModel(real, 'yolov8n at 640x640')),
    ]
  },
}
