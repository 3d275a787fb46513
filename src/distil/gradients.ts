/**
 * Back-propagation through the student, as ONNX operators: from the slopes of the loss at some tensors to those of all scales, biases and steps. Rounding
 * passes a slope on unchanged inside of its range (Y. Bengio et al., "Estimating or propagating gradients through stochastic neurons", 2013), and a step
 * has the slope of learned step sizes (S. Esser et al., "Learned step size quantization", ICLR 2020).
 */
import type { ConvNode, FloatNode, MaxPoolNode, Shape, SliceNode } from '../graph/types.ts'
import type { OnnxBuilder } from '../quantise/onnx-builder.ts'
import { integers, scalar } from '../quantise/onnx-constants.ts'
import { ELEMENT_TYPE_CODES } from '../quantise/onnx-model.ts'
import { windowOf } from '../quantise/onnx-operators.ts'
import { convNames, groupNames, type Student, slopeOf, studentNames } from './student.ts'

/** Slopes at tensors, by node; several readers of a tensor add theirs. */
export type Slopes = Map<string, string[]>

export function addSlope(slopes: Slopes, node: string, tensor: string): void {
  const known = slopes.get(node)
  if (known === undefined) slopes.set(node, [tensor])
  else known.push(tensor)
}

/** Walks the graph backwards. `slopes` begins with those of the loss. */
export function addGradients(onnx: OnnxBuilder, student: Student, slopes: Slopes): void {
  const { graph, groups, rounded } = student
  const shapes = new Map(graph.nodes.map(({ name, shape }) => [name, shape]))
  const ofSteps: Slopes = new Map()
  for (const node of graph.nodes.toReversed()) {
    const own = slopes.get(node.name)
    if (own === undefined || node.op === 'input') continue
    const sum = own.length === 1 ? own[0]! : onnx.node('Sum', own, `slope/${node.name}`)
    const slope = rounded.has(node.name)
      ? unround(onnx, node.name, sum, groups.get(node.name)!, ofSteps)
      : sum
    backward(onnx, node, slope, { ...student, slopes, shapes })
  }
  for (const [group, parts] of ofSteps)
    onnx.output(onnx.node('Sum', parts, slopeOf(groupNames(group).step)), 'float', [])
}

/** The slope before rounding; that of the step is noted. */
function unround(onnx: OnnxBuilder, node: string, slope: string, group: string, ofSteps: Slopes): string {
  const { steps, rounded } = studentNames(node)
  const { lowest, highest } = groupNames(group)
  const base = `slope/${node}`
  const clipped = onnx.node('Clip', [steps, lowest, highest], `${base}:clipped`)
  const same = onnx.node('Equal', [clipped, steps], `${base}:same`)
  const inside = onnx.node('Cast', [same], `${base}:inside`, { to: ELEMENT_TYPE_CODES.float })
  // Inside of the range the step has the slope of the rounding error, outside of it that of the code at the end.
  const followed = onnx.node('Mul', [steps, inside], `${base}:followed`)
  const change = onnx.node('Sub', [rounded, followed], `${base}:change`)
  const product = onnx.node('Mul', [slope, change], `${base}:step`)
  addSlope(ofSteps, group, onnx.node('ReduceSum', [product], `${base}:steps`, { keepdims: 0 }))
  return onnx.node('Mul', [slope, inside], `${base}:real`)
}

interface Around extends Student {
  readonly slopes: Slopes
  readonly shapes: ReadonlyMap<string, Shape>
}

function backward(
  onnx: OnnxBuilder,
  node: Exclude<FloatNode, { op: 'input' }>,
  slope: string,
  around: Around,
): void {
  const { slopes, shapes } = around
  const base = `slope/${node.name}`
  switch (node.op) {
    case 'conv':
      backwardConv(onnx, node, slope, around)
      return
    case 'add':
      for (const input of node.inputs) addSlope(slopes, input, slope)
      return
    case 'concat': {
      let begin = 0
      for (const [i, input] of node.inputs.entries()) {
        const end = begin + shapes.get(input)![0]
        const bounds = [begin, end, 1].map((value) => integers(onnx, value))
        addSlope(slopes, input, onnx.node('Slice', [slope, ...bounds], `${base}:part${i}`))
        begin = end
      }
      return
    }
    case 'slice':
      backwardSlice(onnx, node, slope, around)
      return
    case 'max-pool':
      backwardPool(onnx, node, slope, slopes)
      return
    case 'upsample': {
      const mean = onnx.node('AveragePool', [slope], `${base}:mean`, windowOf(2, 2, 0))
      addSlope(slopes, node.inputs[0], onnx.node('Mul', [mean, scalar(onnx, 4)], `${base}:input`))
    }
  }
}

