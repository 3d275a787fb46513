/** Tensors to words of lanes, and back. */
import { carryCode, codeOffset, hardwareCodes, ownTable } from '../golden/code-range.ts'
import { factorBits, parameterWidths, storedBias } from '../golden/parameter-widths.ts'
import type { Codes, IntegerConv } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { type RomImage, wordBytes } from '../rom/formats/types.ts'
import { layoutIndices } from './layout.ts'
import type { LayerInfo, Layout, TensorName } from './types.ts'

/** Elements of a tensor in C order. */
export type Elements = ArrayLike<number> | readonly bigint[]

const ELEMENT_BITS: Readonly<Record<TensorName, (layer: LayerInfo) => number>> = {
  input: ({ inputBits }) => inputBits,
  second: ({ inputBits }) => inputBits,
  output: ({ outputBits }) => outputBits,
  weights: ({ weightBits }) => weightBits,
  bias: ({ biasBits }) => biasBits,
  multiplier: ({ multiplierBits }) => multiplierBits,
  shift: ({ shiftBits }) => shiftBits,
  factor: () => FLOAT_BITS,
  parameters: (layer) => parameterFields(layer).bits,
  table: ({ outputBits }) => outputBits,
}

const FLOAT_BITS = 32
const SHIFT_FIELD = 16

/** Where a word of `parameters` has the multiplier (or the factor) and the shift, above the bias. */
function parameterFields({ biasBits, profile }: LayerInfo) {
  const { multiplier, hasFactor } = parameterWidths(profile)
  const second = biasBits <= 32 ? 32 : 64
  const third = second + (hasFactor || multiplier > 16 ? 32 : 16)
  return { second, third, bits: third + SHIFT_FIELD }
}

/** Bits that an element of a tensor needs. */
export const elementBits = (tensor: TensorName, layer: LayerInfo): number => ELEMENT_BITS[tensor](layer)

/** What the codes of the layer's output are carried above the hardware's own. */
export const outputOffset = ({ profile, outputBits }: LayerInfo): number => codeOffset(profile, outputBits)

/**
 * As the hardware has them: signed codes are below 0.
 *
 * @param activation carried codes of an input of the layer, 0 the first, 1 the second
 * @throws InputError if the operator, or its profile, has no such tensor.
 */
export function tensorElements(
  tensor: TensorName,
  layer: LayerInfo,
  activation: (input: 0 | 1) => Codes,
  where: string,
): Elements {
  const own = (input: 0 | 1): Elements =>
    hardwareCodes(layer.profile, activation(input), layer.inputs[input]!.bits)
  if (tensor === 'input') return own(0)
  if (tensor === 'second' && layer.op === 'add') return own(1)
  if (layer.op === 'conv') {
    const { profile } = layer
    const node = layer.node as IntegerConv
    if (elementBits(tensor, layer) === 0 || (tensor === 'factor' && node.factor === undefined))
      throw new InputError(`the stages of ${profile.name} take no ${tensor} of a channel`, where)
    switch (tensor) {
      case 'weights':
        return node.weight
      case 'bias':
        return storedBias(profile, node.bias)
      case 'multiplier':
        return node.multiplier
      case 'shift':
        return node.shift
      case 'factor':
        return factorBits(node)
      case 'table':
        return node.table === null ? [] : ownTable(profile, node.table, outputOffset(layer))
      case 'parameters':
        return parameterWords(layer, node)
    }
  }
  throw new InputError(`${layer.name} (${layer.op}) has no tensor ${tensor}`, where)
}

function parameterWords(layer: LayerInfo, node: IntegerConv): readonly bigint[] {
  const { second, third } = parameterFields(layer)
  const scales = node.factor === undefined ? node.multiplier : factorBits(node)
  return Array.from(
    storedBias(layer.profile, node.bias),
    (bias, o) =>
      BigInt.asUintN(second, BigInt(bias)) |
      (BigInt(scales[o]!) << BigInt(second)) |
      (BigInt.asUintN(SHIFT_FIELD, BigInt(node.shift[o]!)) << BigInt(third)),
  )
}

/** Words of a tensor in a layout's order, each little-endian in whole bytes. */
export function layWords(
  tensor: TensorName,
  elements: Elements,
  layout: Layout & { readonly bits: number; readonly lanes: number },
  layer: LayerInfo,
  where: string,
): RomImage {
  const { order, lanes, bits, fill = 0 } = layout
  const needed = elementBits(tensor, layer)
  if (bits < needed)
    throw new InputError(`a lane of ${bits} bits is too narrow for ${tensor}, which has ${needed}`, where)
  const indices = layoutIndices(tensor, order, layer, where)
  if (indices.length % lanes !== 0)
    throw new InputError(
      `the ${indices.length} elements of ${tensor} in order '${order}' do not fill words of ${lanes} lanes`,
      where,
      `Walk the fastest axis in blocks, such as i/${lanes} … i%${lanes}.`,
    )
  const width = bits * lanes
  const stride = wordBytes(width)
  const depth = indices.length / lanes
  const bytes = new Uint8Array(depth * stride)
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!
    const value = index < 0 ? fill : elements[index]!
    const bit = Math.floor(at / lanes) * stride * 8 + (at % lanes) * bits
    if (bits <= 8 && (bit & 7) + bits <= 8 && typeof value === 'number')
      bytes[bit >> 3]! |= (value & (2 ** bits - 1)) << (bit & 7)
    else orWide(bytes, bit, bits, BigInt(value))
  }
  return { name: tensor, width, depth, bytes }
}

function orWide(bytes: Uint8Array, bit: number, bits: number, value: bigint): void {
  let rest = BigInt.asUintN(bits, value) << BigInt(bit & 7)
  for (let at = bit >> 3; rest !== 0n; at++, rest >>= 8n) bytes[at]! |= Number(rest & 255n)
}

/** Lane `lane` of a word of up to 32-bit lanes. */
export function readLane(bytes: Uint8Array, offset: number, lane: number, bits: number): number {
  let value = 0
  for (let i = 0; i < bits; i++) {
    const bit = lane * bits + i
    if ((bytes[offset + (bit >> 3)]! >> (bit & 7)) & 1) value += 2 ** i
  }
  return value
}

/** The code of a lane as Assay carries it: a signed one comes in two's complement of the lane. */
export function carryLane(lane: number, bits: number, offset: number): number {
  const isNegative = offset > 0 && lane >= 2 ** (bits - 1)
  return carryCode(isNegative ? lane - 2 ** bits : lane, offset)
}
