/** The two networks whose layers are compared, and the pictures that they have seen. */
import { Engine } from '../../golden/engine.ts'
import type { Codes, IntegerGraph, IntegerNode, QuantParams } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { decodeImage } from '../../image/decode.ts'
import { type Letterboxed, letterbox } from '../../image/letterbox.ts'
import { toNchwCodes, toNchwFloat } from '../../image/planes.ts'
import type { Size } from '../../image/rgb-image.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import { dequantise } from './logits.ts'
import type { BoxChoice } from './stages.ts'

export interface LayersSetup {
  readonly kind: 'layers'
  readonly fused: FloatGraph
  /** Quantised with its last convolutions. */
  readonly integer: IntegerGraph
  /** How boxes are chosen where accuracy is asked for; null: errors of the logits only. */
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

/** Pictures kept with all their tensors: 25 MB each at 640x640. */
const KEPT_PICTURES = 8

/** The two networks, and what is known of their layers. */
export interface Networks extends Omit<LayersSetup, 'kind'> {
  readonly engine: Engine
  readonly nodes: ReadonlyMap<string, IntegerNode>
  /** The float network, down to its logits. */
  readonly float: FloatNetwork
  /** Name of the input. */
  readonly image: string
  readonly pictures: Map<string, Picture>
  /** The float network with every tensor, once it was asked for. */
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
  const codes = engine.run(toNchwCodes(fitted, integer.activationBits))
  const size = { width: decoded.width, height: decoded.height }
  const picture = { fitted, size, input, logits: await float.run(input), codes }
  if (pictures.size < KEPT_PICTURES) pictures.set(path, picture)
  return picture
}

export const realLogits = (networks: Networks, codes: Tensors<Codes>): Map<string, Float32Array> =>
  new Map(logitNames(networks).map((name) => [name, dequantise(codes.get(name)!, quantOf(networks, name))]))

export const logitNames = ({ fused }: Networks): readonly string[] =>
  fused.head.levels.flatMap(({ box, cls }) => [box, cls])

export const quantOf = ({ nodes }: Networks, name: string): QuantParams => nodes.get(name)!.quant

export function inputsOf({ nodes }: Networks, name: string): readonly string[] {
  const node = nodes.get(name)!
  return node.op === 'input' ? [] : node.inputs
}

/**
 * Class logits below their codes' range are scores under 0.00001, clipped on purpose: what is lost there is no noise. Other
 * tensors are compared as they are.
 */
export function floorOf(networks: Networks, name: string): number {
  if (!networks.fused.head.levels.some(({ cls }) => cls === name)) return Number.NEGATIVE_INFINITY
  const { scale, zeroPoint } = quantOf(networks, name)
  return -scale * zeroPoint
}
