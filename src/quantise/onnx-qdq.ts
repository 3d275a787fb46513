/**
 * The quantised network as an ONNX file that other tools know: every tensor of the graph passes QuantizeLinear and DequantizeLinear with
 * its own scale and zero point, weights are int8 codes and biases int32 codes behind DequantizeLinear. The runtime's own arithmetic
 * lies between (float, or its integer kernels), so codes may differ from ours by a rounding; `test/quantise/oracle-onnx.ts` is exact.
 * SiLU is computed, not looked up: the index of clause A-5 has no counterpart.
 */

import type { Profile } from '../arithmetic/profile.ts'
import { codeRange, hardwareQuant, profileOf } from '../golden/code-range.ts'
import type { IntegerConv, IntegerGraph, IntegerNode, QuantParams } from '../golden/types.ts'
import { accumulatorSteps, unfoldBias } from '../golden/weight-sums.ts'
import type { Activated } from '../graph/activation.ts'
import type { ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import { createOnnxBuilder, type OnnxBuilder } from './onnx-builder.ts'
import { addFloatDecode } from './onnx-decode.ts'
import { addActivation, addOperator, windowOf } from './onnx-operators.ts'

/** From this version on QuantizeLinear takes 16 bits. */
const WIDE_OPSET = 21

/** `<tensor>.codes` are the quantised tensors, `<tensor>` their real values; outputs `boxes` and `scores` as in the float file. */
export function writeQdqOnnx(float: FloatGraph, graph: IntegerGraph): Uint8Array {
  const wide = graph.nodes.some((node) => bitsOf(node) > 8)
  const onnx = createOnnxBuilder(graph.detect.name, {
    ...(wide ? { opset: WIDE_OPSET } : {}),
    metadata: {
      names: graph.detect.classes.join('\n'),
      weight_bits: String(graph.weightBits),
      activation_bits: String(graph.activationBits),
    },
  })
  const quants = new Map(graph.nodes.map(({ name, quant }) => [name, quant]))
  const network = { quants, profile: profileOf(graph) }
  const integer = new Map(graph.nodes.map((node) => [node.name, node]))
  for (const node of float.nodes) {
    const own = integer.get(node.name)
    if (own !== undefined) addQuantised(onnx, own, network, node)
    else if (node.op === 'conv') addFloatConv(onnx, node)
  }
  const [, height, width] = graph.nodes[0]!.shape
  addFloatDecode(onnx, graph.detect, { height, width })
  return onnx.encode()
}

const bitsOf = (node: IntegerNode): number =>
  Math.max(node.quant.bits, node.op === 'conv' ? node.weightBits : 0)

interface Network {
  readonly quants: ReadonlyMap<string, QuantParams>
  readonly profile: Profile
}

/** real -> codes -> real. Below 8 bits a Clip comes first: the runtime saturates at the type's largest code, not at ours. */
function addFakeQuant(
  onnx: OnnxBuilder,
  from: string,
  name: string,
  quant: QuantParams,
  profile: Profile,
): void {
  const { scale, zeroPoint, bits } = hardwareQuant(profile, quant)
  const [low, high] = codeRange(profile, bits)
  const [narrow, wide] = profile.codes.signed ? [Int8Array, Int16Array] : [Uint8Array, Uint16Array]
  const zero = (bits > 8 ? wide : narrow).of(zeroPoint)
  const parameters = [
    onnx.constant(`${name}.scale`, Float32Array.of(scale), []),
    onnx.constant(`${name}.zero_point`, zero, []),
  ]
  let real = from
  if (bits !== 8 && bits !== 16) {
    const bound = (suffix: string, code: number) =>
      onnx.constant(`${name}.${suffix}`, Float32Array.of(scale * (code - zeroPoint)), [])
    real = onnx.node('Clip', [from, bound('low', low), bound('high', high)], `${name}.clipped`)
  }
  const codes = onnx.node('QuantizeLinear', [real, ...parameters], `${name}.codes`)
  onnx.node('DequantizeLinear', [codes, ...parameters], name)
}

function addQuantised(
  onnx: OnnxBuilder,
  node: IntegerNode,
  { quants, profile }: Network,
  float: FloatNode,
): void {
  const { name, shape, quant } = node
  const real = `${name}.real`
  switch (node.op) {
    case 'input':
      onnx.input('images', 'float', [1, ...shape])
      addFakeQuant(onnx, 'images', `${name}.quantised`, quant, profile)
      return
    case 'conv':
      addConv(
        onnx,
        node,
        { input: quants.get(node.inputs[0])!, profile },
        float.op === 'conv' ? float : { activation: 'none' },
      )
      break
    default:
      addOperator(onnx, node, real)
  }
  addFakeQuant(onnx, real, name, quant, profile)
}

/** The image's real values, under the name that convolutions read. */
const readName = (name: string): string => (name === 'images' ? 'images.quantised' : name)

function addConv(
  onnx: OnnxBuilder,
  node: IntegerConv,
  { input, profile }: { readonly input: QuantParams; readonly profile: Profile },
  activated: Activated,
): void {
  const { name, kernel, stride, padding, weightScale } = node
  const channels = node.shape[0]
  const isPlain = activated.activation === 'none'
  const own = isPlain ? name : `${name}.conv`
  const dequantise = (
    what: string,
    codes: Int8Array | Int16Array | Int32Array,
    scale: Float64Array,
    dims: readonly number[],
  ): string => {
    const inputs = [
      onnx.constant(`${own}.${what}.codes`, codes, dims),
      onnx.constant(`${own}.${what}.scale`, Float32Array.from(scale)),
    ]
    return onnx.node('DequantizeLinear', inputs, `${own}.${what}`, { axis: 0 })
  }
  const weight = dequantise('weight', node.weight, weightScale, [channels, node.inChannels, kernel, kernel])
  const bias = dequantise('bias', unfoldBias(node, input, profile), accumulatorSteps(node, input, profile), [
    channels,
  ])
  const sum = onnx.node(
    'Conv',
    [readName(node.inputs[0]), weight, bias],
    isPlain ? `${name}.real` : own,
    windowOf(kernel, stride, padding),
  )
  if (isPlain) return
  addActivation(onnx, activated, sum, `${name}.real`)
}

/** A last convolution that `--scope no-last` leaves in float. */
function addFloatConv(onnx: OnnxBuilder, node: ConvNode): void {
  const { name, kernel, stride, padding } = node
  const dims = [node.shape[0], node.inChannels, kernel, kernel]
  const inputs = [node.inputs[0], onnx.constant(`${name}.weight`, node.weight, dims)]
  if (node.bias !== null) inputs.push(onnx.constant(`${name}.bias`, node.bias))
  onnx.node('Conv', inputs, name, windowOf(kernel, stride, padding))
}
