/** The matcher `toMatchTensor`. */
import { expect } from 'vitest'
import { describeDifference, type TensorData, type TensorShape } from './tensor-difference.ts'

/** A tensor with its shape, in C order. */
export interface ShapedTensor {
  readonly shape: TensorShape
  readonly data: TensorData
}

interface TensorMatchers<Result> {
  /**
   * Every element equals: the shape is [channels, height, width] (or fewer), given here or with a tensor. A failure reads
   * `c3 y7 x0: expected 12, received 11; 1 of 4096 differs`, with a picture of where the errors lie.
   */
  toMatchTensor(expected: TensorData | ShapedTensor, shape?: TensorShape): Result
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration that vitest asks to be extended
  interface Matchers<T = any> extends TensorMatchers<T> {}
}

const isShaped = (value: TensorData | ShapedTensor): value is ShapedTensor =>
  typeof value === 'object' && 'shape' in value && 'data' in value

/** Adds `toMatchTensor` to `expect`. Importing `assay/vitest` has done so already. */
export function extendExpect(): void {
  expect.extend({
    toMatchTensor(
      received: TensorData | ShapedTensor,
      expected: TensorData | ShapedTensor,
      given?: TensorShape,
    ) {
      const [actual, wanted] = [received, expected].map((tensor) =>
        isShaped(tensor) ? tensor : { data: tensor, shape: null },
      ) as [ShapedTensor, ShapedTensor]
      const shape = given ?? wanted.shape ?? actual.shape ?? [wanted.data.length]
      const clash = [wanted.shape, actual.shape].find((own) => own !== null && own.join() !== shape.join())
      if (clash !== undefined) {
        return {
          pass: false,
          message: () => `expected tensors of one shape, got ${shape.join('x')} and ${clash?.join('x')}`,
        }
      }
      const { differing, summary, picture } = describeDifference(actual.data, wanted.data, shape)
      return {
        pass: differing === 0,
        message: () =>
          differing === 0 ? `expected tensors to differ: ${summary}` : [summary, ...picture].join('\n'),
      }
    },
  })
}
