/** Whether a profile says one arithmetic, and one that can be computed: what its schema cannot tell. */
import { isDeepStrictEqual } from 'node:util'
import { InputError } from '../input/input-error.ts'
import { check, refuse } from '../input/schema.ts'
import { PROFILES } from './built-in.ts'
import { scalingOf } from './parameters.ts'
import { type Profile, profileSchema } from './profile.ts'
import { rangeOf, type Stage } from './stages.ts'
import { type LargestParameters, MOST_BITS, widthBehind, widthWithin } from './widths.ts'

const ADVICE = '`assay profiles NAME --json` shows one that is right.'

/** Refuses a field: its place, what belongs there, what is there. */
type Refuse = (keys: readonly PropertyKey[], expected: string, got: unknown) => never

/**
 * A profile from a file.
 *
 * @param where the file, for messages
 * @throws InputError naming the first field that is wrong or contradicts another
 */
export function checkProfile(value: unknown, where: string): Profile {
  const profile = check(profileSchema, value, where, ADVICE)
  checkName(profile, where)
  const wrong: Refuse = (keys, ...what) => refuse(where, keys, ...what, ADVICE)
  checkZeroPoint(profile, wrong)
  checkStages(profile, profile.requantise, ['requantise'], profile.accumulator.bits, wrong)
  checkEnd(profile, profile.requantise, ['requantise'], wrong)
  if (profile.add.form === 'stages') {
    const { operand, sum } = profile.add
    for (const [key, stages] of Object.entries({ operand, sum }))
      for (const [index, { stage }] of stages.entries())
        if (stage === 'rectify' || (key === 'operand' && stage === 'add-zero-point'))
          wrong(['add', key, index, 'stage'], 'a stage that scales or narrows', stage)
    const bits = checkStages(profile, operand, ['add', 'operand'], USUAL_CODE + 1, wrong)
    checkStages(profile, sum, ['add', 'sum'], bits + 1, wrong)
    checkEnd(profile, sum, ['add', 'sum'], wrong)
    if (scalingOf(operand) === 'none')
      wrong(['add', 'operand'], 'a stage that scales an operand, as both have scales of their own', 'none')
  }
  if (profile.concat?.form === 'stages') checkConcat(profile, profile.concat.input, wrong)
  checkScales(profile, wrong)
  checkBias(profile, wrong)
  const hasStage = profile.requantise.some(({ stage }) => stage === 'rectify')
  if (hasStage !== (profile.activation.rectified.form === 'stage'))
    wrong(
      ['activation', 'rectified', 'form'],
      hasStage ? '"stage", as a stage `rectify` is in requantise' : 'a stage `rectify` in requantise',
      profile.activation.rectified.form,
    )
  return profile
}

/** Caches, folders and reports tell profiles apart by their names. */
function checkName(profile: Profile, where: string): void {
  const known = PROFILES.find(({ name }) => name === profile.name)
  if (known === undefined || isDeepStrictEqual({ ...known, source: '' }, { ...profile, source: '' })) return
  throw new InputError(
    `name: ${profile.name} is a built-in profile, and this one is another`,
    where,
    'Give it a name of its own.',
  )
}

const WIDEST_CODE = 16
/** Of wider codes the engine looks again, with the parameters that a model has. */
const USUAL_CODE = 8

function checkZeroPoint({ codes: { signed, zeroPoint } }: Profile, wrong: Refuse): void {
  if (zeroPoint === 'tensor') return
  // A model of more bits is quantised to a zero point of 8 bits as well.
  const [low, high] = rangeOf({ bits: USUAL_CODE, signed })
  if (zeroPoint < low || zeroPoint > high)
    wrong(
      ['codes', 'zeroPoint'],
      `${low} to ${high}, as codes are ${signed ? '' : 'un'}signed and of ${USUAL_CODE} bits`,
      zeroPoint,
    )
}

function checkBias({ bias, accumulator }: Profile, wrong: Refuse): void {
  const most = Math.max(accumulator.bits, 32) - bias.shift
  if (bias.shift >= accumulator.bits)
    wrong(['bias', 'shift'], `below ${accumulator.bits}, the bits of the accumulator`, bias.shift)
  if (bias.bits > most)
    wrong(['bias', 'bits'], `at most ${most}, what the accumulator takes of it`, bias.bits)
}

function checkConcat(profile: Profile, stages: readonly Stage[], wrong: Refuse): void {
  const keys = ['concat', 'input']
  const rectify = stages.findIndex(({ stage }) => stage === 'rectify')
  if (rectify >= 0) wrong([...keys, rectify, 'stage'], 'a stage that scales or narrows', 'rectify')
  checkStages(profile, stages, keys, USUAL_CODE + 1, wrong)
  checkEnd(profile, stages, keys, wrong)
  const scaling = scalingOf(stages)
  if (scaling === 'none') wrong(keys, 'a stage that scales an input, as each has a scale of its own', 'none')
  if (scaling === 'shift' && profile.codes.scale === 'free')
    wrong(['codes', 'scale'], '"power-of-two", as no stage of concat.input multiplies', 'free')
}

