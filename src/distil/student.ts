/**
 * The student of distillation: the integer network in float32, as ONNX operators. Its codes of weights stand; scales of channels, biases and the steps of
 * activations are inputs, so that each step of learning may have others. Activations are rounded as in clause A-1:
 * y = S · clamp(round(x / S), −Z, 2^A − 1 − Z). The index of the activation's table is not rounded: it is finer.
 */
import type { ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import type { OnnxBuilder } from '../quantise/onnx-builder.ts'
import { integers } from '../quantise/onnx-constants.ts'
import { addOperator, windowOf } from '../quantise/onnx-operators.ts'

export interface Student {
  /** Of the size of the crops. */
  readonly graph: FloatGraph
  /** The scale group of each tensor. */
  readonly groups: ReadonlyMap<string, string>
  /** Codes of the weights of each convolution, or its weights where it stays in float. */
  readonly codes: ReadonlyMap<string, Float32Array>
  /** Convolutions, additions and concats whose results are rounded: those that are integer, and requantise. */
  readonly rounded: ReadonlySet<string>
}

/** Names of what a convolution takes, one value a channel. */
export const convNames = (conv: string) => ({ scale: `${conv}:scale`, bias: `${conv}:bias` })

/** Names of what a scale group takes. */
export const groupNames = (group: string) => ({
  step: `${group}:step`,
  /** The codes at the ends of the range, less the zero point. */
  lowest: `${group}:lowest`,
  highest: `${group}:highest`,
})

/** The slope of the loss at a parameter. */
export const slopeOf = (parameter: string): string => `${parameter}:slope`

/** Names of the student's tensors for a node. */
export const studentNames = (node: string) => ({
  codes: `student/${node}:codes`,
  /** The scales of the channels as a tensor. */
  scales: `student/${node}:scales`,
  /** Sums of products of codes and inputs. */
  products: `student/${node}:products`,
  /** Before the activation. */
  sum: `student/${node}:sum`,
  gate: `student/${node}:gate`,
  /** Before rounding. */
  real: `student/${node}:real`,
  /** x / S. */
  steps: `student/${node}:steps`,
  rounded: `student/${node}:rounded`,
  value: `student/${node}`,
  /** Where a max-pool found its values. */
  places: `student/${node}:places`,
})

const tensorOf = (node: string): string => studentNames(node).value

/** Adds the student beside the float network, whose input it reads. */
export function addStudent(onnx: OnnxBuilder, student: Student): void {
  const { graph, groups, rounded } = student
  for (const group of new Set([...rounded].map((name) => groups.get(name)!))) {
    const { step, lowest, highest } = groupNames(group)
    for (const name of [step, lowest, highest]) onnx.input(name, 'float', [])
  }
  for (const node of graph.nodes) addNode(onnx, node, student)
}

function addNode(onnx: OnnxBuilder, node: FloatNode, { groups, codes, rounded }: Student): void {
  const names = studentNames(node.name)
  const output = rounded.has(node.name) ? names.real : names.value
  switch (node.op) {
    case 'input':
      addImage(onnx, node.name)
      return
    case 'conv':
      addConv(onnx, node, codes.get(node.name)!, output)
      break
    case 'max-pool':
      onnx.nodes(
        'MaxPool',
        node.inputs.map(tensorOf),
        [output, names.places],
        windowOf(node.kernel, 1, node.kernel >> 1),
      )
      break
    default:
      addOperator(
        onnx,
        { ...node, name: names.value, inputs: node.inputs.map(tensorOf) } as typeof node,
        output,
      )
  }
  if (rounded.has(node.name)) addRounding(onnx, node.name, groups.get(node.name)!)
}

/** Codes of the image's own width. */
function addImage(onnx: OnnxBuilder, name: string): void {
  const { steps, rounded, value } = studentNames(name)
  const { highest } = groupNames(name)
  onnx.input(highest, 'float', [])
  onnx.node('Mul', [name, highest], steps)
  onnx.node('Div', [onnx.node('Round', [steps], rounded), highest], value)
}

function addConv(onnx: OnnxBuilder, node: ConvNode, codes: Float32Array, output: string): void {
  const { name, kernel, stride, padding, inChannels, shape } = node
  const names = studentNames(name)
  const { scale, bias } = convNames(name)
  const perChannel = integers(onnx, 1, shape[0], 1, 1)
  for (const parameter of [scale, bias]) onnx.input(parameter, 'float', [shape[0]])
  onnx.constant(names.codes, codes, [shape[0], inChannels, kernel, kernel])
  onnx.node(
    'Conv',
    [tensorOf(node.inputs[0]), names.codes],
    names.products,
    windowOf(kernel, stride, padding),
  )
  onnx.node('Reshape', [scale, perChannel], names.scales)
  const biases = onnx.node('Reshape', [bias, perChannel], `${names.sum}:biases`)
  const scaled = onnx.node('Mul', [names.products, names.scales], `${names.sum}:scaled`)
  const sum = onnx.node('Add', [scaled, biases], node.activation === 'none' ? output : names.sum)
  if (node.activation === 'none') return
  onnx.node('Sigmoid', [sum], names.gate)
  onnx.node('Mul', [sum, names.gate], output)
}

function addRounding(onnx: OnnxBuilder, node: string, group: string): void {
  const names = studentNames(node)
  const { step, lowest, highest } = groupNames(group)
  onnx.node('Div', [names.real, step], names.steps)
  const whole = onnx.node('Round', [names.steps], `${names.rounded}:whole`)
  onnx.node('Clip', [whole, lowest, highest], names.rounded)
  onnx.node('Mul', [names.rounded, step], names.value)
}
