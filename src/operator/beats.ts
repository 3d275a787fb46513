/** Tensors to words of lanes, and back. */

import type { IntegerConv } from '../golden/types.ts'
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
  bias: () => 32,
  multiplier: () => 16,
  shift: () => 6,
  parameters: () => 64,
  table: ({ outputBits }) => outputBits,
}

/** Bits that an element of a tensor needs. */
export const elementBits = (tensor: TensorName, layer: LayerInfo): number => ELEMENT_BITS[tensor](layer)

/**
 * @param activation codes of an input of the layer, 0 the first, 1 the second
 * @throws InputError if the operator has no such tensor.
 */
export function tensorElements(
  tensor: TensorName,
  layer: LayerInfo,
  activation: (input: 0 | 1) => ArrayLike<number>,
  where: string,
): Elements {
  if (tensor === 'input') return activation(0)
  if (tensor === 'second' && layer.op === 'add') return activation(1)
  if (layer.op === 'conv') {
    const { weight, bias, multiplier, shift, table } = layer.node as IntegerConv
    switch (tensor) {
      case 'weights':
        return weight
      case 'bias':
        return bias
      case 'multiplier':
        return multiplier
      case 'shift':
        return shift
      case 'table':
        return table ?? []
      case 'parameters':
        return Array.from(
          bias,
          (value, o) =>
            BigInt.asUintN(32, BigInt(value)) | (BigInt(multiplier[o]!) << 32n) | (BigInt(shift[o]!) << 48n),
        )
    }
  }
  throw new InputError(`${layer.name} (${layer.op}) has no tensor ${tensor}`, where)
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
