/** Graphs of a profile at random, and what each of their convolutions and additions is, worked product by product. */
import { factorOf } from '../../src/arithmetic/parameters.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { narrow, roundHalfToEven, runStages, shiftRight } from '../../src/arithmetic/run-stages.ts'
import type { ChannelParameters } from '../../src/arithmetic/stages.ts'
import { codeOffset, codeRange, paddingCode } from '../../src/golden/code-range.ts'
import { allocateCodes } from '../../src/golden/codes.ts'
import type { Codes, IntegerAdd, IntegerConv, IntegerGraph, IntegerNode } from '../../src/golden/types.ts'

/** The same network with the parameters of a profile: the factors of each channel and of each addition are kept. */
export function withProfile(graph: IntegerGraph, profile: Profile): IntegerGraph {
  const inputOf = (name: string): IntegerNode => graph.nodes.find((node) => node.name === name)!
  const nodes = graph.nodes.map((node): IntegerNode => {
    if (node.op === 'conv')
      return convOf(node, codeOffset(profile, inputOf(node.inputs[0]).quant.bits), profile)
    return node.op === 'add' ? addOf(node, profile) : node
  })
  return { ...graph, nodes, profile }
}

function convOf(node: IntegerConv, offset: number, profile: Profile): IntegerConv {
  const factors = Array.from(node.multiplier, (own, i) =>
    factorOf(profile.requantise, own / 2 ** node.shift[i]!),
  )
  const taps = node.weight.length / node.shape[0]
  const sumOf = (channel: number): number =>
    [...node.weight.subarray(channel * taps, (channel + 1) * taps)].reduce((sum, w) => sum + w, 0)
  return {
    ...node,
    bias: node.bias.map((bias, channel) => bias + offset * sumOf(channel)),
    multiplier: Uint32Array.from(factors, ({ multiplier }) => multiplier),
    shift: Int8Array.from(factors, ({ shift }) => shift),
    factor: Float32Array.from(factors, ({ scale }) => scale),
    // Of all layers it would leave next to nothing.
    ...(node.weight[0]! % 2 === 0 ? { rectified: true as const } : {}),
  }
}

function addOf(node: IntegerAdd, profile: Profile): IntegerAdd {
  if (profile.add.form === 'float32') return node
  const { operand, sum } = profile.add
  const factors = node.multipliers.map((own) => own / 2 ** node.shift)
  // Where both scale, the operands keep two thirds and the sum the rest.
  const of = (stages: typeof sum, factor: number) => {
    const scales = stages.some(({ stage }) => stage !== 'narrow' && stage !== 'add-zero-point')
    return scales ? factorOf(stages, factor) : { multiplier: 0, shift: 0, scale: 0 }
  }
  const isOnce = operand.length === 1 && operand[0]!.stage === 'multiply'
  const [a, b] = isOnce
    ? node.multipliers.map((own) => ({ multiplier: own % 2 ** 15, shift: 0, scale: 0 }))
    : factors.map((factor) => of(operand, factor))
  const whole = isOnce ? { multiplier: 0, shift: node.shift, scale: 0 } : of(sum, 0.9)
  return {
    ...node,
    multipliers: [a!.multiplier, b!.multiplier],
    shift: whole.shift,
    stages: {
      shifts: [a!.shift, b!.shift],
      factors: [a!.scale, b!.scale],
      multiplier: whole.multiplier,
      factor: whole.scale,
    },
  }
}

const parametersOf = (node: IntegerConv, channel: number, profile: Profile): ChannelParameters => ({
  multiplier: node.multiplier[channel]!,
  shift: node.shift[channel]!,
  scale: node.factor![channel]!,
  zeroPoint: node.requantZeroPoint - codeOffset(profile, node.requantBits),
  codeBits: node.requantBits,
  rectified: node.rectified === true,
})

export interface Worked {
  readonly codes: Codes
  /** Of every element: its accumulator, what its last narrow has, and the code before a table. */
  readonly accs: readonly bigint[]
  readonly raws: readonly bigint[]
  readonly indices: readonly number[]
}

/** as a profile says them. */
export function workConv(node: IntegerConv, input: IntegerNode, codes: Codes, profile: Profile): Worked {
  const { accumulator, productShift, requantise } = profile
  const [channels, height, width] = node.shape
  const [, inHeight, inWidth] = input.shape
  const offset = codeOffset(profile, input.quant.bits)
  const fit = (value: bigint): bigint =>
    accumulator.overflow === 'refuse'
      ? value
      : narrow(value, { signed: true, overflow: accumulator.overflow }, accumulator.bits)
  const output = allocateCodes(channels * height * width, node.quant.bits)
  const [accs, raws, indices]: [bigint[], bigint[], number[]] = [[], [], []]
  for (let o = 0, i = 0; o < channels; o++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        let acc = BigInt(node.bias[o]!)
        let w = o * node.inChannels * node.kernel ** 2
        for (let c = 0; c < node.inChannels; c++)
          for (let ky = 0; ky < node.kernel; ky++)
            for (let kx = 0; kx < node.kernel; kx++) {
              const [row, column] = [y * node.stride + ky - node.padding, x * node.stride + kx - node.padding]
              const isInside = row >= 0 && row < inHeight && column >= 0 && column < inWidth
              const code = isInside
                ? codes[(c * inHeight + row) * inWidth + column]!
                : paddingCode(profile, input.quant)
              let product = BigInt(code - offset) * BigInt(node.weight[w++]!)
              if (productShift !== undefined)
                product = shiftRight(product, productShift.by, productShift.rounding)
              acc += product
              if (accumulator.at === 'product') acc = fit(acc)
            }
        const by = parametersOf(node, o, profile)
        accs.push(fit(acc))
        raws.push(runStages(requantise.slice(0, -1), fit(acc), by))
        const index = Number(runStages(requantise, fit(acc), by)) + codeOffset(profile, node.requantBits)
        indices.push(index)
        output[i] = node.table === null ? index : node.table[index]!
      }
  return { codes: output, accs, raws, indices }
}

/** A-6 as a profile says it. */
export function workAdd(
  node: IntegerAdd,
  operands: readonly IntegerNode[],
  codes: readonly Codes[],
  profile: Profile,
): Codes {
  const offset = codeOffset(profile, node.quant.bits)
  const zeroPoint = node.quant.zeroPoint - offset
  const { add } = profile
  const output = allocateCodes(codes[0]!.length, node.quant.bits)
  for (let i = 0; i < output.length; i++) {
    const values = operands.map(({ quant }, j) => codes[j]![i]! - quant.zeroPoint)
    if (add.form === 'float32') {
      const [a, b] = values.map((value, j) =>
        Math.fround(Math.fround(value) * Math.fround(operands[j]!.quant.scale)),
      )
      const quotient = Math.fround(Math.fround(a! + b!) / Math.fround(node.quant.scale))
      const [low, high] = codeRange(profile, node.quant.bits)
      output[i] = Math.min(Math.max(Number(roundHalfToEven(quotient)) + zeroPoint, low), high) + offset
      continue
    }
    const { shifts, factors, multiplier, factor } = node.stages!
    const codeBits = node.quant.bits
    const parts = values.map((value, j) =>
      runStages(add.operand, BigInt(value), {
        ...{
          multiplier: node.multipliers[j]!,
          shift: shifts[j]!,
          scale: factors[j]!,
          zeroPoint: 0,
          codeBits,
        },
      }),
    )
    const by = { multiplier, shift: node.shift, scale: factor, zeroPoint, codeBits }
    output[i] = Number(runStages(add.sum, parts[0]! + parts[1]!, by)) + offset
  }
  return output
}
