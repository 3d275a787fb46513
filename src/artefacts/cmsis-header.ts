/**
 * The convolutions of a model as C arrays in the conventions of CMSIS-NN (arm_convolve_wrapper_s8, Include/arm_nnfunctions.h): weights
 * [out][row][column][in], biases without zero points, multipliers and shifts per channel, input and output offsets.
 */
import { isDeepStrictEqual } from 'node:util'
import { PROFILES } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { hardwareCodes, hardwareQuant, profileOf } from '../golden/code-range.ts'
import type { IntegerConv, IntegerGraph, QuantParams } from '../golden/types.ts'
import { unfoldBias } from '../golden/weight-sums.ts'
import { outputMultipliers } from './output-multipliers.ts'

const LINE = 100

/** Requantisers that CMSIS-NN has: with and without CMSIS_NN_USE_SINGLE_ROUNDING. */
const REQUANTISERS = PROFILES.filter(({ name }) => name === 'cmsis-nn' || name === 'tflite-single').map(
  ({ requantise }) => requantise,
)

/** Whether CMSIS-NN's functions compute a graph of the profile: all of its arithmetic, not the conventions alone. */
const isCmsis = ({ codes, accumulator, productShift, bias, requantise }: Profile): boolean =>
  codes.signed &&
  codes.padding === 'zero-point' &&
  accumulator.bits === 32 &&
  productShift === undefined &&
  bias.shift === 0 &&
  REQUANTISERS.some((own) => isDeepStrictEqual(own, requantise))

/** Null where CMSIS-NN does not compute the graph: another profile, or codes, weights or indices of other than 8 bits. */
export function writeCmsisHeader(graph: IntegerGraph): string | null {
  const profile = profileOf(graph)
  const convolutions = graph.nodes.filter((node) => node.op === 'conv')
  const isFitting =
    isCmsis(profile) &&
    graph.nodes.every(({ quant }) => quant.bits === 8) &&
    convolutions.every((node) => node.weightBits <= 8 && node.requantBits === 8)
  if (!isFitting) return null
  const quants = new Map(graph.nodes.map(({ name, quant }) => [name, quant]))
  const names = new Set<string>()
  const parts = convolutions.map((node) => {
    const name = uniqueName(node.name, names)
    return [`/* ${node.name} */`, ...describeConv(node, name, quants.get(node.inputs[0])!, profile), ''].join(
      '\n',
    )
  })
  return [
    `/* Convolutions of a model under the profile ${profile.name}, for CMSIS-NN. Written by assay quantise. */`,
    '#ifndef ASSAY_CMSIS_NN_H',
    '#define ASSAY_CMSIS_NN_H',
    '#include <stdint.h>',
    '',
    ...parts,
    '#endif',
    '',
  ].join('\n')
}

/** Letters, digits and low lines; a second layer of the same letters has a number. */
function uniqueName(layer: string, names: Set<string>): string {
  const plain = `assay_${layer.replace(/[^A-Za-z0-9]/g, '_')}`
  let name = plain
  for (let i = 2; names.has(name); i++) name = `${plain}_${i}`
  names.add(name)
  return name
}

function describeConv(node: IntegerConv, name: string, input: QuantParams, profile: Profile): string[] {
  const [channels, height, width] = node.shape
  const { kernel, inChannels } = node
  const { multipliers, shifts } = outputMultipliers(node, profile)!
  const requant = hardwareQuant(profile, {
    scale: node.requantScale,
    zeroPoint: node.requantZeroPoint,
    bits: node.requantBits,
  })
  const most = 2 ** (node.requantBits - 1) - 1
  const macro = (key: string, value: number): string => `#define ${name.toUpperCase()}_${key} (${value})`
  return [
    macro('IN_CHANNELS', inChannels),
    macro('OUT_CHANNELS', channels),
    macro('OUT_HEIGHT', height),
    macro('OUT_WIDTH', width),
    macro('KERNEL', kernel),
    macro('STRIDE', node.stride),
    macro('PADDING', node.padding),
    macro('INPUT_OFFSET', 0 - hardwareQuant(profile, input).zeroPoint),
    macro('OUTPUT_OFFSET', requant.zeroPoint),
    macro('ACTIVATION_MIN', -most - 1),
    macro('ACTIVATION_MAX', most),
    array('int8_t', `${name}_weights`, toRowsOfChannels(node)),
    // CMSIS-NN adds the input's offset to every code that it reads.
    array('int32_t', `${name}_bias`, unfoldBias(node, input, profile)),
    array('int32_t', `${name}_multipliers`, multipliers),
    array('int32_t', `${name}_shifts`, shifts),
    ...(node.table === null
      ? []
      : [
          `/* by the code before the activation, from ${-most - 1} on */`,
          array('int8_t', `${name}_table`, hardwareCodes(profile, node.table, node.quant.bits)),
        ]),
  ]
}

/** From [out, in, row, column] to [out, row, column, in]. */
function toRowsOfChannels({ shape: [channels], inChannels, kernel, weight }: IntegerConv): Int8Array {
  const area = kernel * kernel
  const taps = inChannels * area
  return Int8Array.from({ length: channels * taps }, (_, i) => {
    const [out, rest] = [Math.floor(i / taps), i % taps]
    const [tap, channel] = [Math.floor(rest / inChannels), rest % inChannels]
    return weight[out * taps + channel * area + tap]!
  })
}

function array(type: string, name: string, values: ArrayLike<number>): string {
  const lines: string[] = []
  let line = ''
  for (const value of Array.from(values)) {
    // INT32_MIN has no literal of its own.
    const text = `${value === -(2 ** 31) ? '-2147483647 - 1' : value},`
    if (line.length + text.length + 3 > LINE) {
      lines.push(`  ${line.trimEnd()}`)
      line = ''
    }
    line += `${text} `
  }
  if (line !== '') lines.push(`  ${line.trimEnd()}`)
  return [`static const ${type} ${name}[${values.length}] = {`, ...lines, '};'].join('\n')
}
