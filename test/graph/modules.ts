/** Modules of a checkpoint, made by hand: class, attributes, children, tensors of ones. */
import type { CheckpointModule } from '../../src/checkpoint/module-tree.ts'
import type { PickleValue } from '../../src/checkpoint/pickle-value.ts'
import type { Tensor } from '../../src/checkpoint/tensor.ts'

export interface Made {
  readonly type: string
  readonly attributes?: Readonly<Record<string, PickleValue>>
  readonly children?: Readonly<Record<string, Made>>
  /** The parameters. */
  readonly tensors?: Readonly<Record<string, Tensor | null>>
  readonly buffers?: Readonly<Record<string, Tensor | null>>
}

/** A float32 tensor of this shape that holds the values again and again. */
export function tensorOf(shape: readonly number[], ...values: number[]): Tensor {
  const count = shape.reduce((product, side) => product * side, 1)
  const data = Float32Array.from({ length: count }, (_, i) => values[i % values.length] ?? 1)
  const stride = shape.map((_, i) => shape.slice(i + 1).reduce((product, side) => product * side, 1))
  return { kind: 'tensor', dtype: 'float32', shape, stride, offset: 0, storage: new Uint8Array(data.buffer) }
}

export function makeModule(path: string, made: Made): CheckpointModule {
  const { type, attributes = {}, children = {}, tensors = {}, buffers = {} } = made
  return {
    path,
    className: `some.module.${type}`,
    attributes: new Map(Object.entries(attributes)),
    children: new Map(
      Object.entries(children).map(([name, child]) => [name, makeModule(`${path}.${name}`, child)]),
    ),
    parameters: new Map(Object.entries(tensors)),
    buffers: new Map(Object.entries(buffers)),
    hooks: [],
  }
}

/** `Conv2d` as torch describes it. */
export const conv2d = (
  from: number,
  to: number,
  kernel: number,
  attributes: Readonly<Record<string, PickleValue>> = {},
): Made => ({
  type: 'Conv2d',
  attributes: {
    ...{ in_channels: from, out_channels: to, kernel_size: [kernel, kernel], stride: [1, 1] },
    ...{ padding: [kernel >> 1, kernel >> 1], dilation: [1, 1], groups: 1, padding_mode: 'zeros' },
    ...attributes,
  },
  tensors: { weight: tensorOf([to, from, kernel, kernel], 1, 2, 3) },
})

/** `Conv` of YOLOv8, without batch norm: a convolution and SiLU. */
export const conv = (from: number, to: number, kernel = 1): Made => ({
  type: 'Conv',
  children: { conv: conv2d(from, to, kernel), act: { type: 'SiLU' } },
})
