/**
 * The integer graph of the profile `onnx-qlinear` as ONNX's own quantised operators: QLinearConv, and for an add, or a concat that
 * requantises, dequantised operands, Add or Concat, and QuantizeLinear. A runtime that follows ONNX gives its codes, element by element, if it keeps the nodes apart
 * (onnxruntime: graph optimisation off).
 *
 * Weights are unsigned with the zero point 128: onnxruntime's kernels for signed ones saturate pairs of products on machines with AVX2
 * and without VNNI.
 */

import { isDeepStrictEqual } from 'node:util'
import { PROFILES } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { profileOf } from '../golden/code-range.ts'
import type {
  IntegerAdd,
  IntegerConcat,
  IntegerConv,
  IntegerGraph,
  IntegerNode,
  QuantParams,
} from '../golden/types.ts'
import { unfoldBias } from '../golden/weight-sums.ts'
import { InputError } from '../input/input-error.ts'
import { createOnnxBuilder, type OnnxBuilder } from './onnx-builder.ts'
import { ELEMENT_TYPE_CODES } from './onnx-model.ts'
import { addOperator, windowOf } from './onnx-operators.ts'

const PROFILE = PROFILES.find(({ name }) => name === 'onnx-qlinear')!
const WEIGHT_ZERO = 128
/** Codes of ONNX's quantised types. */
const BITS = 8

/**
 * The bytes of the .onnx file: input `images` [1, c, h, w] of codes, and every node's codes as an output under its name, uint8.
 *
 * @throws InputError for another profile, with the first field that is another, or for more than 8 bits
 */
export function writeQlinearOnnx(graph: IntegerGraph): Uint8Array {
  const profile = profileOf(graph)
  const field = otherField(profile)
  if (field !== undefined)
    throw new InputError(
      `profile ${profile.name} is not what ONNX computes: its ${field} is another`,
      graph.detect.name,
      'Quantise with --profile onnx-qlinear.',
    )
  const onnx = createOnnxBuilder(graph.detect.name)
  const quants = new Map(graph.nodes.map((node) => [node.name, node.quant]))
  for (const node of graph.nodes) {
    checkBits(node)
    addNode(onnx, node, quants, profile)
    if (node.op !== 'input') onnx.output(node.name, 'uint8', [1, ...node.shape])
  }
  return onnx.encode()
}

/** Whether ONNX's quantised operators compute the graph. */
export const isQlinear = (graph: IntegerGraph): boolean =>
  otherField(profileOf(graph)) === undefined && graph.nodes.every(hasBits)

/** The first field in which a profile is not the built-in one; a concat in float32 is ONNX's, too. */
function otherField(profile: Profile): string | undefined {
  const { name, source, concat, ...own } = profile
  const fields = Object.keys(own) as (keyof typeof own)[]
  const other = fields.find((field) => !isDeepStrictEqual(own[field], PROFILE[field]))
  return other ?? (concat === undefined || concat.form === 'float32' ? undefined : 'concat')
}

/** A table's index needs them, too. */
const hasBits = (node: IntegerNode): boolean =>
  node.quant.bits === BITS && (node.op !== 'conv' || (node.weightBits <= BITS && node.requantBits <= BITS))

function checkBits(node: IntegerNode): void {
  if (hasBits(node)) return
  throw new InputError(
    `ONNX's quantised operators have ${BITS} bits, a code, a weight or a table's index has others`,
    node.name,
    'Quantise with --bits 8 --table-bits 8.',
  )
}

type Quants = ReadonlyMap<string, QuantParams>

function addNode(onnx: OnnxBuilder, node: IntegerNode, quants: Quants, profile: Profile): void {
  const { name } = node
  switch (node.op) {
    case 'input':
      onnx.input(name, 'uint8', [1, ...node.shape])
      return
    case 'conv':
      addConv(onnx, node, quants.get(node.inputs[0])!, profile)
      return
    case 'add':
      addReal(onnx, node, quants)
      return
    case 'concat':
      if (profile.concat === undefined) addOperator(onnx, node, name)
      else addReal(onnx, node, quants)
      return
    default:
      addOperator(onnx, node, name)
  }
}

/** The operator on dequantised inputs. */
function addReal(onnx: OnnxBuilder, node: IntegerAdd | IntegerConcat, quants: Quants): void {
  const { name } = node
  const inputs = node.inputs.map((input, i) =>
    onnx.node(
      'DequantizeLinear',
      [input, ...parametersOf(onnx, `${name}.${i}`, quants.get(input)!)],
      `${name}.real.${i}`,
    ),
  )
  const real = `${name}.real`
  addOperator(onnx, { ...node, inputs } as typeof node, real)
  onnx.node('QuantizeLinear', [real, ...parametersOf(onnx, `${name}.y`, node.quant)], name)
}

/** Scale and zero point. */
const parametersOf = (onnx: OnnxBuilder, name: string, { scale, zeroPoint }: QuantParams): string[] => [
  onnx.constant(`${name}.scale`, Float32Array.of(scale), []),
  onnx.constant(`${name}.zero_point`, Uint8Array.of(zeroPoint), []),
]

function addConv(onnx: OnnxBuilder, node: IntegerConv, input: QuantParams, profile: Profile): void {
  const { name, kernel, stride, padding, requantScale, requantZeroPoint, requantBits } = node
  const [channels] = node.shape
  const weight = onnx.constant(
    `${name}.weight`,
    Uint8Array.from(node.weight, (code) => code + WEIGHT_ZERO),
    [channels, node.inChannels, kernel, kernel],
  )
  const inputs = [
    ...[node.inputs[0], ...parametersOf(onnx, `${name}.x`, input), weight],
    onnx.constant(`${name}.weight.scale`, Float32Array.from(node.weightScale)),
    onnx.constant(`${name}.weight.zero_point`, new Uint8Array(channels).fill(WEIGHT_ZERO)),
    ...parametersOf(onnx, `${name}.p`, {
      scale: requantScale,
      zeroPoint: requantZeroPoint,
      bits: requantBits,
    }),
    onnx.constant(`${name}.bias`, unfoldBias(node, input, profile)),
  ]
  const window = windowOf(kernel, stride, padding)
  if (node.table === null) {
    onnx.node('QLinearConv', inputs, name, window)
    return
  }
  const index = onnx.node('QLinearConv', inputs, `${name}.index`, window)
  const wide = onnx.node('Cast', [index], `${name}.wide`, { to: ELEMENT_TYPE_CODES.int32 })
  onnx.node('Gather', [onnx.constant(`${name}.table`, Uint8Array.from(node.table)), wide], name, { axis: 0 })
}
