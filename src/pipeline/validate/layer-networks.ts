/** This file holds the two networks whose layers are compared, and the pictures that they have run on. */
import { Engine } from '../../golden/engine.ts'
import type { Codes, IntegerGraph, IntegerNode, QuantParams } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { decodeImage } from '../../image/decode.ts'
import { type Letterboxed, letterbox } from '../../image/letterbox.ts'
import { toNchwCodes, toNchwFloat } from '../../image/planes.ts'
import type { Size } from '../../image/rgb-image.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import { LOWEST_CLASS_LOGIT } from '../../quantise/ranges.ts'
import { finishLogits } from './logits.ts'
import type { BoxChoice } from './stages.ts'

export interface LayersSetup {
  readonly kind: 'layers'
  readonly fused: FloatGraph
  /** The whole network, including its last convolutions, as integers. */
  readonly integer: IntegerGraph
  /** How boxes are chosen to measure accuracy; null: only errors of the logits are measured. */
  readonly choice: BoxChoice | null
}

export type Tensors<Values> = ReadonlyMap<string, Values>

export interface Picture {
  readonly fitted: Letterboxed
  readonly size: Size
  readonly input: Float32Array
  readonly logits: Tensors<Float32Array>
  /** Every tensor of the integer network. */
  readonly codes: Tensors<Codes>
}

/** Number of pictures that are kept with all their tensors: 25 MB each at 640x640. */
const KEPT_PICTURES = 8

/** The two networks and their state. */
export interface Networks extends Omit<LayersSetup, 'kind'> {
  readonly engine: Engine
  readonly nodes: ReadonlyMap<string, IntegerNode>
  /** The float network, which returns its logits. */
  readonly float: FloatNetwork
  /** Name of the input. */
  readonly image: string
  readonly pictures: Map<string, Picture>
  /** The float network that returns every tensor; null until it is needed. */
  everything: FloatNetwork | null
}

export async function openNetworks({ fused, integer, choice }: LayersSetup): Promise<Networks> {
  return {
    fused,
    integer,
    choice,
    engine: Engine.create(integer),
    nodes: new Map(integer.nodes.map((node) => [node.name, node])),
    float: await FloatNetwork.create(fused),
    image: fused.nodes[0]!.name,
    pictures: new Map(),
    everything: null,
  }
}

export async function loadPicture(
  { integer, engine, float, pictures }: Networks,
  path: string,
): Promise<Picture> {
  const known = pictures.get(path)
  if (known !== undefined) return known
  const [, height, width] = integer.nodes[0]!.shape
  const decoded = await decodeImage(path)
  const fitted = letterbox(decoded, { width, height })
  const input = toNchwFloat(fitted)
  const codes = engine.run(toNchwCodes(fitted, integer.nodes[0]!.quant))
  const size = { width: decoded.width, height: decoded.height }
  const picture = { fitted, size, input, logits: await float.run(input), codes }
  if (pictures.size < KEPT_PICTURES) pictures.set(path, picture)
  return picture
}

export const realLogits = ({ integer, fused }: Networks, codes: Tensors<Codes>): Map<string, Float32Array> =>
  finishLogits(integer, fused, codes)

export const logitNames = ({ fused }: Networks): readonly string[] =>
  fused.head.levels.flatMap(({ box, cls }) => [box, cls])

export const quantOf = ({ nodes }: Networks, name: string): QuantParams => nodes.get(name)!.quant

export function inputsOf({ nodes }: Networks, name: string): readonly string[] {
  const node = nodes.get(name)!
  return node.op === 'input' ? [] : node.inputs
}

/**
 * Returns the value below which a tensor is clipped before the comparison. Class logits below their codes' range are scores under
 * 0.00001. They are clipped on purpose, so that loss is not noise. Other tensors are compared as they are.
 */
export function floorOf(networks: Networks, name: string): number {
  if (!networks.fused.head.levels.some(({ cls }) => cls === name)) return Number.NEGATIVE_INFINITY
  const quant = networks.nodes.get(name)?.quant
  // Those that were left in float have no codes.
  return quant === undefined ? LOWEST_CLASS_LOGIT : -quant.scale * quant.zeroPoint
}
