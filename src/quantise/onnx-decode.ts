/** The head's decode as ONNX nodes: what `graph/float-head.ts` computes, for the exported file. */
import { listAnchors } from '../graph/float-head.ts'
import type { DetectHead } from '../graph/types.ts'
import type { OnnxBuilder } from './onnx-builder.ts'

/**
 * Adds outputs `boxes` [1, anchors, 4] (x0, y0, x1, y1 in pixels of the input) and `scores` [1, anchors, classes]: softmax expectation
 * over the bins, distances from the anchor's centre, sigmoid.
 */
export function addFloatDecode(
  onnx: OnnxBuilder,
  head: DetectHead,
  size: { readonly height: number; readonly width: number },
): void {
  const { name, regMax, classes } = head
  const { count, centres, strides } = listAnchors(head, size)
  const shape = (key: string, ...dims: number[]): string =>
    onnx.constant(`${name}.${key}`, BigInt64Array.from(dims, BigInt))
  const flatten = (kind: string, inputs: readonly string[], channels: number): string => {
    const dims = shape(`${kind}.shape`, 1, channels, -1)
    const flat = inputs.map((input) => onnx.node('Reshape', [input, dims], `${input}.flat`))
    return onnx.node('Concat', flat, `${name}.${kind}`, { axis: 2 })
  }

  const boxes = flatten(
    'box',
    head.levels.map((level) => level.box),
    4 * regMax,
  )
  const bins = onnx.node('Reshape', [boxes, shape('bins.shape', 1, 4, regMax, count)], `${name}.bins`)
  const chances = onnx.node('Softmax', [bins], `${name}.dfl.softmax`, { axis: 2 })
  const values = onnx.constant(
    `${name}.dfl.values`,
    Float32Array.from({ length: regMax }, (_, i) => i),
    [1, 1, regMax, 1],
  )
  const weighted = onnx.node('Mul', [chances, values], `${name}.dfl.weighted`)
  const sides = onnx.node('ReduceSum', [weighted, shape('dfl.axes', 2)], `${name}.dfl`, { keepdims: 0 })
  const stride = onnx.constant(`${name}.strides`, strides, [1, 1, count])
  const distances = onnx.node('Mul', [sides, stride], `${name}.distances`)

  const planes = new Float32Array(2 * count)
  for (let i = 0; i < count; i++) {
    planes[i] = centres[2 * i]!
    planes[count + i] = centres[2 * i + 1]!
  }
  const centre = onnx.constant(`${name}.anchors`, planes, [1, 2, count])
  onnx.nodes('Split', [distances, shape('halves', 2, 2)], [`${name}.near`, `${name}.far`], { axis: 1 })
  const low = onnx.node('Sub', [centre, `${name}.near`], `${name}.low`)
  const high = onnx.node('Add', [centre, `${name}.far`], `${name}.high`)
  const corners = onnx.node('Concat', [low, high], `${name}.corners`, { axis: 1 })
  onnx.output(onnx.node('Transpose', [corners], 'boxes', { perm: [0, 2, 1] }), 'float', [1, count, 4])

  const logits = flatten(
    'cls',
    head.levels.map((level) => level.cls),
    classes.length,
  )
  const scores = onnx.node('Sigmoid', [logits], `${name}.scores`)
  onnx.output(onnx.node('Transpose', [scores], 'scores', { perm: [0, 2, 1] }), 'float', [
    1,
    count,
    classes.length,
  ])
}
