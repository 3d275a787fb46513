/**
 * ROMs for an accelerator that is not ours: one memory for each array of each layer, one element per word, in C order. Signed values
 * are in two's complement of the word's width. See docs/formats.md, "Layouts".
 */
import type { IntegerConv, IntegerGraph } from '../golden/types.ts'
import { type RomImage, wordBytes } from './formats/types.ts'

/** Every weight, bias, multiplier, shift and table: `<layer>.<what>`, and the head's `<head>.exp` and `<head>.score`. */
export function emitPlainRoms(graph: IntegerGraph): readonly RomImage[] {
  const roms: RomImage[] = []
  for (const node of graph.nodes) {
    if (node.op === 'conv') roms.push(...convRoms(node))
    if (node.op !== 'add') continue
    roms.push(packWords(`${node.name}.multiplier`, 16, node.multipliers))
    roms.push(packWords(`${node.name}.shift`, 6, [node.shift]))
  }
  if (graph.head !== null) {
    roms.push(packWords(`${graph.detect.name}.exp`, 16, graph.head.expTable))
    roms.push(packWords(`${graph.detect.name}.score`, 16, graph.head.sigmoidTable))
  }
  return roms
}

function convRoms(node: IntegerConv): RomImage[] {
  const roms = [
    packWords(`${node.name}.weight`, node.weightBits, node.weight),
    packWords(`${node.name}.bias`, 32, node.bias),
    packWords(`${node.name}.multiplier`, 16, node.multiplier),
    packWords(`${node.name}.shift`, 6, node.shift),
  ]
  if (node.table !== null) roms.push(packWords(`${node.name}.table`, node.quant.bits, node.table))
  return roms
}

/** One element per word, at most 32 bits. @throws RangeError if an element does not fit, signed or unsigned. */
export function packWords(name: string, width: number, values: ArrayLike<number>): RomImage {
  const stride = wordBytes(width)
  const bytes = new Uint8Array(values.length * stride)
  const modulus = 2 ** width
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value >= modulus || value < -modulus / 2)
      throw new RangeError(`${name}: element ${i} is ${value}, which does not fit ${width} bits`)
    let rest = value < 0 ? value + modulus : value
    for (let at = i * stride; at < (i + 1) * stride; at++) {
      bytes[at] = rest % 256
      rest = Math.floor(rest / 256)
    }
  }
  return { name, width, depth: values.length, bytes }
}
