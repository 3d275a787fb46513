/**
 * The integer graph as an ONNX model of integer operators only. onnxruntime runs it: a witness whose code is not ours.
 *
 * Convolutions are ConvInteger on uint8 activations and uint8 weights with zero point 128: signed weights saturate in pairs on AVX2
 * machines without VNNI. It subtracts Z_x from every tap and pads with it, so the bias that is added is B + Z_x · Σ q_w.
 * Requantisation is in int64, and the division comes before the clip: Div truncates toward zero, which equals the floor of
 * A-4 because negative values clip to 0 anyway. The clip is in float: onnxruntime's int64 Clip compares wrongly where only bit 31
 * and below differ, while a rounding to float is monotonic and exact up to 2^24, far above the largest code.
 */

import { ASSAY } from '../../src/arithmetic/built-in.ts'
import type {
  IntegerAdd,
  IntegerConv,
  IntegerGraph,
  IntegerNode,
  QuantParams,
} from '../../src/golden/types.ts'
import { unfoldBias } from '../../src/golden/weight-sums.ts'
import { InputError } from '../../src/input/input-error.ts'
import { createOnnxBuilder, type OnnxBuilder } from '../../src/quantise/onnx-builder.ts'
import { ELEMENT_TYPE_CODES, type OnnxData } from '../../src/quantise/onnx-model.ts'
import { addOperator, windowOf } from '../../src/quantise/onnx-operators.ts'

const WEIGHT_ZERO = 128

interface Writer {
  readonly onnx: OnnxBuilder
  readonly quants: ReadonlyMap<string, QuantParams>
}

/**
 * The bytes of an .onnx file with the graph's image as its input and every node's tensor as an output, uint8 [1, c, h, w], under
 * the node's name.
 *
 * @throws InputError if weights or activations have more than 8 bits, which ConvInteger does not take
 */
export function encodeOracle(graph: IntegerGraph): Uint8Array {
  const onnx = createOnnxBuilder('assay-oracle')
  const quants = new Map(graph.nodes.map((node) => [node.name, node.quant]))
  for (const node of graph.nodes) {
    checkBits(node)
    writeNode({ onnx, quants }, node)
    if (node.op !== 'input') onnx.output(node.name, 'uint8', [1, ...node.shape])
  }
  return onnx.encode()
}

function checkBits(node: IntegerNode): void {
  const bits = Math.max(node.quant.bits, node.op === 'conv' ? node.weightBits : 0)
  if (bits <= 8) return
  throw new InputError(
    `onnxruntime's integer operators take at most 8 bits for weights and activations, got ${bits}.`,
    node.name,
    'Compare the engine with the reference model instead.',
  )
}

function writeNode(writer: Writer, node: IntegerNode): void {
  const { onnx } = writer
  switch (node.op) {
    case 'input':
      onnx.input(node.name, 'uint8', [1, ...node.shape])
      return
    case 'conv':
      writeConv(writer, node)
      return
    case 'add':
      writeAdd(writer, node)
      return
    default:
      addOperator(onnx, node, node.name)
  }
}

