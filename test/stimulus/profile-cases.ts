/** Profiles and networks on which stimulus and coverage of meaning are tried, and the corner stimuli of their layers. */
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { DESIGNS } from '../../src/arithmetic/designs.ts'
import { makeProfile } from '../../src/arithmetic/make-profile.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import type { Stage } from '../../src/arithmetic/stages.ts'
import { Engine } from '../../src/golden/engine.ts'
import { layerGraph } from '../../src/golden/layer-graph.ts'
import { createRandom } from '../../src/golden/random.ts'
import type { Codes, IntegerAdd, IntegerConv, IntegerGraph, IntegerNode } from '../../src/golden/types.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { countConv, countOverflow } from '../../src/stimulus/count-layers.ts'
import type { ConvMeaning, Hit } from '../../src/stimulus/coverage.ts'
import { makeCorners } from '../../src/stimulus/layers.ts'
import { RandomGraphMaker } from '../golden/random-graph.ts'

const named = (name: string): Profile => PROFILES.find((profile) => profile.name === name)!
const designed = (name: string): Profile =>
  makeProfile(DESIGNS.find((design) => design.name === name)!.stages, name.replaceAll(/\W+/g, '-'), name)
const TFLITE = named('tflite')
const CODES = { stage: 'narrow', signed: true, overflow: 'saturate' } as const
const own = (name: string, changes: Partial<Profile>): Profile => ({ ...TFLITE, name, ...changes })
const stages = (name: string, ...requantise: readonly Stage[]): Profile => own(name, { requantise })
const zeroPoint = { stage: 'add-zero-point' } as const
const multiply = { stage: 'multiply', bits: 16 } as const
const right = (rounding: 'half-up' | 'toward-zero' | 'half-down') =>
  ({ stage: 'shift-right', rounding }) as const
const leak = { numerator: 13, shift: 7, rounding: 'floor' } as const

/** Without overflow. What such a profile proves is what every sum says. */
export const EXACT: readonly Profile[] = [
  ...PROFILES,
  ...['byheng Neural-Network-Accelerator', 'VTA', 'PULP NE16', 'Gemmini, shift', 'NNgen'].map(designed),
  stages('toward-zero', multiply, right('toward-zero'), zeroPoint, CODES),
  own('leaky', {
    requantise: [{ stage: 'rectify', leak }, multiply, right('half-down'), zeroPoint, CODES],
    activation: { ...TFLITE.activation, rectified: { form: 'stage' } },
  }),
  own('zero-code', { codes: { ...TFLITE.codes, padding: 'zero-code' } }),
]
/** Of these some sums are beyond what can be followed, and what they prove is less than what is so. */
export const LOOSE: readonly Profile[] = [
  own('product-shift', { productShift: { by: 2, rounding: 'half-away' } }),
  own('wraps-between', {
    requantise: [multiply, right('half-up'), { ...CODES, bits: 4, overflow: 'wrap' }, zeroPoint, CODES],
  }),
  ...(['wrap', 'saturate'] as const).flatMap((overflow) =>
    (['end', 'product'] as const).map((at) =>
      own(`${overflow}-at-${at}`, { accumulator: { bits: 9, overflow, at } }),
    ),
  ),
]

/** Every operator, on few channels, so that with few bits all sums can be looked at. */
function makeGraph(bits: { weightBits: number; activationBits: number; tableBits: number }): IntegerGraph {
  const maker = new RandomGraphMaker({ seed: 6, shape: [3, 9, 11], ...bits })
  maker.conv('stem', 'images', { channels: 5, kernel: 3, stride: 2 })
  const split = maker.conv('split', 'stem', { channels: 8 })
  const half = maker.slice('chunk', split, 4, 4)
  const sum = maker.add('shortcut', half, maker.conv('cv1', half, { channels: 4, kernel: 3 }))
  const joined = maker.conv('joined', sum, { channels: 3, zeroPoint: maker.zeroPoint(split) })
  const pool = maker.maxPool('pool', maker.concat('c2f', [split, joined]))
  maker.add('twice', maker.upsample('up', pool), 'up')
  maker.conv('logits', pool, { channels: 6, table: false })
  const graph = maker.graph()
  return { ...graph, nodes: graph.nodes.map((node) => (node.op === 'conv' ? roundFactors(node) : node)) }
}

/** Of every second channel, so that also the first of two roundings has ties. */
const roundFactors = (node: IntegerConv): IntegerConv => ({
  ...node,
  multiplier: node.multiplier.map((m, o) => (o % 2 === 0 ? m : 0xc000)),
})
export const SMALL = makeGraph({ weightBits: 3, activationBits: 4, tableBits: 5 })
export const USUAL = makeGraph({ weightBits: 8, activationBits: 8, tableBits: 8 })
const ENGINE = { ...DEFAULT_ENGINE, inputLanes: 1, outputLanes: 1 }

export interface Corners<Node extends IntegerNode> {
  readonly node: Node
  readonly inputs: readonly IntegerNode[]
  readonly codes: readonly Codes[]
}

/** The corner stimuli of all layers of an operator. */
export function cornersOf<Node extends IntegerConv | IntegerAdd>(
  graph: IntegerGraph,
  op: Node['op'],
): Corners<Node>[] {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  return graph.nodes
    .filter((node) => node.op === op)
    .map((each) => {
      const node = each as Node
      const sources = node.inputs.map((name) => nodes.get(name)!)
      const quants = sources.map(({ quant }) => quant)
      const inputChannels = sources.map(({ shape }) => shape[0])
      const layer = { node, quants, inputChannels, even: false }
      const { inputs, output } = makeCorners(layer, ENGINE, createRandom(9), graph.profile)
      return {
        node: { ...node, shape: output },
        inputs: sources.map((source, i) => ({ ...source, shape: inputs[i]!.shape })),
        codes: inputs.map(({ codes }) => codes),
      }
    })
}

export function coverConv({ node, inputs, codes }: Corners<IntegerConv>, profile: Profile): ConvMeaning {
  const [input] = inputs as [IntegerNode]
  const engine = Engine.create(layerGraph(node, [input], profile), { tallies: true })
  let meaning: ConvMeaning | undefined
  engine.runLayer(node.name, codes, (conv, tally) => {
    meaning = countConv(conv, input.shape, input.quant.bits, tally, profile)
  })
  const overflow = countOverflow(node, input, codes[0]!, profile)
  return overflow === undefined ? meaning! : { ...meaning!, overflow }
}

export const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)
export const RULES = ['tiesAbove', 'tiesBelow', 'clampLow', 'clampHigh'] as const
export const counted = (meaning: Record<(typeof RULES)[number], Hit>): readonly number[] =>
  RULES.map((rule) => meaning[rule].count)
export const possible = (meaning: Record<(typeof RULES)[number], Hit>): readonly boolean[] =>
  RULES.map((rule) => meaning[rule].possible)