/** Scales that are any numbers need something to multiply by. */
function checkScales({ codes, weights, requantise }: Profile, wrong: Refuse): void {
  if (scalingOf(requantise) !== 'shift' && scalingOf(requantise) !== 'none') return
  for (const [key, { scale }] of [
    ['codes', codes],
    ['weights', weights],
  ] as const)
    if (scale === 'free') wrong([key, 'scale'], '"power-of-two", as no stage of requantise multiplies', scale)
}

/** @returns the signed bits of a value behind the last stage */
function checkStages(
  profile: Profile,
  stages: readonly Stage[],
  keys: readonly PropertyKey[],
  begin: number,
  wrong: Refuse,
): number {
  const seen = new Set<string>()
  let bits = begin
  for (const [index, stage] of stages.entries()) {
    const own = (...more: readonly PropertyKey[]) => [...keys, index, ...more]
    const kind = kindOf(stage)
    if (kind !== null && seen.has(kind)) wrong(own('stage'), `one stage that ${kind}`, 'a second one')
    if (kind !== null) seen.add(kind)
    if (stage.stage === 'rectify' && seen.has('adds the zero point'))
      wrong(own('stage'), 'rectify before the zero point is added', 'rectify behind it')
    const by = largestOf(stage)
    if (stage.stage === 'narrow' && stage.overflow === 'saturate' && (stage.bits ?? 0) >= bits + 1)
      wrong(own('bits'), `at most ${bits}, as many as a value has there`, stage.bits)
    if (stage.stage === 'shift-right' && stage.by !== undefined && stage.by >= bits)
      wrong(own('by'), `below ${bits}, the bits that a value has there`, stage.by)
    if (stage.stage === 'shift-right') checkShift(stage, own, wrong)
    const within = widthWithin(stage, bits, by)
    if (within > MOST_BITS)
      wrong(own('stage'), `a value of at most ${MOST_BITS} bits (narrow it before)`, `${within} bits`)
    bits = widthBehind(stage, bits, by)
  }
  const needsZero = profile.codes.zeroPoint !== 0 && keys.at(-1) !== 'operand'
  if (needsZero && !seen.has('adds the zero point'))
    wrong(keys, 'a stage `add-zero-point`, as codes have zero points', 'none')
  if (profile.codes.zeroPoint === 0 && seen.has('adds the zero point'))
    wrong(keys, 'no stage `add-zero-point`, as codes have no zero point', 'one')
  return bits
}

/** A shift by a fixed number has no s, and rounding sees no more bits than are dropped. */
function checkShift(
  { by, most, shared, fractionBits }: Extract<Stage, { stage: 'shift-right' }>,
  own: (...more: readonly PropertyKey[]) => readonly PropertyKey[],
  wrong: Refuse,
): void {
  if (by !== undefined && most !== undefined)
    wrong(own('most'), `nothing, as every channel shifts by ${by}`, most)
  if (by !== undefined && shared !== undefined)
    wrong(own('shared'), `nothing, as every channel shifts by ${by}`, shared)
  const greatest = by ?? most
  if (fractionBits !== undefined && greatest !== undefined && fractionBits > greatest)
    wrong(own('fractionBits'), `at most ${greatest}, the bits that are dropped`, fractionBits)
}

/** What a list may hold once, as a channel has one M, one s and one Z. */
function kindOf(stage: Stage): string | null {
  switch (stage.stage) {
    case 'hook':
      return stage.multiplierBits === undefined ? null : 'multiplies'
    case 'multiply':
    case 'doubling-high-multiply':
    case 'scale-float':
      return 'multiplies'
    case 'shift-right':
      return stage.by === undefined ? 'shifts by s to the right' : null
    case 'shift-left':
      return stage.by === undefined ? 'shifts by s to the left' : null
    case 'add-zero-point':
      return 'adds the zero point'
    case 'rectify':
      return 'rectifies'
    case 'narrow':
      return null
  }
}

/** A shift to the left is chosen for factors above 1, which those of a trained network hardly exceed: it adds no bits here. */
const largestOf = (stage: Stage): LargestParameters => ({
  multiplier: stage.stage === 'multiply' ? 2 ** stage.bits - 1 : 2 ** 31 - 1,
  shift: [0, stage.stage === 'shift-right' ? (stage.most ?? 63) : 63],
  zeroPoint: 2 ** WIDEST_CODE,
  scale: 1,
  codeBits: WIDEST_CODE,
})

function checkEnd(
  { codes }: Profile,
  stages: readonly Stage[],
  keys: readonly PropertyKey[],
  wrong: Refuse,
): void {
  const last = stages.at(-1)!
  const at = [...keys, stages.length - 1]
  if (last.stage !== 'narrow' || last.bits !== undefined)
    wrong([...at, 'stage'], '"narrow" without bits, which gives a code', last.stage)
  else if (last.signed !== codes.signed)
    wrong([...at, 'signed'], `${codes.signed}, as codes.signed is`, last.signed)
}