function writeConv({ onnx, quants }: Writer, node: IntegerConv): void {
  const { name, kernel, padding, stride } = node
  const own = (suffix: string, data: OnnxData, dims?: readonly number[]) =>
    onnx.constant(`${name}:${suffix}`, data, dims)
  const channels = node.shape[0]
  const inputZero = quants.get(node.inputs[0])!.zeroPoint
  const weight = own(
    'weight',
    Uint8Array.from(node.weight, (w) => w + WEIGHT_ZERO),
    [channels, node.inChannels, kernel, kernel],
  )
  const zeros = [own('x_zero', Uint8Array.of(inputZero), []), own('w_zero', Uint8Array.of(WEIGHT_ZERO), [])]
  const bias = own('bias', unfoldBias(node, quants.get(node.inputs[0])!, ASSAY), [1, channels, 1, 1])
  const products = onnx.node(
    'ConvInteger',
    [node.inputs[0], weight, ...zeros],
    `${name}:products`,
    windowOf(kernel, stride, padding),
  )
  const acc = onnx.node('Add', [products, bias], `${name}:acc`)
  const wide = onnx.node('Cast', [acc], `${name}:wide`, { to: ELEMENT_TYPE_CODES.int64 })
  const multiplier = own('multiplier', BigInt64Array.from(node.multiplier, BigInt), [1, channels, 1, 1])
  const scaled = onnx.node('Mul', [wide, multiplier], `${name}:scaled`)
  const z = BigInt(node.requantZeroPoint)
  const addend = BigInt64Array.from(node.shift, (s) => half(s) + z * 2n ** BigInt(s))
  const sum = onnx.node('Add', [scaled, own('half', addend, [1, channels, 1, 1])], `${name}:sum`)
  const divisor = own(
    'divisor',
    BigInt64Array.from(node.shift, (s) => 2n ** BigInt(s)),
    [1, channels, 1, 1],
  )
  const largest = 2 ** node.requantBits - 1
  if (node.table === null) {
    writeQuotient(onnx, name, { sum, divisor, largest }, name)
    return
  }
  const index = writeQuotient(onnx, name, { sum, divisor, largest }, null)
  onnx.node('Gather', [own('table', node.table), index], name, { axis: 0 })
}

/** A-6 with the constants together: q_a · M_a + q_b · M_b + (h − Z_a · M_a − Z_b · M_b + Z_y · 2^s), divided and clipped. */
function writeAdd({ onnx, quants }: Writer, node: IntegerAdd): void {
  const { name, shift } = node
  let constant = half(shift) + BigInt(node.quant.zeroPoint) * 2n ** BigInt(shift)
  const terms = node.inputs.map((input, i) => {
    const multiplier = BigInt(node.multipliers[i]!)
    constant -= BigInt(quants.get(input)!.zeroPoint) * multiplier
    const wide = onnx.node('Cast', [input], `${name}:wide${i}`, { to: ELEMENT_TYPE_CODES.int64 })
    const factor = onnx.constant(`${name}:multiplier${i}`, BigInt64Array.of(multiplier), [])
    return onnx.node('Mul', [wide, factor], `${name}:term${i}`)
  })
  const both = onnx.node('Add', terms, `${name}:terms`)
  const rest = onnx.constant(`${name}:constant`, BigInt64Array.of(constant), [])
  const sum = onnx.node('Add', [both, rest], `${name}:sum`)
  const divisor = onnx.constant(`${name}:divisor`, BigInt64Array.of(2n ** BigInt(shift)), [])
  writeQuotient(onnx, name, { sum, divisor, largest: 2 ** node.quant.bits - 1 }, name)
}

interface Quotient {
  readonly sum: string
  readonly divisor: string
  readonly largest: number
}

/** clamp(sum / divisor, 0, largest): as uint8 codes named `output`, or as int32 indices where that is null. */
function writeQuotient(onnx: OnnxBuilder, name: string, of: Quotient, output: string | null): string {
  const quotient = onnx.node('Div', [of.sum, of.divisor], `${name}:quotient`)
  const real = onnx.node('Cast', [quotient], `${name}:real`, { to: ELEMENT_TYPE_CODES.float })
  const low = onnx.constant(`${name}:low`, Float32Array.of(0), [])
  const high = onnx.constant(`${name}:high`, Float32Array.of(of.largest), [])
  const clipped = onnx.node('Clip', [real, low, high], `${name}:clipped`)
  const to = output === null ? ELEMENT_TYPE_CODES.int32 : ELEMENT_TYPE_CODES.uint8
  return onnx.node('Cast', [clipped], output ?? `${name}:index`, { to })
}

/** h of. */
function half(shift: number): bigint {
  return shift === 0 ? 0n : 2n ** BigInt(shift - 1)
}
