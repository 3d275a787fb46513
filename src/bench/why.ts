/** How long it takes to find why a layer, or boxes, are red, and whether the cause is the one that was planted: no simulation. */
import { join } from 'node:path'
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { withRounding } from '../arithmetic/stages.ts'
import type { BoxHypothesis } from '../diff/box-fault.ts'
import { listBoxHypotheses } from '../diff/box-hypotheses.ts'
import { compareBoxes } from '../diff/boxes.ts'
import { classifyFault, type FaultContext } from '../diff/classify.ts'
import { explainBoxes, type HeadInput } from '../diff/explain-boxes.ts'
import { wrongElements } from '../diff/fault-evidence.ts'
import type { Cause } from '../diff/fault-kinds.ts'
import { computeLayer } from '../diff/hypotheses/convolve-changed.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { Engine } from '../golden/engine.ts'
import { detectGeometry } from '../golden/head-geometry.ts'
import { HEAD_RULES } from '../golden/head-rules.ts'
import { detectSpec } from '../golden/head-spec.ts'
import type { Codes, IntegerConv, NmsResult } from '../golden/types.ts'
import { chooseNms, DEFAULT_NMS } from '../pipeline/model/engine-choice.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import { atMost, type Bench, type Measurement } from './measure.ts'
import { type BenchModel, prepareBenchModel } from './model.ts'

/** Seconds for a layer. */
const LIMIT = 2
/** Of a word, PO. */
const LANES = DEFAULT_ENGINE.outputLanes
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

/** Of the profile's own arithmetic, with something in it changed. */
const compute = (
  { node, input }: Layer,
  change: Partial<IntegerConv>,
  profile: Profile = ASSAY,
): Codes | null => computeLayer({ ...node, ...change }, input, profile)

/** By the id of the cause that has to be found; null where a layer cannot have the fault. */
const PLANTED: Readonly<Record<string, (layer: Layer) => Codes | null>> = {
  'zero-point-1': ({ node, input }) =>
    node.requantZeroPoint === 0
      ? null
      : computeLayer({ ...node, requantZeroPoint: node.requantZeroPoint - 1 }, input, ASSAY),
  'no-bias': (layer) => compute(layer, { bias: layer.node.bias.map(() => 0) }),
  'bias-lanes-next': (layer) =>
    layer.node.shape[0] % LANES === 0
      ? compute(layer, {
          bias: layer.node.bias.map((_, at, all) => all[at - (at % LANES) + ((at + 1) % LANES)]!),
        })
      : null,
  'table-index-1': (layer) =>
    layer.node.table === null
      ? null
      : compute(layer, { table: layer.node.table.map((_, at, all) => all.at(at - 1)!) as Codes }),
  'rounding-floor': (layer) =>
    compute(layer, {}, { ...ASSAY, requantise: withRounding(ASSAY.requantise, 'floor') }),
  'accumulator-16-wraps': (layer) =>
    compute(layer, {}, { ...ASSAY, accumulator: { bits: 16, overflow: 'wrap', at: 'end' } }),
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
  'shift+1@lane-3-of-16': (layer) => {
    const { shape } = layer.node
    const all = compute(layer, { shift: layer.node.shift.map((s) => s + 1) })
    const plane = shape[1] * shape[2]
    const isOwn = (at: number): boolean => Math.floor(at / plane) % LANES === 3
    return all === null || shape[0] < LANES
      ? null
      : (all.map((code, at) => (isOwn(at) ? code : layer.expected[at]!)) as Codes)
  },
  'weights-kernel-turned-left': ({ node, input }) => {
    const { kernel } = node
    const from = (tap: number): number => (tap % kernel) * kernel + kernel - 1 - Math.floor(tap / kernel)
    return kernel === 1
      ? null
      : computeLayer(
          reorder(node, (channel, tap) => channel * kernel ** 2 + from(tap)),
          input,
          ASSAY,
        )
  },
  // The pixels of the layer with a stride of 1, as far as it has them.
  'stride-1': (layer) => (layer.node.stride === 2 ? compute(layer, { stride: 1 }) : null),
  'output-transposed': ({ node: { shape }, expected }) => {
    const [, height, width] = shape
    const from = (at: number): number => (at % width) * width + Math.floor(at / width)
    const plane = height * width
    return height === width
      ? (expected.map((_, at) => expected[at - (at % plane) + from(at % plane)]!) as Codes)
      : null
  },
}

/** Where nothing saturates the index of a table that is one too low is its zero point that is. */
const isNamed = (id: string, cause: Cause | undefined): boolean =>
  cause?.id === id || (cause?.others ?? []).some((other) => other.id === id)

async function measureLayers(
  { graph }: BenchModel,
  golden: ReadonlyMap<string, Codes>,
  what: string,
): Promise<readonly Measurement[]> {
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
      if (isNamed(id, cause) && cause?.explained === cause?.elements) found++
    }
  }
  const note = `${Object.keys(PLANTED).length} faults in each of ${convolutions.length} convolutions of ${what}`
  return [
    atMost(`why a layer of ${what} is red`, slowest, LIMIT, `the slowest; ${note}`),
    {
      what: `causes of layers named, ${what}`,
      target: `${planted}`,
      measured: `${found}`,
      met: found === planted,
      note: `each explains every element; ${note}`,
    },
  ]
}

/** So low that an image has hundreds of boxes, which overlap. */
const CONFIDENCE = 0.02

/** Every rule of the head that gives other boxes of this image. */
function measureBoxes(
  { graph }: BenchModel,
  golden: ReadonlyMap<string, Codes>,
  what: string,
): readonly Measurement[] {
  const { detect } = graph
  const head = graph.head!
  const input: HeadInput = {
    ...{ geometry: detectGeometry(graph), head, lanes: DEFAULT_ENGINE.inputLanes },
    boxCodes: detect.levels.map(({ box }) => golden.get(box)!),
    classCodes: detect.levels.map(({ cls }) => golden.get(cls)!),
    options: chooseNms(graph, DEFAULT_ENGINE, { ...DEFAULT_NMS, confidence: CONFIDENCE }),
  }
  const find = (hypothesis?: BoxHypothesis): NmsResult =>
    detectSpec(
      input.geometry,
      head,
      input.boxCodes,
      input.classCodes,
      { ...input.options, ...hypothesis?.options },
      { ...HEAD_RULES, ...hypothesis?.rules },
    )
  const expected = find()
  let [slowest, found, planted] = [0, 0, 0]
  for (const hypothesis of listBoxHypotheses(input)) {
    const actual = find(hypothesis)
    if (compareBoxes(expected, actual).mismatches === 0) continue
    const begin = performance.now()
    const cause = explainBoxes(input, expected, actual)?.cause
    slowest = Math.max(slowest, (performance.now() - begin) / 1000)
    planted++
    // Another rule may give the same boxes.
    const named = [cause, ...(cause?.others ?? [])].map((own) => own?.id)
    if (cause?.explained === cause?.elements && named.includes(hypothesis.id)) found++
  }
  const note = `${planted} rules of the head changed, ${expected.boxes.length} boxes of ${what}`
  return [
    atMost(`why boxes of ${what} are red`, slowest, LIMIT, `the slowest; ${note}`),
    {
      what: `causes of boxes named, ${what}`,
      target: `${planted}`,
      measured: `${found}`,
      met: found === planted,
      note: `each explains every box; ${note}`,
    },
  ]
}

async function measureModel(model: BenchModel, what: string): Promise<readonly Measurement[]> {
  const golden = Engine.create(model.graph).run(model.image)
  return [...(await measureLayers(model, golden, what)), ...measureBoxes(model, golden, what)]
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
