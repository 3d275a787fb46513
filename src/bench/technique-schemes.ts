/** Quantisation schemes as text: bits, observer, effort, techniques. */
import { ASSAY, PROFILES } from '../arithmetic/built-in.ts'
import { checkProfile } from '../arithmetic/check-profile.ts'
import { type Profile, tableBitsOf } from '../arithmetic/profile.ts'
import { readProfile } from '../arithmetic/read-profile.ts'
import { type Rounding, withRounding } from '../arithmetic/stages.ts'
import { InputError } from '../input/input-error.ts'
import type { ModelOptions } from '../pipeline/model/options.ts'
import { OBSERVERS } from '../quantise/observers.ts'
import { EFFORTS, type Effort, TECHNIQUES, techniquesFor } from '../quantise/techniques.ts'

export interface Scheme {
  /** As it was written. */
  readonly text: string
  readonly options: Pick<
    ModelOptions,
    | 'weightBits'
    | 'activationBits'
    | 'endBits'
    | 'profile'
    | 'tableBits'
    | 'observer'
    | 'effort'
    | 'techniques'
  >
  /** `effort`: all techniques of the effort; `chosen`: those that are named, with the images and samples of the effort; `nearest`: none. */
  readonly kind: 'effort' | 'chosen' | 'nearest'
  /** Whether the whole calibration folder is used once, as `assay` does, instead of draws of it. */
  readonly whole: boolean
}

/** The rows of docs/accuracy.md: observers, each technique alone at W4A8, the efforts at all bits. */
export const TABLE: readonly string[] = [
  ...OBSERVERS.map((observer) => `w8a8,${observer}`),
  'w8a8,effort=fast',
  'w8a8,effort=fast,whole',
  'w8a8,effort=best',
  'w6a8',
  'w6a8,effort=fast',
  'w6a8,effort=best',
  'w4a8',
  'w4a8,mse-scales',
  'w4a8,equalisation',
  'w4a8,bias-correction',
  'w4a8,effort=best,refit',
  'w4a8,effort=best,second-order',
  'w4a8,effort=fast',
  'w4a8,effort=best,bias-correction+refit',
  'w4a8,effort=best,mse-scales+equalisation+bias-correction+refit+second-order',
  'w4a8,effort=best',
  'w6a6',
  'w6a6,effort=fast',
  'w6a6,effort=best',
  'w4a4',
  'w4a4,effort=fast',
  'w4a4,effort=best',
  'w4a4e8,effort=fast',
  'w4a4e8,effort=best',
]

/** The rows of docs/accuracy.md on other hardware: each profile, and what one property of `assay` costs. */
export const PROFILE_TABLE: readonly string[] = [
  ...PROFILES.map(({ name }) => `w8a8,effort=fast,profile=${name}`),
  ...['floor', 'toward-zero', 'half-to-even'].map((rounding) => `w8a8,effort=fast,rounding=${rounding}`),
  ...['wrap', 'saturate'].flatMap((overflow) =>
    [16, 18, 20, 24].map((bits) => `w8a8,effort=fast,acc=${bits}-${overflow}`),
  ),
]

/** What a part of a scheme that stands alone decides. */
interface Parts {
  profile: Profile
  tableBits: number
  observer: ModelOptions['observer']
  effort: Effort | null
  techniques: Scheme['options']['techniques'] | null
  whole: boolean
}

/**
 * `w4a8,p10,percentile,effort=best,bias-correction+second-order,whole`; unless told `p10`, `mse`, and no technique. An effort without
 * techniques has all of its own, as `--effort` has.
 *
 * @throws InputError naming the part that means nothing.
 */
export function parseScheme(text: string): Scheme {
  const [bits = '', ...words] = text.split(',')
  const refuse = (part: string): InputError =>
    new InputError(
      `${JSON.stringify(part)} means nothing in ${text}.`,
      'the schemes',
      'E.g. w4a8,effort=best or w4a8,mse,second-order.',
    )
  const match = /^w(\d+)a(\d+)(?:e(\d+))?$/.exec(bits)
  if (match === null) throw refuse(bits)
  const parts: Parts = {
    profile: ASSAY,
    tableBits: 10,
    observer: 'mse',
    effort: null,
    techniques: null,
    whole: false,
  }
  for (const word of words) if (!readPart(word, parts)) throw refuse(word)
  const { profile, tableBits, observer, effort, techniques, whole } = parts
  return {
    text,
    options: {
      weightBits: Number(match[1]),
      activationBits: Number(match[2]),
      ...(match[3] === undefined ? {} : { endBits: Number(match[3]) }),
      ...(profile === ASSAY ? {} : { profile }),
      tableBits: tableBitsOf(profile) ?? tableBits,
      observer,
      effort: effort ?? 'fast',
      techniques: techniques ?? (effort === null ? [] : techniquesFor(profile, effort)),
    },
    kind: techniques !== null ? 'chosen' : effort !== null ? 'effort' : 'nearest',
    whole,
  }
}

/** @returns false where the word means nothing */
function readPart(word: string, parts: Parts): boolean {
  const observer = [...OBSERVERS, 'auto' as const].find((one) => one === word)
  const effort = EFFORTS.find((one) => word === `effort=${one}`)
  const asked = word.split('+')
  const techniques = TECHNIQUES.filter((one) => asked.includes(one))
  const profile = profileBy(word, parts.profile)
  if (profile !== null) parts.profile = profile
  else if (/^p\d+$/.test(word)) parts.tableBits = Number(word.slice(1))
  else if (observer !== undefined) parts.observer = observer
  else if (effort !== undefined) parts.effort = effort
  else if (techniques.length === asked.length) parts.techniques = techniques
  else if (word === 'whole') parts.whole = true
  else return false
  return true
}

/** `profile=tflite`, or one property of a profile instead of its own: `rounding=floor`, `acc=16-wrap`; null for another word. */
function profileBy(word: string, profile: Profile): Profile | null {
  const [, key, value = ''] = /^(profile|rounding|acc)=(.+)$/.exec(word) ?? []
  if (key === undefined) return null
  if (key === 'profile') return readProfile(value)
  const name = `${profile.name}-${value}`
  if (key === 'rounding')
    return checkProfile(
      { ...profile, name, requantise: withRounding(profile.requantise, value as Rounding) },
      word,
    )
  const [bits, overflow] = value.split('-')
  return checkProfile({ ...profile, name, accumulator: { bits: Number(bits), overflow, at: 'end' } }, word)
}

/** Draws of a scheme where none are asked for: refinement depends on the images more than rounding does. */
export const defaultDraws = ({ kind, whole }: Scheme): number => (kind === 'effort' && !whole ? 5 : 1)

/** As docs name it. */
export function nameScheme({ options, kind, whole }: Scheme): string {
  const { weightBits, activationBits, endBits, profile, tableBits, observer, effort, techniques } = options
  const bits = `W${weightBits}A${activationBits}${endBits === undefined ? '' : ` with ${endBits}-bit ends`}`
  const ranges = observer === 'mse' ? '' : `, ranges \`${observer}\``
  const table = tableBits === 10 ? '' : `, P = ${tableBits}`
  const all = whole ? ', every calibration image' : ''
  const how = {
    effort: ` \`--effort ${effort}\``,
    nearest: ', nearest',
    chosen: `, ${techniques.join(', ')} (samples of \`${effort}\`)`,
  }[kind]
  const arithmetic = profile === undefined ? '' : `, profile \`${profile.name}\``
  return `${bits}${how}${arithmetic}${ranges}${table}${all}`
}
