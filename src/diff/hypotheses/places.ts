/** Codes by their place, for operators that pass codes on. */
import type { CodeTensor } from '../../golden/codes.ts'
import type { Shape } from '../../graph/types.ts'
import { type At, type Change, type Hypothesis, predictAt } from './hypothesis.ts'

/** Codes of a tensor by place; outside of it, what is said. */
export function reader(
  { codes, shape: [channels, height, width] }: Pick<CodeTensor, 'codes' | 'shape'>,
  outside = -1,
) {
  return (channel: number, y: number, x: number): number =>
    channel < 0 || channel >= channels || y < 0 || y >= height || x < 0 || x >= width
      ? outside
      : codes[(channel * height + y) * width + x]!
}

export const made = (
  { shape }: { readonly shape: Shape },
  [id, change, says]: readonly [string, Change, string],
  at: At,
): Hypothesis => ({ ...{ id, change, says }, predict: () => predictAt(shape, at) })
