/**
 * The float network with samples of its tensors as outputs. Where whole tensors leave onnxruntime, each is brought into another order and
 * copied, and all of a frame are in memory at once.
 */
import type { FloatGraph, Shape } from '../graph/types.ts'
import { convolutionsOf, listObserved, listTargets, sampleStep } from './float-samples.ts'
import { preActivationKey } from './integer-graph.ts'
import type { OnnxBuilder } from './onnx-builder.ts'
import { integers } from './onnx-constants.ts'
import { buildFloatOnnx } from './onnx-float.ts'
import { addActivation } from './onnx-operators.ts'

/** Names of what is taken of a tensor, and of the input that says which of its pixels are wanted. */
export const sampleNames = (tensor: string) => ({
  values: `${tensor}:values`,
  min: `${tensor}:min`,
  max: `${tensor}:max`,
  sum: `${tensor}:sum`,
  pixels: `${tensor}:pixels`,
  wanted: `${tensor}:wanted`,
})

/** The bytes of the .onnx file. Beside the image it reads which pixels of each target are wanted, int64. */
export function writeSampledOnnx(graph: FloatGraph): Uint8Array {
  const onnx = buildFloatOnnx(graph)
  const shapes = listObserved(graph)
  const nodes = convolutionsOf(graph)
  for (const [tensor, shape] of shapes) {
    const { values, min, max, sum } = sampleNames(tensor)
    const length = shape[0] * shape[1] * shape[2]
    const step = sampleStep(length)
    const before = preActivationKey(tensor)
    if (shapes.has(before)) {
      // The activation of the samples is the samples of the activation, and they need not be gathered once more.
      addActivation(onnx, nodes.get(tensor)!, sampleNames(before).values, values)
    } else {
      takeEvery(onnx, tensor, step, values)
      // One operator takes the axes as an input, the others as an attribute.
      onnx.node('ReduceMin', [tensor], min, { axes: [2, 3], keepdims: 0 })
      onnx.node('ReduceMax', [tensor], max, { axes: [2, 3], keepdims: 0 })
      onnx.node('ReduceSum', [tensor, integers(onnx, 2, 3)], sum, { keepdims: 0 })
      for (const name of [min, max, sum]) onnx.output(name, 'float', [1, shape[0]])
    }
    onnx.output(values, 'float', [Math.ceil(length / step)])
  }
  for (const tensor of listTargets(graph)) takePixels(onnx, tensor, shapes.get(tensor)!)
  return onnx.encode()
}

function takeEvery(onnx: OnnxBuilder, tensor: string, step: number, values: string): void {
  const flat = onnx.node('Reshape', [tensor, integers(onnx, -1)], `${tensor}:flat`)
  const bounds = [0, 2 ** 40, 0, step].map((bound) => integers(onnx, bound))
  onnx.node('Slice', [flat, ...bounds], values)
}

function takePixels(onnx: OnnxBuilder, tensor: string, [channels, height, width]: Shape): void {
  const { pixels, wanted } = sampleNames(tensor)
  const count = `${wanted}.length`
  onnx.input(wanted, 'int64', [count])
  const planes = onnx.node('Reshape', [tensor, integers(onnx, channels, height * width)], `${tensor}:planes`)
  onnx.node('Gather', [planes, wanted], pixels, { axis: 1 })
  onnx.output(pixels, 'float', [channels, count])
}
