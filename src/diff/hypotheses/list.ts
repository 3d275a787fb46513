/** Every hypothesis that a layer can be tested against, the simplest first. */
import type { CodeTensor } from '../../golden/codes.ts'
import type { Codes } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import { listAddHypotheses } from './add.ts'
import { listWrittenElsewhere } from './addresses.ts'
import { type Candidate, listOtherSums, listPaddings, listStageChanges } from './arithmetics.ts'
import { listCodeHypotheses } from './codes.ts'
import { exactOnes, type Observed } from './explain.ts'
import type { Convolved, Hypothesis, ReadLayer, Surroundings } from './hypothesis.ts'
import { listInputHypotheses } from './inputs.ts'
import { listCodeMaps, listMoves } from './moves.ts'
import { listParameterHypotheses } from './parameters.ts'
import { listConcatHypotheses, listSliceHypotheses, listUpsampleHypotheses } from './passing.ts'
import { listPoolHypotheses } from './pool.ts'
import { listWeightHypotheses } from './weights.ts'
import { listWidthHypotheses } from './widths.ts'

/** What should have been written. */
export interface Expected {
  readonly expected: Codes
  readonly shape: Shape
  /** Largest code as it is carried. */
  readonly maxCode: number
}

/** @param layer null: nothing is known of what it read, and only its codes and their places may be others */
export const listHypotheses = (
  layer: ReadLayer | null,
  { expected, shape, maxCode }: Expected,
  around: Surroundings,
): readonly Hypothesis[] => [
  ...listMoves(expected, shape, around),
  ...listWrittenElsewhere(expected, shape, around),
  ...listCodeMaps(expected, maxCode, layer === null ? null : layer.node.quant.zeroPoint),
  ...(layer === null ? [] : ofOperator(layer, around)),
]

function ofOperator({ node, inputs }: ReadLayer, around: Surroundings): readonly Hypothesis[] {
  const first = inputs[0]!
  switch (node.op) {
    case 'conv':
      return ofConvolution({ node, input: first, profile: around.profile }, around)
    case 'add':
      return listAddHypotheses(node, inputs as unknown as readonly [CodeTensor, CodeTensor], around)
    case 'max-pool':
      return listPoolHypotheses(node, first, around)
    case 'upsample':
      return listUpsampleHypotheses(node, first, around)
    case 'slice':
      return listSliceHypotheses(node, first, around)
    case 'concat':
      return around.profile.concat === undefined ? listConcatHypotheses(node, inputs) : []
  }
}

/** Other arithmetics of a convolution under which every element that was written is exact: a few of them. */
export const exactArithmetics = (observed: Observed, own: Convolved): readonly Candidate[] =>
  exactOnes(observed, [...listStageChanges(own), ...listPaddings(own), ...listOtherSums(own)]).map(
    ({ candidate }) => candidate,
  )

const ofConvolution = (own: Convolved, around: Surroundings): readonly Hypothesis[] => [
  ...listStageChanges(own),
  ...listCodeHypotheses(own, around),
  ...listParameterHypotheses(own, around),
  ...listWidthHypotheses(own),
  ...listInputHypotheses(own, around),
  ...listWeightHypotheses(own, around),
  ...listOtherSums(own),
]