function backwardSlice(onnx: OnnxBuilder, node: SliceNode, slope: string, { slopes, shapes }: Around): void {
  const [input] = node.inputs
  const behind = shapes.get(input)![0] - node.begin - node.shape[0]
  const pads = integers(onnx, 0, node.begin, 0, 0, 0, behind, 0, 0)
  addSlope(slopes, input, onnx.node('Pad', [slope, pads], `slope/${node.name}:input`))
}

/** Each slope goes to where its value was found. */
function backwardPool(onnx: OnnxBuilder, node: MaxPoolNode, slope: string, slopes: Slopes): void {
  const base = `slope/${node.name}`
  const flat = onnx.node('Reshape', [slope, integers(onnx, -1)], `${base}:flat`)
  const places = onnx.node('Reshape', [studentNames(node.name).places, integers(onnx, -1)], `${base}:places`)
  const zeros = onnx.node('Sub', [flat, flat], `${base}:zeros`)
  const sums = onnx.node('ScatterElements', [zeros, places, flat], `${base}:sums`, {
    axis: 0,
    reduction: 'add',
  })
  const shape = integers(onnx, 1, ...node.shape)
  addSlope(slopes, node.inputs[0], onnx.node('Reshape', [sums, shape], `${base}:input`))
}

function backwardConv(
  onnx: OnnxBuilder,
  node: ConvNode,
  slope: string,
  { slopes, shapes, codes, graph }: Around,
): void {
  const { name, inputs } = node
  const base = `slope/${name}`
  const { bias, scale } = convNames(name)
  const before = node.activation === 'silu' ? backwardSilu(onnx, name, slope) : slope
  reduceChannels(onnx, before, slopeOf(bias), node.shape[0])
  const product = onnx.node('Mul', [before, studentNames(name).products], `${base}:product`)
  reduceChannels(onnx, product, slopeOf(scale), node.shape[0])
  // Nothing learns before the image.
  if (inputs[0] === graph.nodes[0]!.name) return
  const scaled = onnx.node('Mul', [before, studentNames(name).scales], `${base}:scaled`)
  addSlope(
    slopes,
    inputs[0],
    backwardWindow(onnx, node, codes.get(name)!, { slope: scaled, shape: shapes.get(inputs[0])! }),
  )
}

function reduceChannels(onnx: OnnxBuilder, tensor: string, output: string, channels: number): void {
  onnx.node('ReduceSum', [tensor, integers(onnx, 0, 2, 3)], output, { keepdims: 0 })
  onnx.output(output, 'float', [channels])
}

/** The slope at what a convolution reads. At stride 1 that is a convolution with the weights turned around, which is faster. */
function backwardWindow(
  onnx: OnnxBuilder,
  node: ConvNode,
  codes: Float32Array,
  { slope, shape: [, height, width] }: { readonly slope: string; readonly shape: Shape },
): string {
  const { name, kernel, stride, padding, inChannels, shape } = node
  const base = `slope/${name}`
  const output = `${base}:input`
  if (stride === 1) {
    const turned = onnx.constant(`${base}:turned`, turnAround(codes, shape[0], inChannels, kernel), [
      inChannels,
      shape[0],
      kernel,
      kernel,
    ])
    return onnx.node('Conv', [slope, turned], output, windowOf(kernel, 1, kernel - 1 - padding))
  }
  const reached = (side: number): number => (side - 1) * stride + kernel - 2 * padding
  return onnx.node('ConvTranspose', [slope, studentNames(name).codes], output, {
    ...windowOf(kernel, stride, padding),
    output_padding: [height - reached(shape[1]), width - reached(shape[2])],
  })
}

/** [channels, inputs, kernel, kernel] to [inputs, channels, kernel, kernel] with rows and columns from the end. */
function turnAround(codes: Float32Array, channels: number, inputs: number, kernel: number): Float32Array {
  const turned = new Float32Array(codes.length)
  const taps = kernel * kernel
  for (let c = 0, from = 0; c < channels; c++)
    for (let i = 0; i < inputs; i++)
      for (let tap = 0; tap < taps; tap++, from++)
        turned[(i * channels + c) * taps + taps - 1 - tap] = codes[from]!
  return turned
}

/** SiLU(x) = x · g with g = sigmoid(x): its slope is g + y · (1 − g). */
function backwardSilu(onnx: OnnxBuilder, name: string, slope: string): string {
  const { gate, real: result } = studentNames(name)
  const base = `slope/${name}`
  const closed = onnx.node('Sub', [scalar(onnx, 1), gate], `${base}:closed`)
  const bent = onnx.node('Mul', [result, closed], `${base}:bent`)
  const steepness = onnx.node('Add', [gate, bent], `${base}:steepness`)
  return onnx.node('Mul', [slope, steepness], `${base}:sum`)
}
