/** What an addition may compute instead. */
import type { Profile } from '../../arithmetic/profile.ts'
import { ROUNDINGS, type Stage, withRounding } from '../../arithmetic/stages.ts'
import { add } from '../../golden/add.ts'
import { codeOffset, codeRange } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerAdd } from '../../golden/types.ts'
import { readerOf, runOnEngine } from './convolve-changed.ts'
import {
  type Change,
  changePrediction,
  type Hypothesis,
  type Prediction,
  type Surroundings,
  signed,
  tooFar,
} from './hypothesis.ts'

type Pair = readonly [CodeTensor, CodeTensor]

/** A layer with one thing changed. */
interface Changed {
  readonly node?: Partial<IntegerAdd>
  readonly inputs?: Pair
  readonly profile?: Profile
}

export function listAddHypotheses(
  node: IntegerAdd,
  [a, b]: Pair,
  { profile, others, inputLanes }: Surroundings,
): readonly Hypothesis[] {
  const made = (id: string, change: Change, says: string, by: Changed): Hypothesis => ({
    ...{ id, change, says },
    predict: () => addChanged({ ...node, ...by.node }, by.inputs ?? [a, b], by.profile ?? profile),
  })
  const { multipliers, shift, quant } = node
  const wrapping = withoutClamp(profile)
  const zeroAt = (tensor: CodeTensor, zeroPoint: number): CodeTensor => ({
    ...tensor,
    quant: { ...tensor.quant, zeroPoint },
  })
  const both = [
    { which: 'first', tensor: a, with: (tensor: CodeTensor): Pair => [tensor, b] },
    { which: 'second', tensor: b, with: (tensor: CodeTensor): Pair => [a, tensor] },
  ] as const
  return [
    ...steps(quant.zeroPoint).map(({ name, zeroPoint, says }) =>
      made(`zero-point${name}`, 'parameters', `the output's zero point ${says}`, {
        node: { quant: { ...quant, zeroPoint } },
      }),
    ),
    made('no-zero-point', 'parameters', "no zero point: the output's is not added", {
      node: { quant: { ...quant, zeroPoint: codeOffset(profile, quant.bits) } },
    }),
    ...otherRoundings(profile).map(({ name, own }) =>
      made(
        `rounding-${name}`,
        'arithmetic',
        `rounding ${name}${name === 'floor' ? ': no half is added' : ''}`,
        {
          profile: own,
        },
      ),
    ),
    ...(wrapping === null
      ? []
      : [made('no-clamp', 'arithmetic', 'no clamp: a sum that does not fit wraps', { profile: wrapping })]),
    ...[1, 2].flatMap((by) => {
      const [low, high] = codeRange(profile, quant.bits)
      const limited = (id: string, says: string, limit: (code: number) => number): Hypothesis => ({
        ...{ id: `clamp-${id}-${by}`, change: 'arithmetic', says },
        predict: () =>
          changePrediction(addChanged(node, [a, b], profile), (codeAt) => (index) => limit(codeAt(index))),
      })
      return [
        limited('high', `a clamp at ${high - by} instead of ${high}`, (code) =>
          Math.min(code, high - low - by),
        ),
        limited('low', `a clamp at ${low + by} instead of ${low}`, (code) => Math.max(code, by)),
      ]
    }),
    ...both.flatMap(({ which, tensor, with: put }, i) => [
      ...(tensor.shape[0] > inputLanes
        ? [
            made(
              `${which}-first-group`,
              'input',
              `the first ${inputLanes} channels of the ${which} operand in the place of all`,
              { inputs: put({ ...tensor, codes: firstGroup(tensor, inputLanes) }) },
            ),
          ]
        : []),
      made(`no-${which}-operand`, 'input', `no ${which} operand`, {
        node: { multipliers: multipliers.with(i, 0) as unknown as IntegerAdd['multipliers'] },
      }),
      made(`${which}-operand-twice`, 'input', `the ${which} operand twice`, {
        inputs: [
          { ...a, codes: tensor.codes },
          { ...b, codes: tensor.codes },
        ],
      }),
      made(`${which}-unscaled`, 'parameters', `the ${which} operand without its multiplier`, {
        node: { multipliers: multipliers.with(i, 2 ** shift) as unknown as IntegerAdd['multipliers'] },
      }),
      made(`no-${which}-zero-point`, 'parameters', `no zero point of the ${which} operand`, {
        inputs: put(zeroAt(tensor, codeOffset(profile, tensor.quant.bits))),
      }),
      ...steps(tensor.quant.zeroPoint).map(({ name, zeroPoint, says }) =>
        made(`${which}-zero-point${name}`, 'parameters', `the zero point of the ${which} operand ${says}`, {
          inputs: put(zeroAt(tensor, zeroPoint)),
        }),
      ),
      ...others
        .filter(({ codes }) => codes.length === tensor.codes.length && codes !== a.codes && codes !== b.codes)
        .map(({ name, codes }) =>
          made(`stale-${which}`, 'input', `${name} as the ${which} operand`, {
            inputs: put({ ...tensor, codes }),
          }),
        ),
    ]),
    made('multipliers-exchanged', 'parameters', 'the multipliers of the operands exchanged', {
      node: { multipliers: multipliers.toReversed() as unknown as IntegerAdd['multipliers'] },
    }),
    made('first-multiplier-for-both', 'parameters', "the first operand's multiplier for both", {
      node: { multipliers: [multipliers[0], multipliers[0]] },
    }),
    made('second-multiplier-for-both', 'parameters', "the second operand's multiplier for both", {
      node: { multipliers: [multipliers[1], multipliers[1]] },
    }),
    made('operands-exchanged', 'input', 'the codes of the operands exchanged', {
      inputs: [
        { ...a, codes: b.codes },
        { ...b, codes: a.codes },
      ],
    }),
    made('zero-points-exchanged', 'parameters', 'the zero points of the operands exchanged', {
      inputs: [zeroAt(a, b.quant.zeroPoint), zeroAt(b, a.quant.zeroPoint)],
    }),
    ...[1, -1]
      .filter((step) => shift + step >= 0)
      .map((step) =>
        made(
          `shift${signed(step)}`,
          'parameters',
          `a right shift one bit too ${step > 0 ? 'far' : 'short'}`,
          {
            node: { shift: shift + step },
          },
        ),
      ),
  ]
}

