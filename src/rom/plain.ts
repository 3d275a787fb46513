/**
 * ROMs for an accelerator that is not ours: one memory for each array of each layer, one element per word, in C order. Signed values
 * are in two's complement of the word's width. See docs/formats.md, "Layouts".
 */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { codeOffset, profileOf } from '../golden/code-range.ts'
import type { Codes, IntegerAdd, IntegerConcat, IntegerConv, IntegerGraph } from '../golden/types.ts'
import { type RomImage, wordBytes } from './formats/types.ts'

/**
 * Every weight, bias, multiplier, shift and table: `<layer>.<what>`, and the head's `<head>.exp` and `<head>.score`. Of another profile
 * than `assay` a multiplier has 32 bits, a shift 8 with a sign, a factor those of a float32, and an add what its stages take: of both
 * operands, then of the sum; and a concat what those of its inputs take. Where codes are signed, tables have signed entries, and entry k is for the index with the bits of k.
 */
export function emitPlainRoms(graph: IntegerGraph): readonly RomImage[] {
  const profile = profileOf(graph)
  const roms: RomImage[] = []
  for (const node of graph.nodes) {
    if (node.op === 'conv') roms.push(...convRoms(node, profile))
    if (node.op === 'add') roms.push(...addRoms(node, profile))
    if (node.op === 'concat') roms.push(...concatRoms(node, profile))
  }
  if (graph.head !== null) {
    roms.push(packWords(`${graph.detect.name}.exp`, 16, graph.head.expTable))
    const { sigmoidTable } = graph.head
    // Of a signed logit it is read at the bits of its code.
    const signed = codeOffset(profile, Math.log2(sigmoidTable.length))
    const score = sigmoidTable.map((_, k) => sigmoidTable[k ^ signed]!)
    roms.push(packWords(`${graph.detect.name}.score`, 16, score))
  }
  return roms
}

const widthsOf = (profile: Profile) =>
  profile === ASSAY ? { multiplier: 16, shift: 6 } : { multiplier: 32, shift: 8 }

function convRoms(node: IntegerConv, profile: Profile): RomImage[] {
  const widths = widthsOf(profile)
  const roms = [
    packWords(`${node.name}.weight`, node.weightBits, node.weight),
    packWords(`${node.name}.bias`, 32, node.bias),
    packWords(`${node.name}.multiplier`, widths.multiplier, node.multiplier),
    packWords(`${node.name}.shift`, widths.shift, node.shift),
  ]
  if (node.factor !== undefined) roms.push(packWords(`${node.name}.factor`, 32, floatBits(node.factor)))
  if (node.table !== null)
    roms.push(packWords(`${node.name}.table`, node.quant.bits, ownTable(node.table, node, profile)))
  return roms
}

function addRoms({ name, multipliers, shift, stages }: IntegerAdd, profile: Profile): readonly RomImage[] {
  const widths = widthsOf(profile)
  if (stages === undefined)
    return [
      packWords(`${name}.multiplier`, widths.multiplier, multipliers),
      packWords(`${name}.shift`, widths.shift, [shift]),
    ]
  return [
    packWords(`${name}.multiplier`, widths.multiplier, [...multipliers, stages.multiplier]),
    packWords(`${name}.shift`, widths.shift, [...stages.shifts, shift]),
    packWords(`${name}.factor`, 32, floatBits([...stages.factors, stages.factor])),
  ]
}

function concatRoms({ name, stages }: IntegerConcat, profile: Profile): readonly RomImage[] {
  if (stages === undefined) return []
  const widths = widthsOf(profile)
  return [
    packWords(`${name}.multiplier`, widths.multiplier, stages.multipliers),
    packWords(`${name}.shift`, widths.shift, stages.shifts),
    packWords(`${name}.factor`, 32, floatBits(stages.factors)),
  ]
}

const floatBits = (values: ArrayLike<number>): Uint32Array =>
  new Uint32Array(Float32Array.from(values).buffer)

/** The table as the hardware indexes it, and with its codes. */
function ownTable(table: Codes, { requantBits, quant }: IntegerConv, profile: Profile): ArrayLike<number> {
  const index = codeOffset(profile, requantBits)
  const code = codeOffset(profile, quant.bits)
  return Int32Array.from(table, (_, k) => table[k ^ index]! - code)
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
