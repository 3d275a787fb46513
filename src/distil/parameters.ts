/** What distillation learns: of a convolution the scales of its channels and its biases, of a scale group its step. */
import type { Profile } from '../arithmetic/profile.ts'
import type { IntegerConv, IntegerGraph, QuantParams } from '../golden/types.ts'
import { accumulatorSteps, unfoldBias } from '../golden/weight-sums.ts'
import type { ConvNode } from '../graph/types.ts'
import type { RefinedLayer } from '../quantise/integer-graph.ts'
import type { Range } from '../quantise/observers.ts'
import { smallestWeightScale } from '../quantise/weights.ts'
import { Adam } from './adam.ts'
import { convNames, groupNames, slopeOf } from './student.ts'

/** Values of inputs of the training network, or its slopes, by name. */
export type Arrays = Map<string, Float32Array>

/** How far a step of learning moves a parameter, about. */
export interface Rates {
  /** Natural logarithms of scales and of steps. */
  readonly scale: number
  /** Real. */
  readonly bias: number
}

export interface Parameter {
  /** Gives the training network its values. */
  feed(to: Arrays): void
  /** Moves them against their slopes. */
  learn(slopes: Arrays, rates: Rates): void
}

export class ConvParameter implements Parameter {
  readonly node: IntegerConv
  readonly #logScale: Float32Array
  readonly #bias: Float32Array
  readonly #adams: { readonly scale: Adam; readonly bias: Adam }

  /** @param input of the tensor that it reads */
  constructor(node: IntegerConv, input: QuantParams, profile: Profile) {
    this.node = node
    const [channels] = node.shape
    this.#logScale = Float32Array.from(node.weightScale, Math.log)
    const steps = accumulatorSteps(node, input, profile)
    this.#bias = Float32Array.from(unfoldBias(node, input, profile), (code, c) => code * steps[c]!)
    this.#adams = { scale: new Adam(channels), bias: new Adam(channels) }
  }

  feed(to: Arrays): void {
    const { scale, bias } = convNames(this.node.name)
    to.set(scale, this.#logScale.map(Math.exp))
    to.set(bias, this.#bias)
  }

  learn(slopes: Arrays, rates: Rates): void {
    const { scale, bias } = convNames(this.node.name)
    const ofScale = slopes.get(slopeOf(scale))!
    // The slope at a logarithm is that at the scale, times the scale.
    this.#adams.scale.step(
      this.#logScale,
      ofScale.map((slope, c) => slope * Math.exp(this.#logScale[c]!)),
      rates.scale,
    )
    this.#adams.bias.step(this.#bias, slopes.get(slopeOf(bias))!, rates.bias)
  }

  /** @param inputScale of the tensor that the layer reads by now. */
  take(inputScale: number): RefinedLayer {
    const bias = Float64Array.from(this.#bias)
    const scale = Float64Array.from(this.#logScale, (log, c) =>
      Math.max(Math.exp(log), smallestWeightScale(bias[c]!, inputScale)),
    )
    return { weights: { codes: this.node.weight, scale }, bias }
  }
}

/** A convolution that stays in float: nothing of it is learned. */
export class FixedConv implements Parameter {
  readonly #node: ConvNode

  constructor(node: ConvNode) {
    this.#node = node
  }

  feed(to: Arrays): void {
    const { scale, bias } = convNames(this.#node.name)
    to.set(scale, new Float32Array(this.#node.shape[0]).fill(1))
    to.set(bias, this.#node.bias!)
  }

  learn(): void {}
}

export class StepParameter implements Parameter {
  readonly group: string
  readonly #quant: QuantParams
  readonly #logScale: Float32Array
  readonly #adam = new Adam(1)

  constructor(group: string, quant: QuantParams) {
    this.group = group
    this.#quant = quant
    this.#logScale = Float32Array.of(Math.log(quant.scale))
  }

  /** S of the group. */
  get scale(): number {
    return Math.exp(this.#logScale[0]!)
  }

  feed(to: Arrays): void {
    const { step, lowest, highest } = groupNames(this.group)
    const { zeroPoint, bits } = this.#quant
    to.set(step, Float32Array.of(this.scale))
    to.set(lowest, Float32Array.of(-zeroPoint))
    to.set(highest, Float32Array.of(2 ** bits - 1 - zeroPoint))
  }

  learn(slopes: Arrays, rates: Rates): void {
    const [slope] = slopes.get(slopeOf(groupNames(this.group).step))!
    this.#adam.step(this.#logScale, [slope! * this.scale], rates.scale)
  }

  /** The zero point stays. */
  take(): Range {
    const { zeroPoint, bits } = this.#quant
    return { low: -zeroPoint * this.scale, high: (2 ** bits - 1 - zeroPoint) * this.scale }
  }
}

/** The image's codes: nothing of them is learned. */
export class ImageCodes implements Parameter {
  readonly #name: string
  readonly #top: Float32Array

  constructor({ nodes }: IntegerGraph) {
    this.#name = nodes[0]!.name
    this.#top = Float32Array.of(2 ** nodes[0]!.quant.bits - 1)
  }

  feed(to: Arrays): void {
    to.set(groupNames(this.#name).highest, this.#top)
  }

  learn(): void {}
}