/** A zero point a little further and less far. */
const steps = (right: number) =>
  [1, -1, 2, -2].map((step) => ({
    name: signed(step),
    zeroPoint: right + step,
    says: tooFar(step),
  }))

/** The stages of the sum, changed. */
function withSum(profile: Profile, change: (stages: readonly Stage[]) => readonly Stage[]): Profile | null {
  const { add: form } = profile
  return form.form === 'stages' ? { ...profile, add: { ...form, sum: [...change(form.sum)] } } : null
}

function otherRoundings(profile: Profile): readonly { readonly name: string; readonly own: Profile }[] {
  const { add: form } = profile
  if (form.form !== 'stages') return []
  const own = form.sum.find((stage) => stage.stage === 'shift-right')
  if (own === undefined) return []
  return ROUNDINGS.filter((name) => name !== own.rounding && name !== 'tosa-double').map((name) => ({
    name,
    own: withSum(profile, (stages) => withRounding(stages, name))!,
  }))
}

const withoutClamp = (profile: Profile): Profile | null =>
  withSum(profile, (stages) =>
    stages.map((stage) => (stage.stage === 'narrow' ? { ...stage, overflow: 'wrap' as const } : stage)),
  )

/** What `assay`, which needs none, would have. */
const STAGES: NonNullable<IntegerAdd['stages']> = {
  shifts: [0, 0],
  factors: [0, 0],
  multiplier: 1,
  factor: 0,
}

/** Codes of the first channels, over and over. */
function firstGroup({ codes, shape }: CodeTensor, lanes: number): CodeTensor['codes'] {
  const length = lanes * shape[1] * shape[2]
  return codes.map((_, index) => codes[index % length]!) as CodeTensor['codes']
}

function addChanged(node: IntegerAdd, [a, b]: Pair, profile: Profile): Prediction {
  const own: IntegerAdd = { ...node, inputs: ['a', 'b'], stages: node.stages ?? STAGES }
  const one = (tensor: CodeTensor, index: number): CodeTensor => ({
    ...tensor,
    codes: tensor.codes.subarray(index, index + 1),
  })
  return {
    at: (index) => add(own, one(a, index), one(b, index), profile)[0]!,
    all: () => readerOf(runOnEngine(own, [a, b], profile)),
  }
}
