/** The stimuli of one layer, by its operator. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { allocateCodes, countElements } from '../golden/codes.ts'
import type { RandomBits } from '../golden/random.ts'
import type { IntegerNode, QuantParams } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import { makeAddCorners } from './add-corners.ts'
import { makeConvCorners } from './conv-corners.ts'
import { convShapes } from './conv-shape.ts'
import type { TensorInput } from './types.ts'

/** What a step computes, and the tensors that it reads. */
export interface StimulusLayer {
  readonly node: Exclude<IntegerNode, { op: 'input' | 'concat' }>
  readonly quants: readonly QuantParams[]
  readonly inputChannels: readonly number[]
  /** The input is stored 2x2 pixels to a word, so its sides are even. */
  readonly even: boolean
}

export interface LayerTensors {
  readonly inputs: readonly TensorInput[]
  readonly output: Shape
}

export function makeCorners(
  layer: StimulusLayer,
  engine: EngineParameters,
  random: RandomBits,
  profile: Profile = ASSAY,
): LayerTensors {
  const { node, quants } = layer
  const [quant] = quants
  switch (node.op) {
    case 'conv': {
      const shapes = convShapes(node, engine, 'corners', layer.even)
      return { inputs: [makeConvCorners(node, quant!, shapes, random, profile)], output: shapes.output }
    }
    case 'add': {
      const shape: Shape = [node.shape[0], 5, 11]
      const inputs = makeAddCorners(node, [quant!, quants[1]!], shape, random, profile)
      return { inputs, output: shape }
    }
    default: {
      const shape: Shape = [layer.inputChannels[0]!, 7, 9]
      return { inputs: [makeRamps(shape, quant!, random)], output: outputShape(layer, shape) }
    }
  }
}

/** Random codes of the whole range. */
export function makeRandom(layer: StimulusLayer, engine: EngineParameters, random: RandomBits): LayerTensors {
  const { node, quants, inputChannels } = layer
  const conv = node.op === 'conv' ? convShapes(node, engine, 'random', layer.even) : null
  const inputs = inputChannels.map((channels, index): TensorInput => {
    const shape: Shape = conv?.input ?? [channels, 4, 6]
    const codes = allocateCodes(countElements(shape), quants[index]!.bits)
    return { shape, codes: codes.map(() => random() % 2 ** quants[index]!.bits) }
  })
  return { inputs, output: conv?.output ?? outputShape(layer, inputs[0]!.shape) }
}

function outputShape({ node }: StimulusLayer, [, height, width]: Shape): Shape {
  const factor = node.op === 'upsample' ? 2 : 1
  return [node.shape[0], factor * height, factor * width]
}

/** For operators that pass codes on: ramps both ways, one largest code that moves along the borders, both ends, random codes. */
function makeRamps(shape: Shape, { bits }: QuantParams, random: RandomBits): TensorInput {
  const [channels, height, width] = shape
  const largest = 2 ** bits - 1
  const area = height * width
  const codes = allocateCodes(countElements(shape), bits)
  for (let c = 0; c < channels; c++) {
    const hot = (c * 11) % area
    const base = random() % largest
    for (let i = 0; i < area; i++) {
      const values = [
        (base + i) % (largest + 1),
        (base + area - i) % (largest + 1),
        i === hot ? largest : 0,
        i === hot ? 0 : largest,
        random() % (largest + 1),
      ]
      codes[c * area + i] = values[c % values.length]!
    }
  }
  return { shape, codes }
}
