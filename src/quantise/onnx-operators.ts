/** What the ONNX files have in common: operators without weights, activations, and windows. */
import type { Activated } from '../graph/activation.ts'
import type { ConvNode, FloatNode, InputNode } from '../graph/types.ts'
import type { OnnxBuilder } from './onnx-builder.ts'

/** Attributes of an operator with a square window. */
export const windowOf = (kernel: number, stride: number, padding: number) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
})

/** Adds the activation of a convolution; `output` names its result, and intermediate ones begin with it. */
export function addActivation(onnx: OnnxBuilder, node: Activated, input: string, output: string): void {
  switch (node.activation) {
    case 'none':
      onnx.node('Identity', [input], output)
      return
    case 'relu':
      onnx.node('Relu', [input], output)
      return
    case 'relu6':
      onnx.node(
        'Clip',
        [input, ...[0, 6].map((bound) => onnx.constant(`${output}.${bound}`, Float32Array.of(bound), []))],
        output,
      )
      return
    case 'leaky-relu':
      onnx.node('LeakyRelu', [input], output, { alpha: { float: node.slope ?? 0 } })
      return
    case 'silu':
      onnx.node('Mul', [input, onnx.node('Sigmoid', [input], `${output}.sigmoid`)], output)
      return
    case 'hard-swish': {
      const gate = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }
      onnx.node('Mul', [input, onnx.node('HardSigmoid', [input], `${output}.gate`, gate)], output)
    }
  }
}

/** Adds an operator without weights; `output` names its result. */
export function addOperator(
  onnx: OnnxBuilder,
  node: Exclude<FloatNode, InputNode | ConvNode>,
  output: string,
): void {
  const { name } = node
  switch (node.op) {
    case 'add':
      onnx.node('Add', node.inputs, output)
      return
    case 'concat':
      onnx.node('Concat', node.inputs, output, { axis: 1 })
      return
    case 'slice': {
      const bounds = [node.begin, node.begin + node.shape[0], 1].map((value, i) =>
        onnx.constant(`${name}.${['begin', 'end', 'axis'][i]}`, BigInt64Array.of(BigInt(value))),
      )
      onnx.node('Slice', [...node.inputs, ...bounds], output)
      return
    }
    case 'max-pool':
      onnx.node('MaxPool', node.inputs, output, windowOf(node.kernel, 1, node.kernel >> 1))
      return
    case 'upsample': {
      const scales = onnx.constant(`${name}.scales`, Float32Array.of(1, 1, 2, 2))
      onnx.node('Resize', [...node.inputs, '', scales], output, {
        mode: 'nearest',
        nearest_mode: 'floor',
        coordinate_transformation_mode: 'asymmetric',
      })
    }
  }
}
